namespace Lull.Storage.Ledger.Auditing;

/// <summary>What must hold of every stored webhook: a message is open, or in the one batch that lists it.</summary>
internal static class MessageRules
{
    public static IReadOnlyList<AuditRule> All(AuditDialect dialect) =>
    [
        new("message_unknown_outcome", "m.outcome NOT BETWEEN 1 AND 5", "has an outcome that Lull does not know"),
        new("message_incomplete", "m.outcome = 1 AND (m.location IS NULL OR m.contact IS NULL OR m.channel IS NULL OR m.text IS NULL)",
            "is a message without contact, channel or text: it cannot be answered"),
        new("webhook_in_batch", "m.batch IS NOT NULL AND m.outcome <> 1", "is no message to answer, and yet in a batch"),
        new("message_batch_missing", "m.batch IS NOT NULL AND b.id IS NULL", "is in a batch that does not exist: it has no fate"),
        new("message_in_foreign_batch", "b.location <> m.location OR b.contact <> m.contact", "is in a batch of another conversation"),
        new("message_on_foreign_lane", "b.channel <> m.channel OR (b.id IS NOT NULL AND b.address IS DISTINCT FROM m.address)", "is in a batch of another channel or address"),
        new("message_unlisted", dialect.Unlisted, "is in a batch that does not list it: no prompt held it"),
        new("message_left_behind", "b.state = 14", "is in a batch whose messages were given back: neither open nor ended"),

        // Ids are not compared: a clock that was set back gives a copy the smaller one. That the first one is no copy itself rules out circles.
        new("duplicate_unlawful", "(m.outcome = 2) <> (m.duplicate_of IS NOT NULL) OR f.outcome = 2",
            "does not lead to the one message it is a copy of"),
        new("webhook_without_reason", "(m.outcome = 3 AND m.reason IS NULL) OR (m.outcome = 5 AND m.error IS NULL)", "was not taken as a message, and does not say why"),
    ];

    /// <summary>Id, outcome, batch (number, name, state), broken rules.</summary>
    public static string Select(AuditDialect dialect) => $"""
        SELECT m.id, m.outcome, m.batch, b.name, b.state, {AuditRule.Bits(All(dialect))}
        FROM {dialect.Schema}messages m LEFT JOIN {dialect.Schema}batches b ON b.id = m.batch LEFT JOIN {dialect.Schema}messages f ON f.id = m.duplicate_of
        """;
}
