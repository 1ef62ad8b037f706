using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>Every transition of the state diagram with the crash point that falls on it. Each list is worked off by one process after the other.</summary>
internal static class CrashScenarios
{
    /// <summary>Long enough that a slow machine's burst is answered before, short enough to be waited for.</summary>
    public const int StaleAfterSeconds = 120;

    private const string Retry = "20";

    /// <summary>Arrows that no process takes from outside, with the reason.</summary>
    public static IReadOnlyDictionary<string, string> NotTaken { get; } = new Dictionary<string, string>
    {
        ["Claimed → Replied: save reply"] = "The store allows it; Lull always begins the reply first.",
    };

    /// <summary>Wait, claim, write, send: the plain way, and what newer messages do to it.</summary>
    public static IReadOnlyList<CrashScenario> Plain { get; } =
    [
        new("append:before", Say, "[*] → Open: message stored") { IsDueAtOnce = true },
        new("append:after", Say, "[*] → Open: message stored") { IsDueAtOnce = true },
        new("append:after:2", SayTwice, "[*] → Open: message stored") { IsExtra = true },
        new("", Say, "[*] → Open: message stored") { IsDueAtOnce = true },
        new("claim:before", Say, "Open → Claimed: claim once due") { IsExtra = true, IsDueAtOnce = true },
        new("claim.claimed:after", Say, "Open → Claimed: claim once due", "Claimed → Released: crash") { IsDueAtOnce = true },
        new("claim.claimed:after", SayMany, "Open → Claimed: full") { IsDueAtOnce = true },
        new("force:after", async (world, contact) => await AskAsync(world, contact, $"/force-process-batch/{contact}"), "Open → Claimed: forced") { IsDueAtOnce = true },
        new("begin-reply:after", Say, "Claimed → Replying: begin reply", "Replying → Released: crash") { IsDueAtOnce = true },
        new("write:after", Say, "Replying → Released: crash") { IsExtra = true, IsDueAtOnce = true },
        new("save-reply:after", Say, "Replying → Replied: save reply") { IsDueAtOnce = true },
        new("fence.send:after", Say, "Replied → Sending: fence, intent stored", "Sending → Unknown: crash", "Unknown → Replied: twice not there"),
        new("send.delivered:after", Say, "Sending → Unknown: crash", "Unknown → Answered: found in GoHighLevel"),
        new("", HoldGhl, "Sending → Unknown: crash"),
        new("delivered:after", Say, "Sending → Answered: sent") { IsDueAtOnce = true },
        new("release.newer:after", SayWhileTheModelWrites, "Replying → Released: newer message"),
        new("claim.claimed:after:2", SayWhileTheModelWrites, "Released → Claimed: claim, adopts what was said since"),
        new("fence.newer:after", SayWhileTheReplyWaits, "Replied → Released: fence finds a newer message"),
        new("send.delivered:after", UseUpTheRestarts, "Sending → Unknown: crash") { Replies = 2 },
        new("begin-reply:after", Say, "Claimed → DeadLettered: 5 lost attempts") { Kills = 5, IsExtra = true, End = "dead_lettered", Replies = 0 },
    ];

