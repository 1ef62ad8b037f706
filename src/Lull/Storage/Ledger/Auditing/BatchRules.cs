namespace Lull.Storage.Ledger.Auditing;

/// <summary>What must hold of every batch: it lists the messages it holds, its state fits what is stored of it, and its delivery record says the same.</summary>
internal static class BatchRules
{
    public static IReadOnlyList<AuditRule> All(AuditDialect dialect) =>
    [
        new("batch_unknown_state", "b.state NOT IN (1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14)", "is in a state that Lull does not know"),
        new("batch_without_messages", "l.listed = 0", "lists no message"),
        new("batch_lists_twice", "l.different <> l.listed", "lists a message twice"),
        new("batch_list_disagrees", "(b.state <= 10 AND l.held < l.different) OR l.strayed > 0", "lists a message that is not in it, and that nobody gave back"),
        new("batch_first_last_disagree", "l.held = l.listed AND (b.last_at <> l.last_at OR b.first_at < l.first_at OR (b.first_at <> l.first_at AND l.reopened = 0))",
            "says other times of its first and last message than they have"),
        new("batch_times_impossible", "b.first_at > b.last_at OR b.due_at < b.first_at OR b.ended_at < b.first_at", "was due or ended before it began"),
        new("batch_end_disagrees", "(b.state < 10) = (b.ended_at IS NOT NULL)", "is finished without a time of its end, or has one and is not"),
        new("batch_without_reason", "b.state > 10 AND COALESCE(b.reason, '') = ''", "ended without an answer and does not say why"),
        new("batch_without_reply", "b.state IN (4, 5, 6, 10) AND COALESCE(b.reply, '') = ''", "has no reply, and is in a state that needs one"),
        new("batch_stuck", $"b.state IN (2, 3, 5) AND NOT ({dialect.Running})", "is in the middle of a step that nobody takes: nothing will move it"),
        new("batch_running_at_rest", $"b.state IN (1, 10, 11, 12, 13, 14) AND {dialect.Running}", "is at rest and marked as running: nobody may take it up"),
        new("batch_counts_impossible",
            "b.attempt < 1 OR b.restarts NOT BETWEEN 0 AND 2 OR b.lost NOT BETWEEN 0 AND 5 OR b.failures < 0 OR b.restarts + b.lost > b.attempt OR (b.state < 10 AND b.lost >= 5)",
            "has attempts, restarts or losses that cannot be"),
        new("batch_history_disagrees",
            $"s.attempt IS DISTINCT FROM b.attempt OR (b.state >= 10 AND s.name IS DISTINCT FROM {NameOfState})", "has a history that does not end where the batch is"),
        new("batch_of_unknown_contact", $"NOT EXISTS (SELECT 1 FROM {dialect.Schema}contacts c WHERE c.contact = b.contact AND c.location = b.location)",
            "is of a contact that is not stored: its status cannot be asked for"),
        new("answer_without_delivery", "b.state = 10 AND (d.parts IS NULL OR d.done <> d.parts)", "is answered, and its delivery record does not say that the reply went out"),
        new("delivery_without_answer", "b.state <> 10 AND d.done > 0", "is not answered, and its delivery record says that the reply went out"),
        new("intent_missing", "(b.state = 5 AND COALESCE(d.sending, 0) = 0) OR (b.state = 6 AND COALESCE(d.unsure, 0) = 0)", "may have been sent, and no intent is stored"),
        new("intent_forgotten", "(b.state NOT IN (5, 6, 10) AND d.sending > 0) OR (b.state < 5 AND d.unsure > 0)", "has an intent to send that nobody will decide"),
        new("delivery_part_missing", "d.last_part <> d.parts", "lacks the record of a part of its reply"),
        new("rehearsal_sent", $"{dialect.Rehearsed} AND d.recorded < d.parts", "has a made-up reply, and a record of sending it"),
    ];

    private const string NameOfState = "CASE b.state WHEN 10 THEN 'answered' WHEN 11 THEN 'suppressed' WHEN 12 THEN 'held' WHEN 13 THEN 'dead_lettered' ELSE 'reopened' END";

    /// <summary>Name, state, broken rules.</summary>
    /// <param name="listed">A query: what became of the messages that each batch lists.</param>
    /// <param name="lastSteps">A query: number, name and attempt of each batch's last step.</param>
    public static string Select(AuditDialect dialect, string listed, string lastSteps) => $"""
        WITH l AS ({listed}), d AS ({Delivered(dialect)}), s AS ({lastSteps})
        SELECT b.name, b.state, {AuditRule.Bits(All(dialect))}
        FROM l CROSS JOIN {dialect.Schema}batches b LEFT JOIN d ON d.batch = b.id LEFT JOIN s ON s.batch = b.id
        WHERE b.id = l.batch
        """;

    /// <summary>What the columns of <c>listed</c> count.</summary>
    /// <param name="id">The listed id.</param>
    public static string Counted(string id) => $"""
        COUNT({id}) AS listed, COUNT(DISTINCT {id}) AS different, COUNT(DISTINCT CASE WHEN m.batch = b.id THEN m.id END) AS held,
        COUNT(CASE WHEN m.batch IS DISTINCT FROM b.id AND m.origin IS NULL THEN m.id END) AS strayed,
        MIN(CASE WHEN m.batch = b.id THEN m.received_at END) AS first_at, MAX(CASE WHEN m.batch = b.id THEN m.received_at END) AS last_at,
        COUNT(m.reopened_at) AS reopened
        """;

    private static string Delivered(AuditDialect dialect) => $"""
        SELECT batch, COUNT(*) AS parts, MAX(part) AS last_part, COUNT(*) FILTER (WHERE state IN ('delivered', 'recorded')) AS done,
               COUNT(*) FILTER (WHERE state = 'recorded') AS recorded, COUNT(*) FILTER (WHERE state = 'sending') AS sending,
               COUNT(*) FILTER (WHERE state IN ('sending', 'unknown')) AS unsure
        FROM {dialect.Schema}deliveries GROUP BY batch
        """;
}
