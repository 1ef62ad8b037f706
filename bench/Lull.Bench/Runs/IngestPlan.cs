namespace Lull.Bench.Runs;

/// <summary>How much load the ingest run drives.</summary>
/// <param name="Measured">For each server, split into <paramref name="Rounds"/> that take turns.</param>
/// <param name="WarmUp">Before anything is measured, while the runtime still compiles; the bare endpoint, which has little to compile, takes at most <see cref="MostBareWarmUp"/> of it.</param>
/// <param name="MessagesPerContact">How many messages of a contact follow each other.</param>
internal sealed record IngestPlan(TimeSpan Measured, int Rounds, TimeSpan WarmUp, int Connections, int MessagesPerContact)
{
    public static readonly TimeSpan MostBareWarmUp = TimeSpan.FromSeconds(5);

    public IngestPlan(int seconds, int warmUp, int connections, int messagesPerContact)
        : this(TimeSpan.FromSeconds(seconds), Rounds: 2, TimeSpan.FromSeconds(warmUp), connections, messagesPerContact)
    {
    }

    public static IngestPlan Smoke => new(TimeSpan.FromSeconds(0.6), Rounds: 1, TimeSpan.FromSeconds(0.2), Connections: 8, MessagesPerContact: 1);
}