    /// <summary>A model or a GHL that fails.</summary>
    public static IReadOnlyList<CrashScenario> Failing { get; } =
    [
        new("release.retry:after", Model(ModelAnswer.Fails(500)), "Replying → Released: failure"),
        new("release.lost:after", Say, "Claimed → Released: attempt lost") { Also = "history:throws" },
        new("release.lost:after:5", Say, "Claimed → DeadLettered: 5 lost attempts") { Also = FiveTimes("history"), End = "dead_lettered", Replies = 0 },
        new("release.lost:after:5", Say, "Replying → DeadLettered: 5 lost attempts") { Also = FiveTimes("write"), End = "dead_lettered", Replies = 0 },
        new("release.lost:after", Say, "Replying → Released: attempt lost") { Also = "write:throws" },
        new("release.lost:after", Say, "Replied → Released: attempt lost") { Also = "fence:throws" },
        new("release.lost:after:5", Say, "Replied → DeadLettered: 5 lost attempts") { Also = FiveTimes("fence"), End = "dead_lettered", Replies = 0 },
        new("end.dead-lettered:after", ModelAlways(ModelAnswer.Fails(400, "invalid_request")), "Replying → DeadLettered: refused by the model") { End = "dead_lettered", Replies = 0 },
        new("end.dead-lettered:after", ModelAlways(ModelAnswer.Empty), "Replying → DeadLettered: empty twice") { End = "dead_lettered", Replies = 0 },
        new("end.held:after", ModelAlways(ModelAnswer.Says("Dear {{name}}")), "Replied → Held: not fit to be sent") { End = "held", Replies = 0 },
        new("not-sent:after", Ghl(GhlAnswer.RateLimited(Retry)), "Sending → Replied: surely not sent"),
        new("unknown:after", Ghl(GhlAnswer.AcceptThenCut), "Sending → Unknown: no clear answer"),
        new("unknown:after:2", Ghl(GhlAnswer.Cut), "Unknown → Unknown: not yet"),
        new("unknown:after:2", CutAndUnreadable, "Unknown → Unknown: not readable"),
        new("read-back:after", Ghl(GhlAnswer.AcceptThenFail(502)), "Unknown → Answered: found in GoHighLevel") { IsExtra = true },
        new("delivered:after", Ghl(GhlAnswer.AcceptThenCut), "Unknown → Answered: found in GoHighLevel") { IsExtra = true },
        new("not-sent:after", Ghl(GhlAnswer.Cut), "Unknown → Replied: twice not there") { IsExtra = true },
        new("end.suppressed:after", GhlAlways(GhlAnswer.DndActive), "Sending → Suppressed: refused for this contact") { End = "suppressed", Replies = 0 },
        new("end.dead-lettered:after", GhlAlways(GhlAnswer.Refuse(422, "message is not valid")), "Sending → DeadLettered: rejected by GoHighLevel") { End = "dead_lettered", Replies = 0 },
        new("release.faulted:after", Model(ModelAnswer.InvalidKey), "Replying → Released: fault"),
        new("clear-fault:after", Model(ModelAnswer.InvalidKey), "Replying → Released: fault") { IsExtra = true },
    ];

    /// <summary>What an operator, a contact's pause or a shutdown does.</summary>
    public static IReadOnlyList<CrashScenario> Operated { get; } =
    [
        new("release.shutdown:after", StopWhileTheModelWrites, "Replying → Released: shutdown") { IsDueAtOnce = true },
        new("silence:after", PauseTheContactInTime, "Claimed → Suppressed: contact paused") { IsExtra = true, Then = (world, _) => world.Living.AskAsync("/resume"), End = "suppressed", Replies = 0 },
        new("claim.ended:after", PauseTheContactInTime, "Claimed → Suppressed: contact paused") { End = "suppressed", Replies = 0 },
        new("claim.ended:after", PauseTheContactOnceWritten, "Replied → Suppressed: contact paused") { End = "suppressed", Replies = 0 },
        new("pause:after", async (world, contact) => await AskAsync(world, contact, "/pause")) { Then = ResumeOnceHeld },
        new("resume:after", PauseAndResume),
        new("reopen:after", Retried, "DeadLettered → Reopened: retry", "Reopened → Open: its messages are open again"),
        new("replay:after", Replayed) { IsExtra = true },
        new("reopen:after", (world, contact) => AskOfHeldAsync(world, contact, "release"), "Held → Reopened: release", "Reopened → Open: its messages are open again"),
        new("drop:after", (world, contact) => AskOfHeldAsync(world, contact, "drop"), "Held → Suppressed: drop") { End = "suppressed", Replies = 0 },
        new("drop:after", DropWhileAtFault, "Released → Suppressed: drop") { End = "suppressed", Replies = 0 },
        new("drop:after", DropWhileGhlIsAtFault, "Replied → Suppressed: drop") { End = "suppressed", Replies = 0 },
    ];

    /// <summary>With <c>DELIVERY=record</c>.</summary>
    public static IReadOnlyList<CrashScenario> Recording { get; } =
    [
        new("fence.recorded:after", Say, "Replied → Answered: fence, delivery is record") { Replies = 0, IsDueAtOnce = true },
    ];

    /// <summary>With a <c>STALE_AFTER</c> of <see cref="StaleAfterSeconds"/>.</summary>
    public static IReadOnlyList<CrashScenario> Late { get; } =
    [
        new("claim.ended:after", StaleBeforeItIsWritten, "Claimed → Held: stale") { End = "held", Replies = 0 },
        new("claim.ended:after", StaleOnceWritten, "Replied → Held: stale") { End = "held", Replies = 0 },
    ];

