using System.Collections.Concurrent;

namespace Lull.Conversations;

/// <summary>The conversations of this node that are taking a step now.</summary>
internal sealed class ActiveRuns
{
    private readonly ConcurrentDictionary<ConversationId, ActiveRun> _runs = new();

    public bool IsRunning(ConversationId conversation) => _runs.ContainsKey(conversation);

    public void Begin(ConversationId conversation, ActiveRun run) => _runs[conversation] = run;

    public void End(ConversationId conversation) => _runs.TryRemove(conversation, out _);
}
