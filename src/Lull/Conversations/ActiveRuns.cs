using System.Collections.Concurrent;

namespace Lull.Conversations;

/// <summary>The conversations of this node that are taking a step now.</summary>
internal sealed class ActiveRuns
{
    private readonly ConcurrentDictionary<ConversationId, ActiveRun> _runs = new();

    /// <summary>Those of this moment, by ticket.</summary>
    public IReadOnlyDictionary<BatchTicket, ActiveRun> Now
    {
        get
        {
            Dictionary<BatchTicket, ActiveRun> now = [];
            foreach (var (_, run) in _runs)
            {
                now[run.Ticket] = run;
            }

            return now;
        }
    }

    public bool IsRunning(ConversationId conversation) => _runs.ContainsKey(conversation);

    public void Begin(ConversationId conversation, ActiveRun run) => _runs[conversation] = run;

    /// <summary>Forgets this run, and not the one that another activation of the conversation has begun meanwhile.</summary>
    public void End(ConversationId conversation, ActiveRun run) => _runs.TryRemove(new(conversation, run));
}
