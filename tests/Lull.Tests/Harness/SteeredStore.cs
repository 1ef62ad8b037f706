using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Lull.Tests.Harness;

/// <summary>A store that says it is shared with other nodes, and does to a step what the test plays for them.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "The runtime derives from it.")]
internal class SteeredStore : DispatchProxy
{
    private IMessageStore _inner = null!;
    private int _fences;
    private int _released;

    /// <summary>Runs once a fence has let a send through, before its caller hears of it; told how many there have been.</summary>
    public Action<int> AfterFence { get; set; } = _ => { };

    /// <summary>Which leases are still this node's.</summary>
    public Func<IReadOnlyList<BatchTicket>, IReadOnlyList<BatchTicket>>? Renewed { get; set; }

    /// <summary>What another node stored something newer for.</summary>
    public Func<IReadOnlyList<BatchTicket>, IReadOnlyList<BatchTicket>>? Newer { get; set; }

    public int Fences => Volatile.Read(ref _fences);

    public int Released => Volatile.Read(ref _released);

    public static IMessageStore Around(IMessageStore inner)
    {
        var store = DispatchProxy.Create<IMessageStore, SteeredStore>();
        ((SteeredStore)store)._inner = inner;
        return store;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        "get_IsShared" => true,
        nameof(IMessageStore.FenceAsync) => FenceAsync((Task<FenceResult>)Call(targetMethod, args)),
        nameof(IMessageStore.RenewAsync) when Renewed is { } renewed => Task.FromResult(renewed((IReadOnlyList<BatchTicket>)args![0]!)),
        nameof(IMessageStore.WithNewerAsync) when Newer is { } newer => Task.FromResult(newer((IReadOnlyList<BatchTicket>)args![0]!)),
        nameof(IMessageStore.ReleaseAsync) => ReleaseAsync((Task<bool>)Call(targetMethod, args)),
        _ => targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null),
    };

    private object Call(MethodInfo method, object?[]? args) => method.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null)!;

    private async Task<FenceResult> FenceAsync(Task<FenceResult> fence)
    {
        var result = await fence;
        if (result is FenceResult.Send)
        {
            AfterFence(Interlocked.Increment(ref _fences));
        }

        return result;
    }

    private async Task<bool> ReleaseAsync(Task<bool> release)
    {
        Interlocked.Increment(ref _released);
        return await release;
    }
}
