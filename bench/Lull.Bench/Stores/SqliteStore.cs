using Microsoft.Data.Sqlite;

namespace Lull.Bench.Stores;

/// <summary>The embedded one: a file in a folder.</summary>
internal sealed class SqliteStore(string folder) : ILullStore
{
    private readonly string _data = Path.Combine(folder, "data");

    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["DATA_DIR"] = _data };

    public IReadOnlyList<int> Processes => [];

    private string File => Path.Combine(_data, "lull.db");

    public async Task<long> CountAsync(CancellationToken cancellationToken) => (long)(await RunAsync("SELECT count(*) FROM messages", cancellationToken))!;

    public Task CloseOpenAsync(CancellationToken cancellationToken) => RunAsync("UPDATE messages SET batch = 0 WHERE batch IS NULL AND outcome = 1", cancellationToken);

    public Task<ILullStore> CopyAsync(string folder, CancellationToken cancellationToken)
    {
        var copy = Directory.CreateDirectory(Path.Combine(folder, "data"));
        foreach (var file in Directory.EnumerateFiles(_data))
        {
            System.IO.File.Copy(file, Path.Combine(copy.FullName, Path.GetFileName(file)));
        }

        return Task.FromResult<ILullStore>(new SqliteStore(folder));
    }

    public Task<double> SizeInMiBAsync(CancellationToken cancellationToken) => Task.FromResult(new FileInfo(File).Length / 1048576.0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<object?> RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var store = new SqliteConnection($"Data Source={File};Pooling=false");
        await store.OpenAsync(cancellationToken);
        await using var command = store.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
