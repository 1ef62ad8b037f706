using Lull.Storage.Postgres.Connecting;

namespace Lull.Storage.Postgres.Migrating;

/// <summary>The first time that a process asks the database for something: one that is not up yet is waited for, one that will not let it in is told of at once, with what to do.</summary>
/// <param name="onWait">Told where and why, after each try.</param>
internal sealed class FirstContact(PostgresOptions options, TimeProvider time, Action<string, string> onWait)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(5);

    /// <exception cref="StoreUnavailableException">It stayed away for longer than it is waited for, or it refuses; the message says what to check.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            try
            {
                return await work(cancellationToken);
            }
            catch (StoreUnavailableException e) when (e.InnerException is { } cause && PostgresTrouble.IsTrouble(cause))
            {
                if (!Refusal.MayPass(cause) || time.GetElapsedTime(started) >= options.StartWait)
                {
                    throw new StoreUnavailableException($"{Where} cannot be used: {Refusal.Words(cause)}. {Refusal.Advice(cause, options)}", e);
                }

                onWait(Where, Refusal.Words(cause));
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private string Where => ConnectionText.Show(options.ConnectionString);
}
