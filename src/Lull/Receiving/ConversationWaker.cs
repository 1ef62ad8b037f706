using Lull.Conversations;

namespace Lull.Receiving;

/// <summary>Tells a conversation that there is stored work. Only a hint: the store knows, so a lost one costs time and nothing else.</summary>
internal sealed partial class ConversationWaker(IGrainFactory grains, ILogger<ConversationWaker> logger)
{
    /// <summary>Returns at once; whatever goes wrong is logged at Debug.</summary>
    public void Wake(ConversationId conversation) => _ = WakeAsync(conversation);

    private async Task WakeAsync(ConversationId conversation)
    {
        var key = conversation.ToString();
        try
        {
            await grains.GetGrain<IConversation>(key).Wake();
        }
        catch (Exception exception)
        {
            Log.NotWoken(logger, exception, key);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(102, LogLevel.Debug, "{Conversation} could not be woken; recovery will find its work")]
        public static partial void NotWoken(ILogger logger, Exception exception, string conversation);
    }
}
