namespace Lull.Storage.Ledger.Auditing;

/// <summary>Counts what a walk meets, and names what breaks a rule.</summary>
internal sealed class AuditTally(AuditFindings findings, AuditDialect dialect)
{
    private const string NoFate = "none";

    private readonly Dictionary<(long Outcome, long? Batch), long> _messages = [];
    private readonly IReadOnlyList<AuditRule> _messageRules = MessageRules.All(dialect);
    private readonly IReadOnlyList<AuditRule> _batchRules = BatchRules.All(dialect);

    /// <param name="batch">The batch it is in.</param>
    /// <param name="name">That batch's name; null where there is no such batch.</param>
    public void Message(long id, long outcome, long? batch, string? name, long? state, long broken)
    {
        // Counted by number, named once: there may be millions.
        (long, long?) key = (outcome, batch is null ? null : state ?? -1);
        _messages[key] = _messages.GetValueOrDefault(key) + 1;
        if (broken != 0)
        {
            var message = new MessageId(id).ToString();
            Broken(broken, _messageRules, batch is null ? [message] : [message, NameOf(batch.Value, name)]);
        }
    }

    /// <summary>All messages were met.</summary>
    public void CountMessages()
    {
        foreach (var ((outcome, state), count) in _messages)
        {
            Add(findings.Webhooks, Enum.IsDefined((WebhookOutcome)outcome) ? ((WebhookOutcome)outcome).ToString().ToLowerInvariant() : $"#{outcome}", count);
            if (outcome == (long)WebhookOutcome.Batched)
            {
                Add(findings.Messages, FateOf(state), count);
            }
        }
    }

    public void Batch(string name, long state, long broken)
    {
        AuditFindings.Count(findings.Batches, Enum.IsDefined((BatchState)state) ? StepNames.Of((BatchState)state) : $"#{state}");
        Broken(broken, _batchRules, [name]);
    }

    public void Delivery(long batch, string? name, long part, string state, long broken)
    {
        AuditFindings.Count(findings.Deliveries, state);
        Broken(broken, DeliveryRules.All, [$"part {part}", NameOf(batch, name)]);
    }

    public void Other(AuditRule rule, string id) => findings.Broken(rule, id);

    private void Broken(long bits, IReadOnlyList<AuditRule> rules, IReadOnlyList<string> ids)
    {
        if (bits != 0)
        {
            foreach (var rule in AuditRule.In(bits, rules))
            {
                findings.Broken(rule, ids);
            }
        }
    }

    private static void Add(SortedDictionary<string, long> counts, string name, long count) => counts[name] = counts.GetValueOrDefault(name) + count;

    private static string NameOf(long batch, string? name) => name ?? $"#{batch}";

    private static string FateOf(long? state) => state switch
    {
        null => "open",
        { } known when Enum.IsDefined((BatchState)known) && known != (long)BatchState.Reopened => StepNames.FateOf((BatchState)known),
        _ => NoFate,
    };
}
