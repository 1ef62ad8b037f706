namespace Lull.Storage.Ledger.Auditing;

/// <summary>What must hold of every delivery record.</summary>
internal static class DeliveryRules
{
    public static IReadOnlyList<AuditRule> All { get; } =
    [
        new("delivery_orphan", "b.id IS NULL", "is of a batch that does not exist"),
        new("delivery_unknown_state", "d.state NOT IN ('sending', 'unknown', 'not_sent', 'refused', 'delivered', 'recorded')", "is in a state that Lull does not know"),
        new("delivery_of_foreign_location", "d.location <> b.location", "is of another location than its batch"),
        new("delivery_id_unlawful", "d.external_id IS NOT NULL AND d.state <> 'delivered'", "has the vendor's id, and was not delivered"),
        new("delivery_times_impossible", "d.ended_at < d.intent_at OR d.intent_at < b.first_at", "was sent before its burst began, or ended before it was sent"),
    ];

    /// <summary>Batch (number, name), part, state, broken rules.</summary>
    public static string Select(AuditDialect dialect) => $"""
        SELECT d.batch, b.name, d.part, d.state, {AuditRule.Bits(All)}
        FROM {dialect.Schema}deliveries d LEFT JOIN {dialect.Schema}batches b ON b.id = d.batch
        ORDER BY d.batch, d.part
        """;
}
