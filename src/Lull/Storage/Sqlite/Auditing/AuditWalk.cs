using Lull.Storage.Ledger;
using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite.Auditing;

/// <summary>One walk through all tables.</summary>
internal sealed class AuditWalk(SqliteSession session, AuditFindings findings, CancellationToken cancellationToken)
{
    private const string NoFate = "none";

    public void Messages()
    {
        // Counted by number, named once: there may be millions.
        var counts = new Dictionary<(long Outcome, long? Batch), long>();
        Each(MessageRules.Select, row =>
        {
            var (outcome, batch, bits) = (row.GetInt64(1), row.NumberOrNull(2), row.GetInt64(5));
            (long, long?) key = (outcome, batch is null ? null : row.NumberOrNull(4) ?? -1);
            counts[key] = counts.GetValueOrDefault(key) + 1;
            if (bits != 0)
            {
                var id = new MessageId(row.GetInt64(0)).ToString();
                IReadOnlyList<string> ids = batch is null ? [id] : [id, NameOf(batch.Value, row.TextOrNull(3))];
                Broken(bits, MessageRules.All, ids);
            }
        });
        foreach (var ((outcome, state), count) in counts)
        {
            Add(findings.Webhooks, Enum.IsDefined((WebhookOutcome)outcome) ? ((WebhookOutcome)outcome).ToString().ToLowerInvariant() : $"#{outcome}", count);
            if (outcome == (long)WebhookOutcome.Batched)
            {
                Add(findings.Messages, FateOf(state), count);
            }
        }
    }

    public void Batches() => Each(BatchRules.Select, row =>
    {
        AuditFindings.Count(findings.Batches, StateOf(row.GetInt64(1)));
        Broken(row.GetInt64(2), BatchRules.All, [row.GetString(0)]);
    });

    public void Deliveries() => Each(DeliveryRules.Select, row =>
    {
        AuditFindings.Count(findings.Deliveries, row.GetString(3));
        Broken(row.GetInt64(4), DeliveryRules.All, [$"part {row.GetInt64(2)}", NameOf(row.GetInt64(0), row.TextOrNull(1))]);
    });

    public void Others()
    {
        foreach (var rule in OtherRules.All)
        {
            Each(rule.Broken, row => findings.Broken(rule, row.GetString(0)));
        }
    }

    private void Each(string sql, Action<SqliteDataReader> visit)
    {
        const int Piece = 4096;
        var visited = 0;
        session.Each(sql, row =>
        {
            if (++visited % Piece == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            visit(row);
        });
    }

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

    private static string StateOf(long state) => Enum.IsDefined((BatchState)state) ? StepNames.Of((BatchState)state) : $"#{state}";

    private static string FateOf(long? state) => state switch
    {
        null => "open",
        { } known when Enum.IsDefined((BatchState)known) && known != (long)BatchState.Reopened => StepNames.FateOf((BatchState)known),
        _ => NoFate,
    };
}
