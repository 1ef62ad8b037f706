using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>One way to a crash point, and what must have become of the contact's messages in the end.</summary>
/// <param name="Transitions">The arrows of the diagram in <c>docs/architecture.md</c> that this kill falls on, as <c>From → To: cause</c>.</param>
/// <param name="Point">As in <c>LULL_CRASH_AT</c>; empty = the test kills from outside once <paramref name="Drive"/> has ended.</param>
/// <param name="Drive">Brings the process to the point; what it says to a dead one is not acknowledged.</param>
internal sealed record CrashScenario(string Point, Func<CrashWorld, string, Task> Drive, params string[] Transitions)
{
    /// <summary>What the operator or the world does once the process is back.</summary>
    public Func<CrashWorld, string, Task> Then { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>The state in which all of the contact's messages end.</summary>
    public string End { get; init; } = "answered";

    /// <summary>How many replies reach the contact; null = at most one, and nobody can know.</summary>
    public int? Replies { get; init; } = 1;

    /// <summary>How often the process dies at the point before it is left in peace.</summary>
    public int Kills { get; init; } = 1;

    /// <summary>True when nothing but Lull stands between the restart and the reply: no back-off, no read-back, no fault, no operator.</summary>
    public bool IsDueAtOnce { get; init; }

    /// <summary>True for another kill on an arrow that has one already: left to the full run.</summary>
    public bool IsExtra { get; init; }

    /// <summary>Further crash points that the way to this one needs.</summary>
    public string Also { get; init; } = "";
}
