using Lull.Conversations;

namespace Lull.Operating;

/// <summary>
/// Tells conversations that the store has news for them. A call is a hint: what it would have brought about happens a little later without it,
/// so that a node that does not answer never fails an operator's request.
/// </summary>
internal sealed partial class ConversationCalls(IGrainFactory grains, TimeProvider time, ILogger<ConversationCalls> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>There is stored work.</summary>
    public Task<bool> WakeAsync(ConversationId conversation, CancellationToken cancellationToken)
        => CallAsync(conversation, door => door.Wake(), cancellationToken);

    /// <summary>What is in flight must not go on.</summary>
    public Task<bool> StopAsync(ConversationId conversation, CancellationToken cancellationToken)
        => CallAsync(conversation, door => door.Stop(), cancellationToken);

    private async Task<bool> CallAsync(ConversationId conversation, Func<IConversation, Task> call, CancellationToken cancellationToken)
    {
        try
        {
            await call(grains.GetGrain<IConversation>(conversation.ToString())).WaitAsync(Patience, time, cancellationToken);
            return true;
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            Log.NotReached(logger, conversation, fault);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4010, LogLevel.Warning, "Conversation {Conversation} could not be told of a change; it takes it up by itself.")]
        public static partial void NotReached(ILogger logger, ConversationId conversation, Exception fault);
    }
}
