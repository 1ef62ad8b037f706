namespace Lull.Storage.Ledger.Auditing;

/// <summary>One thing that must never be true of a row.</summary>
/// <param name="Kind">The violation's stable word.</param>
/// <param name="Broken">The SQL condition that is true of a row that breaks the rule.</param>
/// <param name="Text">What is wrong, in a sentence about the row.</param>
internal sealed record AuditRule(string Kind, string Broken, string Text)
{
    /// <summary>One number for all rules of a table, so that one scan checks them together: bit <c>n</c> is set where rule <c>n</c> is broken.</summary>
    public static string Bits(IReadOnlyList<AuditRule> rules)
        => string.Join(" | ", rules.Select((rule, n) => $"CASE WHEN {rule.Broken} THEN {1L << n} ELSE 0 END"));

    /// <summary>The rules whose bits are set.</summary>
    public static IEnumerable<AuditRule> In(long bits, IReadOnlyList<AuditRule> rules) => rules.Where((_, n) => (bits & (1L << n)) != 0);
}
