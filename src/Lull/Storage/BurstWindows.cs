namespace Lull.Storage;

/// <summary>The window in force: the stored wait time where an operator set one, else the settings'.</summary>
/// <param name="defaults">What the settings say.</param>
internal sealed class BurstWindows(BurstWindowSettings defaults, IOperatorRecords records)
{
    public BurstWindowSettings Defaults => defaults;

    /// <summary>Cheap enough to be asked before every step, so that a change is followed at once.</summary>
    public async ValueTask<BurstWindow> CurrentAsync(CancellationToken cancellationToken)
        => defaults.With(await records.WaitOverrideAsync(cancellationToken));
}

/// <summary>The burst settings of the environment.</summary>
/// <param name="MaxWait">Null = four times the wait time in force.</param>
/// <param name="IsDefault">True when no setting named the wait time.</param>
internal sealed record BurstWindowSettings(TimeSpan Wait, TimeSpan? MaxWait, int MaxMessages, bool IsDefault)
{
    /// <summary>The least and the most seconds of silence.</summary>
    public const int MinWaitSeconds = 5, MaxWaitSeconds = 300;

    public BurstWindow With(int? overrideSeconds)
    {
        var wait = overrideSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Wait;
        return new(wait, MaxWait ?? 4 * wait, MaxMessages);
    }
}
