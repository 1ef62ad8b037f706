using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Lull.Delivering;

/// <summary>Sends replies through GoHighLevel, and looks there for sends whose answer was lost. Who may be written to at all is decided before it is called, and what an outcome means to the operator is logged by whoever acts on it.</summary>
internal sealed partial class GoHighLevelSender(
    GoHighLevelClient client, SentMessages sent, DeliveringMetrics metrics, TimeProvider time, ILogger<GoHighLevelSender> log) : IReplySender
{
    public async Task<DeliveryOutcome> SendAsync(OutboundReply reply, CancellationToken cancellationToken)
    {
        // Without a number GoHighLevel sends from the location's default one, which the contact may not know.
        var from = reply.Lane.Address is { } address && PhoneNumber().IsMatch(address) ? address : null;
        var body = new SendBody(reply.Lane.Channel, reply.Conversation.Contact, reply.Text, from);
        using var content = new TimelyContent(JsonSerializer.SerializeToUtf8Bytes(body, DeliveringJson.Default.SendBody), reply.BeginBy, time);
        content.Headers.ContentType = new("application/json") { CharSet = "utf-8" };

        var started = time.GetTimestamp();
        var answer = await client.AskAsync(HttpMethod.Post, "/conversations/messages", content, cancellationToken);
        var outcome = SendVerdict.Of(answer);
        metrics.Sent(NameOf(outcome), time.GetElapsedTime(started));
        Tell(reply, outcome);
        return outcome;
    }

    public async Task<ReadBackOutcome> ReadBackAsync(OutboundReply reply, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var outcome = await sent.FindAsync(reply, since, cancellationToken);
        switch (outcome)
        {
            case ReadBackOutcome.Read { Candidates: var found }:
                metrics.ReadBack(found.Count == 0 ? "not_there" : "found");
                Log.ReadBack(log, reply.Conversation, found.Count);
                break;
            case ReadBackOutcome.Unreadable { Reason: var reason }:
                metrics.ReadBack("unreadable");
                Log.Unreadable(log, reply.Conversation, reason);
                break;
            default:
                throw new UnreachableException();
        }

        return outcome;
    }

    private static string NameOf(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Delivered => "delivered",
        DeliveryOutcome.NotSent => "not_sent",
        DeliveryOutcome.SetupFault => "setup_fault",
        DeliveryOutcome.Refused => "refused",
        DeliveryOutcome.Rejected => "rejected",
        _ => "unknown",
    };

    private void Tell(OutboundReply reply, DeliveryOutcome outcome)
    {
        switch (outcome)
        {
            case DeliveryOutcome.Delivered { ExternalId: var id }:
                Log.Delivered(log, reply.Conversation, reply.Lane.Channel, id);
                break;
            case DeliveryOutcome.NotSent { Reason: var reason }:
                Log.NotDelivered(log, reply.Conversation, "not sent", reason);
                break;
            case DeliveryOutcome.SetupFault { Reason: var reason }:
                Log.NotDelivered(log, reply.Conversation, "not sent", reason);
                break;
            case DeliveryOutcome.Refused { Reason: var reason }:
                Log.NotDelivered(log, reply.Conversation, "refused", reason);
                break;
            case DeliveryOutcome.Rejected { Reason: var reason }:
                Log.NotDelivered(log, reply.Conversation, "rejected", reason);
                break;
            case DeliveryOutcome.Unknown { Reason: var reason }:
                Log.NotDelivered(log, reply.Conversation, "in doubt", reason);
                break;
            default:
                throw new UnreachableException();
        }
    }

    [GeneratedRegex(@"\A\+[1-9][0-9]{6,14}\z")]
    private static partial Regex PhoneNumber();

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Debug, "Reply to {Conversation} delivered on {Channel} as {ExternalId}")]
        public static partial void Delivered(ILogger logger, ConversationId conversation, string channel, string? externalId);

        [LoggerMessage(3002, LogLevel.Debug, "Reply to {Conversation} {What}: {Reason}")]
        public static partial void NotDelivered(ILogger logger, ConversationId conversation, string what, string reason);

        [LoggerMessage(3003, LogLevel.Debug, "Read back {Conversation}: {Count} messages like the reply")]
        public static partial void ReadBack(ILogger logger, ConversationId conversation, int count);

        [LoggerMessage(3004, LogLevel.Debug, "Cannot read back {Conversation}: {Reason}")]
        public static partial void Unreadable(ILogger logger, ConversationId conversation, string reason);
    }
}
