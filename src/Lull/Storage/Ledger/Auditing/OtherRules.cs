namespace Lull.Storage.Ledger.Auditing;

/// <summary>What is checked across rows: each statement gives the ids of what breaks the rule, most often nothing.</summary>
internal static class OtherRules
{
    /// <summary>The rule's <see cref="AuditRule.Broken"/> is a whole statement with one text column per id.</summary>
    public static IReadOnlyList<AuditRule> All(AuditDialect dialect) =>
    [
        new("conversation_has_two_batches",
            $"SELECT {dialect.Names} FROM {dialect.Schema}batches WHERE state < 10 GROUP BY location, contact HAVING COUNT(*) > 1",
            "are unfinished at the same time in one conversation"),
        new("step_orphan",
            $"SELECT DISTINCT {dialect.BatchKey} FROM {dialect.Schema}steps s LEFT JOIN {dialect.Schema}batches b ON b.id = s.batch WHERE b.id IS NULL",
            "does not exist, and has a history"),
        new("steps_run_backwards",
            $"""
            SELECT DISTINCT COALESCE(b.name, {dialect.BatchKey})
            FROM (SELECT batch, attempt, LAG(attempt) OVER (PARTITION BY batch ORDER BY id) AS before FROM {dialect.Schema}steps) s LEFT JOIN {dialect.Schema}batches b ON b.id = s.batch
            WHERE s.attempt < s.before
            """,
            "took a step for an attempt that was no longer the current one"),
        new("silence_orphan",
            $"""
            SELECT DISTINCT s.location || '/' || s.contact FROM {dialect.Schema}silences s
            WHERE NOT EXISTS (SELECT 1 FROM {dialect.Schema}contacts c WHERE c.contact = s.contact AND c.location = s.location)
              AND NOT EXISTS (SELECT 1 FROM {dialect.Schema}messages m WHERE m.batch IS NULL AND m.outcome = 1 AND m.contact = s.contact AND m.location = s.location)
            """,
            "is a contact that is to be left alone, and nothing is known of it"),
    ];
}
