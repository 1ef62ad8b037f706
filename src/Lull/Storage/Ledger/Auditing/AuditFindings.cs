namespace Lull.Storage.Ledger.Auditing;

/// <summary>Counts and violations as they are met.</summary>
internal sealed class AuditFindings(int limit)
{
    private readonly List<AuditViolation> _violations = [];
    private long _count;

    public SortedDictionary<string, long> Webhooks { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, long> Messages { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, long> Batches { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, long> Deliveries { get; } = new(StringComparer.Ordinal);

    public static void Count(SortedDictionary<string, long> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;

    public void Broken(AuditRule rule, params IReadOnlyList<string> ids)
    {
        if (_count++ < limit)
        {
            _violations.Add(new(rule.Kind, ids, $"{string.Join(" of ", ids)} {rule.Text}."));
        }
    }

    public AuditReport Report(TimeSpan took) => new(Webhooks, Messages, Batches, Deliveries, _violations, _count, took);
}
