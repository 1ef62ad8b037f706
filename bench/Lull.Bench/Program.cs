return await Lull.Bench.BenchCommandLine.RunAsync(args);
