using Lull.Hosting.Crashing;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>What one process is made to live through before it dies, drawn from a seed: the same seed draws the same schedule.</summary>
/// <param name="CrashAt">Where it kills itself; empty = it is killed from outside, whatever it is doing.</param>
/// <param name="Patience">How long it is let live at most, after all has been said: until it reaches its point, or for a moment that is drawn too.</param>
/// <param name="Acts">What is said and done to it, in order.</param>
internal sealed record CrashLife(string CrashAt, TimeSpan Patience, IReadOnlyList<CrashAct> Acts);

/// <summary>One thing done to the process. <paramref name="Target"/> is a contact's number.</summary>
internal sealed record CrashAct(CrashActKind Kind, int Target);

internal enum CrashActKind
{
    Say,
    SayAgain,
    SayAtOnce,
    Force,
    PauseAndResume,
    PauseContact,
    ResumeContact,
    Retry,
    WaitForModel,
    WaitForGhl,
}

/// <summary>Draws the lives of one process after the other.</summary>
/// <param name="hasFaults">False: the model's key and GHL's token are never refused, which stops everything for a minute.</param>
internal sealed class CrashSchedule(int seed, int contacts, bool hasFaults = true)
{
    private static readonly string[] Reached =
    [
        "append", "claim", "claim.claimed", "claim.not-due", "claim.ended", "begin-reply", "save-reply", "release", "release.newer", "release.retry", "release.faulted", "fence", "fence.send",
        "fence.newer", "fence.suppressed", "delivered", "not-sent", "unknown", "end", "force", "reopen", "history", "spend-tokens", "set-fault", "clear-fault", "raise", "silence", "pause", "resume",
        "write", "send", "send.delivered", "send.unknown", "read-back",
    ];

    private readonly Random _random = new(seed);

    public CrashLife Next()
    {
        var acts = Enumerable.Range(0, _random.Next(6, 18)).Select(_ => new CrashAct(Kind(_random.Next(100)), _random.Next(contacts))).ToList();
        return _random.Next(10) < 8 ? new(Point(), TimeSpan.FromSeconds(3), acts) : new("", TimeSpan.FromMilliseconds(_random.Next(1200)), acts);
    }

    /// <summary>Which of so many.</summary>
    public int OneOf(int count) => _random.Next(count);

    public ModelAnswer Model() => Draw() switch
    {
        < 8 => ModelAnswer.Fails(429).RetryAfter("2"),
        < 15 => ModelAnswer.Fails(500),
        < 18 => ModelAnswer.Fails(400, "invalid_request"),
        < 20 => hasFaults ? ModelAnswer.InvalidKey : ModelAnswer.Fails(500),
        < 24 => ModelAnswer.Cut,
        < 26 => ModelAnswer.Empty,
        < 30 => ModelAnswer.Echo.After(new Gate()),
        _ => ModelAnswer.Echo,
    };

    public GhlAnswer Ghl() => Draw() switch
    {
        < 8 => GhlAnswer.RateLimited("2"),
        < 14 => GhlAnswer.Refuse(500, "failed"),
        < 16 => GhlAnswer.Refuse(422, "message is not valid"),
        < 17 => hasFaults ? GhlAnswer.Refuse(401, "Invalid token") : GhlAnswer.Refuse(500, "failed"),
        < 18 => GhlAnswer.DndActive,
        < 26 => GhlAnswer.AcceptThenCut,
        < 30 => GhlAnswer.AcceptThenFail(502),
        < 34 => GhlAnswer.Cut,
        < 40 => GhlAnswer.Accept.After(new Gate()),
        _ => GhlAnswer.Accept,
    };

    private string Point()
    {
        var (step, when) = (Reached[_random.Next(Reached.Length)], _random.Next(2) == 0 ? CrashWhen.Before : CrashWhen.After);
        var isResult = step.StartsWith("claim.", StringComparison.Ordinal) || step.StartsWith("fence.", StringComparison.Ordinal) || step.StartsWith("send.", StringComparison.Ordinal);

        // What a call results in is not known before it.
        return new CrashPoint(step, isResult ? CrashWhen.After : when, _random.Next(1, step is "append" ? 12 : 3), null).ToString();
    }

    private int Draw()
    {
        // The fakes draw from many threads.
        lock (_random)
        {
            return _random.Next(100);
        }
    }

    private static CrashActKind Kind(int draw) => draw switch
    {
        < 45 => CrashActKind.Say,
        < 52 => CrashActKind.SayAgain,
        < 66 => CrashActKind.SayAtOnce,
        < 74 => CrashActKind.Force,
        < 77 => CrashActKind.PauseAndResume,
        < 79 => CrashActKind.PauseContact,
        < 83 => CrashActKind.ResumeContact,
        < 87 => CrashActKind.Retry,
        < 94 => CrashActKind.WaitForModel,
        _ => CrashActKind.WaitForGhl,
    };
}
