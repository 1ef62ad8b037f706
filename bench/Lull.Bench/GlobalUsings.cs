global using Lull.Bench.Load;
global using Lull.Bench.Measures;
global using Lull.Bench.Peers;
global using Lull.Bench.Runs;
global using Lull.Bench.Servers;
global using Lull.Bench.Stores;
