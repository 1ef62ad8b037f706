using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite;

/// <summary>The tables in the file; their version is SQLite's own <c>user_version</c>.</summary>
/// <param name="onWait">Told where and why, while another process holds the file.</param>
internal sealed class SqliteSchema(StorageOptions options, Action<string, string>? onWait = null) : IStoreSchema
{
    private const string Folder = "Lull.Storage.Sqlite.Scripts.";

    private readonly SqliteDatabase _database = new(options);

    /// <summary>The resources that are the scripts, in order.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        .. typeof(SqliteSchema).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal),
    ];

    public Task<IReadOnlyList<string>> MissingAsync(CancellationToken cancellationToken) => ExplainedAsync(() => Task.FromResult(Missing()));

    public Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken) => ExplainedAsync(async () =>
    {
        // A server that runs on it has brought it up to date and holds it.
        if (Missing() is { Count: 0 } nothing)
        {
            return nothing;
        }

        _database.EnsureFolder();
        using var held = await ProcessLock.TakeAsync(
            _database.LockFile, options.LockWait, holder => onWait?.Invoke(_database.Folder, $"held by {holder}"), TimeProvider.System, cancellationToken);
        using var session = _database.OpenForWriting();
        return Migrate(session);
    });

    private IReadOnlyList<string> Missing()
    {
        if (!_database.Exists)
        {
            return Names(0);
        }

        using var session = _database.OpenForReading();
        return Names(VersionOf(session));
    }

    private async Task<IReadOnlyList<string>> ExplainedAsync(Func<Task<IReadOnlyList<string>>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new StoreUnavailableException($"The database in {_database.Folder} cannot be opened: {exception.Message} Set DATA_DIR to a folder that Lull may write.", exception);
        }
    }

    /// <summary>Applies the scripts that the database does not have yet, each in its own transaction.</summary>
    /// <returns>Their names.</returns>
    public static IReadOnlyList<string> Migrate(SqliteSession session)
    {
        var version = VersionOf(session);
        for (var i = version; i < Known.Count; i++)
        {
            using var stream = typeof(SqliteSchema).Assembly.GetManifestResourceStream(Known[i])!;
            using var reader = new StreamReader(stream);
            session.Execute($"BEGIN IMMEDIATE;\n{reader.ReadToEnd()}\nPRAGMA user_version={i + 1};\nCOMMIT;");
        }

        return Names(version);
    }

    private static int VersionOf(SqliteSession session)
    {
        var version = (int)(session.Number("PRAGMA user_version") ?? 0);
        return version <= Known.Count ? version : throw new StoreInUseException(
            $"The database is of version {version}, newer than the {Known.Count} this Lull knows. Run the newer Lull, or restore a backup made before the upgrade.");
    }

    private static IReadOnlyList<string> Names(int version) => [.. Known.Skip(version).Select(name => Path.GetFileNameWithoutExtension(name[Folder.Length..]))];
}
