namespace Lull.Storage.Postgres.Migrating;

/// <summary>
/// One step from a version of the tables to the next, <c>Storage/Postgres/Scripts/NNNN_name.sql</c>; once released it is never changed.
/// It runs in one transaction while other nodes work, so it holds a table's lock for moments only: a column is added nullable or with a constant default (no rewrite), a constraint is added
/// <c>NOT VALID</c> and validated by a later script, no column changes its type, and rows are not rewritten: the code reads both forms until the old ones are gone.
/// <c>CREATE INDEX CONCURRENTLY</c> cannot run in a transaction: for a table that grows, the changelog gives it for the operator to run before the upgrade, and the script says
/// <c>CREATE INDEX IF NOT EXISTS</c>, which finds it there, and is quick on a small store without it. Rights and row level security are seen to after each script (<see cref="ClosedToOthers"/>).
/// </summary>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="IsCompatible">True when a node of the version before can go on working beside it; its first line says so, <c>-- compatible: yes</c> or <c>-- compatible: no</c>.</param>
/// <param name="Text">With <c>{schema}</c> and <c>{cluster}</c> in the places of the schemas' quoted names; every name is qualified by one of them.</param>
internal sealed record MigrationScript(int Version, string Name, bool IsCompatible, string Text)
{
    private const string Folder = "Lull.Storage.Postgres.Scripts.";

    /// <summary>Those that this Lull knows, in order.</summary>
    public static IReadOnlyList<MigrationScript> Known { get; } =
    [
        .. typeof(MigrationScript).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select((name, place) => Read(place + 1, name)),
    ];

    /// <exception cref="FormatException">The first line does not say whether it is compatible.</exception>
    public static MigrationScript Of(int version, string name, string text) => text.AsSpan(0, Math.Max(0, text.IndexOf('\n', StringComparison.Ordinal))).TrimEnd() switch
    {
        "-- compatible: yes" => new(version, name, IsCompatible: true, text),
        "-- compatible: no" => new(version, name, IsCompatible: false, text),
        _ => throw new FormatException($"The first line of the script {name} is neither «-- compatible: yes» nor «-- compatible: no»."),
    };

    private static MigrationScript Read(int version, string resource)
    {
        using var stream = typeof(MigrationScript).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return Of(version, Path.GetFileNameWithoutExtension(resource[Folder.Length..]), reader.ReadToEnd());
    }
}
