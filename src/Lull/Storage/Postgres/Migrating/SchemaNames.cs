namespace Lull.Storage.Postgres.Migrating;

/// <summary>The two schemas of one Lull.</summary>
/// <param name="bare">The name of the first, as <c>DATABASE_SCHEMA</c> has it.</param>
internal sealed class SchemaNames(string bare)
{
    /// <summary>As the catalogue has them: the tables' schema, and that of the cluster.</summary>
    public string[] Bare { get; } = [bare, bare + "_cluster"];

    /// <summary>The tables' schema for a statement.</summary>
    public string Schema => Quote(Bare[0]);

    /// <summary>The cluster's schema for a statement.</summary>
    public string Cluster => Quote(Bare[1]);

    /// <summary>The table that says which scripts were applied.</summary>
    public string Migrations => $"{Schema}.migrations";

    /// <summary>An identifier as a statement takes it, whatever is in it.</summary>
    public static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
