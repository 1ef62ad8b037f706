using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>What contacts and an operator do while processes die.</summary>
internal static class CrashActs
{
    public static async Task ActAsync(CrashWorld world, CrashAct act, int contacts)
    {
        var contact = $"c{act.Target}";
        switch (act.Kind)
        {
            case CrashActKind.Say:
                await world.SayAsync(contact);
                break;
            case CrashActKind.SayAgain when world.Acknowledged.LastOrDefault(said => said.Contact == contact) is { } said:
                await world.SayAsync(said);
                break;
            case CrashActKind.SayAtOnce:
                await Task.WhenAll(Enumerable.Range(0, 6).Select(i => world.SayAsync($"c{(act.Target + i) % contacts}")));
                break;
            case CrashActKind.Force:
                await world.Door().AskAsync($"/force-process-batch/{contact}");
                break;
            case CrashActKind.PauseAndResume:
                await world.Door().AskAsync("/pause");
                await world.SayAsync(contact);
                await world.Door().AskAsync("/resume");
                break;
            case CrashActKind.PauseContact:
                await world.Door().AskAsync($"/conversations/{contact}/pause");
                break;
            case CrashActKind.ResumeContact:
                await world.Door().AskAsync($"/conversations/{contact}/resume");
                break;
            case CrashActKind.Retry:
                await world.Door().AskAsync("/dead-letters/retry", new { });
                break;
            case CrashActKind.WaitForModel:
                await HappensAsync(world, world.Model.WaitForCallsAsync(_ => true, world.Model.Calls.Count + 1, CrashWorld.Soon));
                break;
            case CrashActKind.WaitForGhl:
                await HappensAsync(world, world.Ghl.WaitForAttemptsAsync(world.Ghl.Attempts.Count + 1, CrashWorld.Soon));
                break;
        }
    }

    /// <summary>Waits for something to happen to the outside world, but not for long, and not for a dead process.</summary>
    private static Task HappensAsync(CrashWorld world, Task what)
    {
        _ = what.ContinueWith(static task => task.Exception, TaskContinuationOptions.OnlyOnFaulted);
        return Task.WhenAny(what, world.Living.EndAsync(TimeSpan.FromSeconds(1)));
    }
}
