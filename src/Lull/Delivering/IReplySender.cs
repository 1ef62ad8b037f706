namespace Lull.Delivering;

/// <summary>Where recorded and real delivery meet. Safe to call from many conversations at once.</summary>
internal interface IReplySender
{
    /// <summary>
    /// Sends once and says how it ended; never retries by itself, because a send cannot be repeated safely. Ends within the delivery timeout and does not throw for anything
    /// the vendor or the network does. The token is for an abort of the process, not for a newer message.
    /// </summary>
    Task<DeliveryOutcome> SendAsync(OutboundReply reply, CancellationToken cancellationToken);

    /// <summary>Looks in the vendor's record of the conversation for sends of this text, by the API, since <paramref name="since"/>.</summary>
    Task<ReadBackOutcome> ReadBackAsync(OutboundReply reply, DateTimeOffset since, CancellationToken cancellationToken);
}

/// <summary>A reply on its way out: on the channel the contact used, never on another.</summary>
internal sealed record OutboundReply(ConversationId Conversation, Lane Lane, string Text)
{
    /// <summary>Once the clock's timestamp is past this, not a byte may go out: the sender's lease would end before the send does. Null = no lease.</summary>
    public long? BeginBy { get; init; }
}
