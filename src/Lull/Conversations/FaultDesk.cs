using System.Collections.Concurrent;

namespace Lull.Conversations;

/// <summary>Records that a target is at fault and tells the operator; and that it works again.</summary>
internal sealed partial class FaultDesk(IMessageStore store, StoreSteps steps, ILogger<FaultDesk> logger)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _workedAt = new();

    /// <summary>Stops every step that needs the target until a probe gets through, or until <paramref name="until"/>.</summary>
    public async Task RaiseAsync(string target, string reason, DateTimeOffset? until = null)
    {
        Log.Fault(logger, target, reason);
        await steps.UntilStoredAsync(async () =>
        {
            await store.SetFaultAsync(target, reason, until, CancellationToken.None);
            await store.RaiseAsync($"fault:{target}", $"Replies wait: {reason}. Lull tries once a minute and goes on by itself once it is mended.", CancellationToken.None);
            return true;
        });
    }

    /// <summary>True when another step got through since then: what fails there fails by itself, and stops nobody else.</summary>
    public bool WorkedSince(string target, DateTimeOffset since) => _workedAt.TryGetValue(target, out var at) && at > since;

    /// <summary>A step got through: what waits for the target goes on, in due order.</summary>
    public async Task WorksAsync(string target)
    {
        _workedAt[target] = store.Now;
        var faults = await store.FaultsAsync(CancellationToken.None);
        var fault = faults.FirstOrDefault(fault => fault.Target == target);

        // What has an end (a spent budget) is not over because one call that had begun before came through.
        if (fault is null || fault.Until > store.Now)
        {
            return;
        }

        Log.Works(logger, target);
        await steps.UntilStoredAsync(async () =>
        {
            await store.ClearFaultAsync(target, CancellationToken.None);
            return true;
        });
    }

    /// <summary>What had an end is over before it.</summary>
    public async Task EndAsync(string target)
    {
        if ((await store.FaultsAsync(CancellationToken.None)).Any(fault => fault.Target == target && fault.Until is not null))
        {
            Log.Works(logger, target);
            await steps.UntilStoredAsync(async () =>
            {
                await store.ClearFaultAsync(target, CancellationToken.None);
                return true;
            });
        }
    }

    private static partial class Log
    {
        [LoggerMessage(9, LogLevel.Warning, "{Target} is at fault: {Reason}. Replies that need it wait")]
        public static partial void Fault(ILogger logger, string target, string reason);

        [LoggerMessage(10, LogLevel.Information, "{Target} works again; what waited goes on in due order")]
        public static partial void Works(ILogger logger, string target);
    }
}
