namespace Lull.Delivering;

/// <summary>Stands where no delivery is set up. Replies are recorded by the store then and nobody calls it; if somebody does, nothing is sent and the setting is named.</summary>
internal sealed class UnconfiguredSender : IReplySender
{
    private const string Reason = "delivery is not set up: set GHL_API_KEY and GHL_LOCATION_ID";

    public Task<DeliveryOutcome> SendAsync(OutboundReply reply, CancellationToken cancellationToken) => Task.FromResult<DeliveryOutcome>(new DeliveryOutcome.SetupFault(Reason));

    public Task<ReadBackOutcome> ReadBackAsync(OutboundReply reply, DateTimeOffset since, CancellationToken cancellationToken)
        => Task.FromResult<ReadBackOutcome>(new ReadBackOutcome.Unreadable(Reason));
}