    /// <summary>On a clock so fast that a quarter of an hour passes.</summary>
    public static IReadOnlyList<CrashScenario> Unreadable { get; } =
    [
        new("end.held:after", NeverReadable, "Unknown → Held: unreadable for 15 min") { End = "held", Replies = null },
    ];

    public static IEnumerable<CrashScenario> All => [.. Plain, .. Failing, .. Operated, .. Recording, .. Late, .. Unreadable];

    private static string FiveTimes(string step) => string.Join(',', Enumerable.Range(1, 5).Select(nth => $"{step}:throws:{nth}"));

    private static Task Say(CrashWorld world, string contact) => world.SayAsync(contact);

    private static async Task SayTwice(CrashWorld world, string contact)
    {
        await world.SayAsync(contact);
        await world.SayAsync(world.Acknowledged.Last());
    }

    private static async Task SayMany(CrashWorld world, string contact)
    {
        for (var i = 0; i < 5; i++)
        {
            await world.SayAsync(contact);
        }
    }

    private static Func<CrashWorld, string, Task> Model(params ModelAnswer[] answers) => async (world, contact) =>
    {
        world.Model.Next(answers);
        await world.SayAsync(contact);
    };

    private static Func<CrashWorld, string, Task> Ghl(params GhlAnswer[] answers) => async (world, contact) =>
    {
        world.Ghl.NextSend(answers);
        await world.SayAsync(contact);
    };

    private static Func<CrashWorld, string, Task> ModelAlways(ModelAnswer answer) => async (world, contact) =>
    {
        world.ModelAnswers(contact, answer);
        await world.SayAsync(contact);
    };

    private static Func<CrashWorld, string, Task> GhlAlways(GhlAnswer answer) => async (world, contact) =>
    {
        world.GhlAnswers(contact, answer);
        await world.SayAsync(contact);
    };

    /// <summary>GHL has taken the reply and has not said so yet.</summary>
    private static async Task HoldGhl(CrashWorld world, string contact)
    {
        world.Ghl.NextSend(GhlAnswer.Accept.After(new Gate()));
        await world.SayAsync(contact);
        await world.Ghl.WaitForSendAsync(contact, 1, CrashWorld.Soon);
    }

    private static Task CutAndUnreadable(CrashWorld world, string contact)
    {
        world.Ghl.NextRead(GhlAnswer.Refuse(500, "down"));
        return Ghl(GhlAnswer.AcceptThenCut)(world, contact);
    }

    private static async Task SayWhileTheModelWrites(CrashWorld world, string contact)
    {
        await Model(ModelAnswer.Echo.After(new Gate()))(world, contact);
        await WrittenAsync(world, contact, 1);
        await world.SayAsync(contact);
    }

    private static async Task SayWhileTheReplyWaits(CrashWorld world, string contact)
    {
        await WhileGhlRefusesAsync(world, contact, () => world.SayAsync(contact));
    }

    /// <summary>The third newer message restarts nothing: it waits for a reply of its own.</summary>
    private static async Task UseUpTheRestarts(CrashWorld world, string contact)
    {
        var gate = new Gate();
        world.Model.Next(ModelAnswer.Echo.After(new Gate()), ModelAnswer.Echo.After(new Gate()), ModelAnswer.Echo.After(gate));
        for (var calls = 1; calls <= 3; calls++)
        {
            await world.SayAsync(contact);
            await WrittenAsync(world, contact, calls);
        }

        await world.SayAsync(contact);
        gate.Open();
    }

    private static async Task StopWhileTheModelWrites(CrashWorld world, string contact)
    {
        await Model(ModelAnswer.Echo.After(new Gate()))(world, contact);
        await WrittenAsync(world, contact, 1);
        world.Lull.AskToStop();
    }

    private static async Task PauseTheContactOnceWritten(CrashWorld world, string contact)
    {
        await WhileGhlRefusesAsync(world, contact, () => world.Lull.AskAsync($"/conversations/{contact}/pause"));
    }

    private static async Task PauseAndResume(CrashWorld world, string contact)
    {
        await AskAsync(world, contact, "/pause");
        await world.UntilAsync(contact, "held");
        await world.Lull.AskAsync("/resume");
    }

    private static async Task ResumeOnceHeld(CrashWorld world, string contact)
    {
        await world.UntilAsync(contact, "held");
        await world.Living.AskAsync("/resume");
    }

