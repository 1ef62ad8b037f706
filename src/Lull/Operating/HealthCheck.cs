namespace Lull.Operating;

/// <summary>
/// Asks the store whether it can commit. One answer serves everybody for a second, and a check that hangs is not joined by further ones,
/// so that polling never loads a disk that is in trouble.
/// </summary>
internal sealed class HealthCheck(IMessageStore store, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), Fresh = TimeSpan.FromSeconds(1);

    private readonly long _bornAt = time.GetTimestamp();
    private readonly Lock _lock = new();
    private Round _round = new(Task.FromResult(Health.Unknown), long.MinValue);

    /// <summary>Since Lull was composed.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_bornAt);

    public async Task<Health> AskAsync(CancellationToken cancellationToken)
    {
        var round = Current();
        var left = Patience - time.GetElapsedTime(round.Since);
        if (!round.Check.IsCompleted && left <= TimeSpan.Zero)
        {
            return Health.Silent;
        }

        try
        {
            return await round.Check.WaitAsync(left > TimeSpan.Zero ? left : Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Health.Silent;
        }
    }

    private Round Current()
    {
        lock (_lock)
        {
            if (_round.Check.IsCompleted && (_round.Since == long.MinValue || time.GetElapsedTime(_round.Since) >= Fresh))
            {
                _round = new(Task.Run(CheckAsync), time.GetTimestamp());
            }

            return _round;
        }
    }

    private async Task<Health> CheckAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await store.CheckAsync(patience.Token);
            return Health.Of(await store.FaultsAsync(patience.Token));
        }
        catch (Exception)
        {
            // Whatever went wrong, the answer is the same: webhooks cannot be stored now. The store logs the cause.
            return Health.Silent;
        }
    }

    private sealed record Round(Task<Health> Check, long Since);
}

/// <summary>Whether the store answers, and which faults of the set-up are open, without ids and names.</summary>
internal sealed record Health(string Status, IReadOnlyList<string> Reasons)
{
    public const string Healthy = "healthy", Degraded = "degraded", Unhealthy = "unhealthy";

    public static readonly Health Unknown = new(Unhealthy, []);
    public static readonly Health Silent = new(Unhealthy, ["The store cannot take webhooks now: it is locked, full or too slow."]);

    public static Health Of(IReadOnlyList<Fault> faults)
    {
        string[] reasons = [.. faults.Select(ReasonOf).Distinct().Order(StringComparer.Ordinal)];
        return new(reasons.Length == 0 ? Healthy : Degraded, reasons);
    }

    private static string ReasonOf(Fault fault) => fault.Target switch
    {
        Faulted.Model when fault.Until is not null => "The model's daily budget is spent; GET /attention says more.",
        Faulted.Model => "The model refuses every call until its set-up is mended; GET /attention says more.",
        _ when fault.Target.StartsWith(Faulted.Delivery(string.Empty), StringComparison.Ordinal) => "GoHighLevel refuses every send of a location until its set-up is mended; GET /attention says more.",
        _ => "A part of the set-up is at fault; GET /attention says more.",
    };
}
