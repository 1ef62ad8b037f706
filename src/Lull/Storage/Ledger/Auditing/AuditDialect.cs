namespace Lull.Storage.Ledger.Auditing;

/// <summary>Where the two stores' SQL and columns differ, as conditions on a message <c>m</c> and a batch <c>b</c>; all other words of the rules are the same.</summary>
/// <param name="Schema">What stands before a table's name.</param>
/// <param name="Unlisted">The batch does not list the message.</param>
/// <param name="Running">A step of the batch is being taken.</param>
/// <param name="Rehearsed">The batch's reply is made up.</param>
/// <param name="BatchKey">Of a step <c>s</c>: its batch as a text.</param>
/// <param name="Names">Of unfinished batches that are grouped: their names in one text.</param>
internal sealed record AuditDialect(string Schema, string Unlisted, string Running, string Rehearsed, string BatchKey, string Names)
{
    // Ids have as many digits as each other, so that the list can be searched as a text.
    public static AuditDialect Sqlite { get; } = new("", "instr(b.message_ids, m.id) = 0", "b.running <> 0", "b.rehearsal <> 0", "'#' || s.batch", "group_concat(name, ' ')");

    public static AuditDialect Postgres { get; } = new(
        "lull.", "NOT (m.id = ANY(b.message_ids))", "b.lease_until <> 0", "b.rehearsal", "'#' || s.batch::text", "string_agg(name, ' ')");
}
