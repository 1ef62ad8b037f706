using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>The ledger's own audit of what the crashes left: the one place from which every crash test asks for it.</summary>
internal static class CrashAudit
{
    /// <summary>Every violation that the store finds in itself, as a sentence.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(CrashWorld world)
    {
        var audit = await world.Living.GetAsync("/audit");
        var counts = await world.Living.GetAsync("/queue-status");
        return
        [
            .. audit.GetProperty("clean").GetBoolean() ? (string[])[] : [$"the audit finds: {audit}"],
            .. counts.GetProperty("active_batches").GetInt32() == 0 ? (string[])[] : [$"something is still active: {counts}"],
        ];
    }
}
