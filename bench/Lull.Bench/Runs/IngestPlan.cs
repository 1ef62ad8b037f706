namespace Lull.Bench.Runs;

/// <summary>How much load the ingest run drives.</summary>
/// <param name="Rounds">In each round every server has its turn.</param>
/// <param name="Turn">How long a turn is with all connections; it is half of that with few.</param>
/// <param name="WarmUp">Before anything is measured, while the runtime still compiles; the bare endpoint, which has little to compile, takes at most <see cref="MostBareWarmUp"/> of it.</param>
/// <param name="Few">The number of connections of the line that shows little concurrency.</param>
/// <param name="MeanMessages">How many messages a contact writes, in the mean.</param>
internal sealed record IngestPlan(int Rounds, TimeSpan Turn, TimeSpan WarmUp, int Connections, int Few, int MeanMessages)
{
    public static readonly TimeSpan MostBareWarmUp = TimeSpan.FromSeconds(5);

    /// <summary>The budget: acknowledged webhooks as a share of what the bare endpoint answers.</summary>
    public const double LeastOfBare = 0.5, LeastOfBareOnPostgres = 0.35;

    /// <summary>The same beside the peers.</summary>
    public const double LeastOfFlask = 15, LeastOfBullMq = 1.2;

    public static IngestPlan Smoke => new(Rounds: 1, TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(0.2), Connections: 8, Few: 2, MeanMessages: 3);
}
