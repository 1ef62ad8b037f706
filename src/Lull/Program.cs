var builder = WebApplication.CreateSlimBuilder(args);
builder.UseOrleans(silo => silo.UseLocalhostClustering());
await using var app = builder.Build();
app.MapGet("/", () => "x");
await app.RunAsync();
