using System.Globalization;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>
/// One step of the schema, <c>Storage/Postgres/Scripts/NNNN_name.sql</c>; once released it is never changed. <c>{schema}</c> and <c>{cluster}</c> are the schemas, quoted; every name is qualified by one of them.
/// The first line is <c>-- compatible: yes</c> where nodes of the version before can go on working on the result, so that nodes are upgraded one by one, and <c>-- compatible: no</c> where they must be stopped first.
/// <para>
/// Nodes work while a script runs, and it runs in one transaction. So it holds a table's lock for moments only:
/// a column is added nullable or with a constant default (no rewrite); a constraint is added <c>NOT VALID</c> and validated by a later script; no type of a column is changed.
/// <c>CREATE INDEX CONCURRENTLY</c> cannot run in a transaction: on a table that grows, the changelog gives it for the operator to run before the upgrade,
/// and the script says <c>CREATE INDEX IF NOT EXISTS</c>, which finds it there and is quick on a small store without it.
/// Rows are not rewritten by scripts; the code reads both forms until they are gone. Rights and row level security are seen to after each script (<see cref="AccessSweep"/>).
/// </para>
/// </summary>
/// <param name="Version">The version the store is of afterwards: 1, 2, …</param>
/// <param name="Name">The file's name without its ending.</param>
/// <param name="IsCompatible">True when nodes of the version before can go on.</param>
internal sealed record MigrationScript(int Version, string Name, bool IsCompatible, string Text)
{
    private const string Folder = "Lull.Storage.Postgres.Scripts.", Ending = ".sql";

    /// <summary>Those of this Lull, in their order.</summary>
    public static IReadOnlyList<MigrationScript> Embedded { get; } =
    [
        .. typeof(MigrationScript).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(Load),
    ];

    /// <exception cref="FormatException">The name does not begin with its number, or the first line does not say whether it is compatible.</exception>
    public static MigrationScript Parse(string name, string text)
    {
        if (!int.TryParse(name.AsSpan(0, Math.Max(0, name.IndexOf('_', StringComparison.Ordinal))), NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            throw new FormatException($"The script {name} has no number before its first _.");
        }

        return text.AsSpan(0, Math.Max(0, text.IndexOf('\n', StringComparison.Ordinal))).TrimEnd() switch
        {
            "-- compatible: yes" => new(version, name, IsCompatible: true, text),
            "-- compatible: no" => new(version, name, IsCompatible: false, text),
            _ => throw new FormatException($"The first line of the script {name} is neither «-- compatible: yes» nor «-- compatible: no»."),
        };
    }

    /// <summary>The statements for the schemas in use.</summary>
    public string For(SchemaNames names)
        => Text.Replace("{schema}", names.Schema, StringComparison.Ordinal).Replace("{cluster}", names.Cluster, StringComparison.Ordinal);

    private static MigrationScript Load(string resource)
    {
        using var reader = new StreamReader(typeof(MigrationScript).Assembly.GetManifestResourceStream(resource)!);
        return Parse(resource[Folder.Length..^Ending.Length], reader.ReadToEnd());
    }
}
