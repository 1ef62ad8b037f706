using System.Reflection;
using System.Threading.Channels;
using Lull.Conversations;

namespace Lull.Tests.Receiving;

/// <summary>A grain factory whose conversations only note that they were woken.</summary>
public class FakeGrains : DispatchProxy
{
    private readonly Channel<string> _woken = Channel.CreateUnbounded<string>();

    public static (IGrainFactory Factory, FakeGrains Fake) Create()
    {
        var factory = Create<IGrainFactory, FakeGrains>();
        return (factory, (FakeGrains)(object)factory);
    }

    public bool IsBroken { get; set; }

    public int Woken => _woken.Reader.Count;

    public async Task<string> NextWokenAsync(CancellationToken cancellationToken) => await _woken.Reader.ReadAsync(cancellationToken).AsTask().InTime();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        => IsBroken ? throw new InvalidOperationException("The silo is gone.") : new Conversation((string)args![0]!, _woken.Writer);

    private sealed class Conversation(string key, ChannelWriter<string> woken) : IConversation
    {
        public Task Wake() => woken.WriteAsync(key).AsTask();

        public Task Stop() => Task.CompletedTask;
    }
}
