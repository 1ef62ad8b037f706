using System.Collections.Concurrent;
using System.Reflection;
using Lull.Conversations;

namespace Lull.Tests.Operating;

/// <summary>Records which conversations were told what; reaches no silo.</summary>
public class FakeGrains : DispatchProxy
{
    public ConcurrentQueue<string> Calls { get; } = [];

    /// <summary>True: no conversation answers.</summary>
    public bool Dead { get; set; }

    public static (IGrainFactory Factory, FakeGrains Recorder) Create()
    {
        var factory = Create<IGrainFactory, FakeGrains>();
        return (factory, (FakeGrains)(object)factory);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var grain = Create<IConversation, Door>();
        ((Door)(object)grain).Open(this, (string)args![0]!);
        return grain;
    }

    private Task Note(string call, string key)
    {
        Calls.Enqueue($"{call} {key}");
        return Dead ? Task.FromException(new TimeoutException("no silo")) : Task.CompletedTask;
    }

    /// <summary>One conversation's door.</summary>
    public class Door : DispatchProxy
    {
        private FakeGrains? _grains;
        private string _key = string.Empty;

        public void Open(FakeGrains grains, string key) => (_grains, _key) = (grains, key);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _grains!.Note(targetMethod!.Name, _key);
    }
}
