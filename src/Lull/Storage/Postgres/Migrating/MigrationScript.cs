namespace Lull.Storage.Postgres.Migrating;

/// <summary>
/// One step from a version of the tables to the next. A script runs in one transaction while other nodes work, so it takes no lock for long: it adds tables, indexes on small or new tables, and
/// columns without a default that rewrites; an index on a large table is made by hand beforehand (CREATE INDEX CONCURRENTLY) and the script says IF NOT EXISTS.
/// </summary>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="IsCompatible">True when a node of the version before can go on working beside it: its first line says so (<c>-- compatible: yes</c>).</param>
/// <param name="Text">With <c>{schema}</c> and <c>{cluster}</c> in the places of the schemas' quoted names.</param>
internal sealed record MigrationScript(int Version, string Name, bool IsCompatible, string Text)
{
    private const string Folder = "Lull.Storage.Postgres.Scripts.";

    private const string Compatible = "-- compatible: yes";

    /// <summary>Those that this Lull knows, in order.</summary>
    public static IReadOnlyList<MigrationScript> Known { get; } =
    [
        .. typeof(MigrationScript).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select((name, place) => Read(place + 1, name)),
    ];

    public static MigrationScript Of(int version, string name, string text)
        => new(version, name, text.StartsWith(Compatible, StringComparison.Ordinal), text);

    private static MigrationScript Read(int version, string resource)
    {
        using var stream = typeof(MigrationScript).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return Of(version, Path.GetFileNameWithoutExtension(resource[Folder.Length..]), reader.ReadToEnd());
    }
}
