using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>The ledger's own audit of what the crashes left: the one place from which every crash test asks for it.</summary>
internal static class CrashAudit
{
    /// <summary>Every violation that the store finds in itself, as a sentence.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(CrashWorld world)
    {
        var counts = await world.Lull.GetAsync("/queue-status");
        return counts.GetProperty("active_batches").GetInt32() == 0 ? [] : [$"something is still active: {counts}"];
    }
}
