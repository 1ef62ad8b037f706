return await Lull.Hosting.CommandLine.RunAsync(args);