    private static async Task Retried(CrashWorld world, string contact)
    {
        await ModelAlways(ModelAnswer.Fails(400, "invalid_request"))(world, contact);
        var fate = await world.UntilAsync(contact, "dead_lettered");
        world.Mend();
        await world.Lull.AskAsync($"/dead-letters/{fate.GetProperty("batch_id")}/retry");
    }

    private static async Task Replayed(CrashWorld world, string contact)
    {
        await ModelAlways(ModelAnswer.Fails(400, "invalid_request"))(world, contact);
        var fate = await world.UntilAsync(contact, "dead_lettered");
        world.Mend();
        await world.Lull.AskAsync($"/webhooks/{fate.GetProperty("id")}/replay");
    }

    private static async Task AskOfHeldAsync(CrashWorld world, string contact, string what)
    {
        await ModelAlways(ModelAnswer.Says("Dear {{name}}"))(world, contact);
        var fate = await world.UntilAsync(contact, "held");
        world.Mend();
        await world.Lull.AskAsync($"/held/{fate.GetProperty("batch_id")}/{what}");
    }

    private static async Task DropWhileAtFault(CrashWorld world, string contact)
    {
        await ModelAlways(ModelAnswer.InvalidKey)(world, contact);
        var fate = await world.UntilAsync(contact, "held");
        await world.Lull.AskAsync($"/held/{fate.GetProperty("batch_id")}/drop");
    }

    private static async Task DropWhileGhlIsAtFault(CrashWorld world, string contact)
    {
        await GhlAlways(GhlAnswer.Refuse(401, "Invalid token"))(world, contact);
        await world.Ghl.WaitForAttemptAsync(contact, CrashWorld.Soon);
        var fate = await world.UntilAsync(contact, "held");
        await world.Lull.AskAsync($"/held/{fate.GetProperty("batch_id")}/drop");
    }

    private static async Task StaleBeforeItIsWritten(CrashWorld world, string contact)
    {
        await AskAsync(world, contact, "/pause");
        await LongAfterAsync(world, contact);
        await world.Lull.AskAsync("/resume");
    }

    private static async Task StaleOnceWritten(CrashWorld world, string contact)
    {
        await WhileGhlRefusesAsync(world, contact, () => world.Lull.AskAsync("/pause"));
        await LongAfterAsync(world, contact);
        await world.Lull.AskAsync("/resume");
    }

    private static async Task NeverReadable(CrashWorld world, string contact)
    {
        world.Ghl.NextRead([.. Enumerable.Repeat(GhlAnswer.Refuse(500, "down"), 200)]);
        await Ghl(GhlAnswer.AcceptThenCut)(world, contact);
    }

    /// <summary>Says something, and asks for something once that is acknowledged.</summary>
    private static async Task AskAsync(CrashWorld world, string contact, string path)
    {
        await world.SayAsync(contact);
        await world.Lull.AskAsync(path);
    }

    /// <summary>Before the burst is due on any machine, since nothing is taken up meanwhile.</summary>
    private static async Task PauseTheContactInTime(CrashWorld world, string contact)
    {
        await world.Lull.AskAsync("/pause");
        await AskAsync(world, contact, $"/conversations/{contact}/pause");
        await world.Lull.AskAsync("/resume");
    }

    private static Task WrittenAsync(CrashWorld world, string contact, int calls)
        => world.Model.WaitForCallsAsync(call => call.Burst.Contains($"<{contact}.", StringComparison.Ordinal), calls, CrashWorld.Soon);

    /// <summary>Does something while a send is under way that GHL then refuses for a while, so that the reply is written and waits.</summary>
    private static async Task WhileGhlRefusesAsync(CrashWorld world, string contact, Func<Task> act)
    {
        var gate = new Gate();
        await Ghl(GhlAnswer.RateLimited(Retry).After(gate))(world, contact);
        await world.Ghl.WaitForAttemptAsync(contact, CrashWorld.Soon);
        await act();
        gate.Open();
    }

    /// <summary>Waits until Lull's clock shows that STALE_AFTER has long passed.</summary>
    private static async Task LongAfterAsync(CrashWorld world, string contact)
    {
        var until = (await world.UntilAsync(contact, "held")).GetProperty("timestamp").GetDateTimeOffset().AddSeconds(StaleAfterSeconds + 10);
        await world.UntilAsync(() => world.Lull.GetAsync("/health/live"), live => live.GetProperty("timestamp").GetDateTimeOffset() > until, "Lull's clock stands still");
    }
}
