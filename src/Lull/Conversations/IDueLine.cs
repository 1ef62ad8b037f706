namespace Lull.Conversations;

/// <summary>
/// The node's one timer for everything that is open. Calls are hints that return at once: the truth is in the store, so a lost one costs seconds, never a reply.
/// </summary>
internal interface IDueLine
{
    /// <summary>A message was stored: its burst is waited for, and a reply being written to what came before it is told.</summary>
    /// <param name="message">Tells when it was stored.</param>
    /// <param name="isInFlight">True when the store says that a step of the conversation is being taken, here or on another node.</param>
    void Stored(ConversationId conversation, MessageId message, bool isInFlight);

    /// <summary>Due times may have moved for everybody (another wait time): they are read from the store again.</summary>
    void Reread();
}
