namespace Lull.Bench.Measures;

/// <summary>One line that says whether a budget of the design was met and by how much.</summary>
internal static class Budget
{
    public static string AtLeast(string what, double wanted, double measured, string unit) => Line(what, "≥", wanted, measured, unit, measured >= wanted);

    public static string AtMost(string what, double wanted, double measured, string unit) => Line(what, "≤", wanted, measured, unit, measured <= wanted);

    private static string Line(string what, string sign, double wanted, double measured, string unit, bool met)
        => $"\nBudget: {what} {sign} {wanted:0.###}{unit}. Measured {measured:0.###}{unit}: {(met ? "met" : "NOT met")}, {measured / wanted:0.00} of the budget.";
}
