using System.Text;
using Lull.Receiving;

namespace Lull.Tests.Receiving;

/// <summary>Events of a marketplace app as they really arrive: the shapes of the reference, its field traps one by one.</summary>
public sealed class AppDialectTests
{
    private const string Sms =
        """
        {"type":"InboundMessage","locationId":"LoC1","versionId":"v","appId":"a","attachments":[],"body":"hi do you have space on friday","contactId":"CoN1","contentType":"text/plain",
         "conversationId":"CnV1","dateAdded":"2026-11-20T09:15:03.412Z","direction":"inbound","messageType":"SMS","messageTypeId":2,"messageTypeString":"TYPE_SMS","messageId":"MsG1",
         "status":"delivered","from":"+15550100001","to":"+15550100002","timestamp":"2026-11-20T09:15:04.901Z","webhookId":"0b0e9f6e-1111-4222-8333-944445555666"}
        """;

    private static readonly WebhookInterpreter Interpreter = new(new(), [], []);

    [Fact]
    public void Text_message_is_understood_as_GHL_sends_it()
    {
        var arrival = Read(Sms);

        Assert.Equal(("app", "InboundMessage", WebhookOutcome.Batched), (arrival.Dialect, arrival.Type, arrival.Outcome));
        Assert.Equal(new ConversationId("LoC1", "CoN1"), arrival.Conversation);
        Assert.Equal(("hi do you have space on friday", "MsG1"), (arrival.Message!.Text, arrival.Message.ExternalId));
        Assert.Equal(new DateTimeOffset(2026, 11, 20, 9, 15, 3, 412, TimeSpan.Zero), arrival.Message.SaidAt);
        Assert.Equal(
            ["delivery:LoC1/CoN1:0b0e9f6e-1111-4222-8333-944445555666", DuplicateKey.ForMessage(new("LoC1", "CoN1"), "MsG1").Text],
            arrival.DuplicateKeys.Select(key => key.Text));
    }

    [Fact]
    public void Reply_goes_out_from_the_number_that_was_written_to()
        => Assert.Equal(new Lane("SMS", "+15550100002"), Read(Sms).Message!.Lane);

    [Fact]
    public void Fields_may_stand_under_data()
    {
        var nested = Read("""{"type":"InboundMessage","webhookId":"w1","data":{"locationId":"LoC1","contactId":"CoN1","messageId":"MsG1","body":"hi","messageType":"SMS","direction":"inbound"}}""");
        var whole = Read("""{"data":{"type":"InboundMessage","locationId":"LoC1","contactId":"CoN1","messageId":"MsG1","body":"hi","messageType":"SMS"}}""");

        Assert.All([nested, whole], arrival => Assert.Equal((new ConversationId("LoC1", "CoN1"), "hi", "MsG1"), (arrival.Conversation!.Value, arrival.Message!.Text, arrival.Message.ExternalId)));
        Assert.Equal(2, nested.DuplicateKeys.Count);
    }

    [Theory]
    [InlineData("""
        "messageType":"SMS","messageTypeId":2
        """, "SMS")]
    [InlineData("""
        "messageType":"WhatsApp","messageTypeString":"TYPE_WHATSAPP"
        """, "WhatsApp")]
    [InlineData("""
        "messageType":"Live_Chat","messageTypeId":29
        """, "Live_Chat")]
    [InlineData("""
        "messageType":"TYPE_INSTAGRAM"
        """, "IG")]
    [InlineData("""
        "messageType":"sms","messageTypeId":"11"
        """, "FB")]
    [InlineData("""
        "messageType":"CALL","messageTypeId":1
        """, null)]
    [InlineData("""
        "messageType":"CALL","messageTypeId":10,"messageTypeString":"TYPE_VOICEMAIL"
        """, null)]
    [InlineData("""
        "messageType":"GMB"
        """, null)]
    [InlineData("""
        "messageTypeString":"TYPE_SMS_REACTION"
        """, null)]
    [InlineData("""
        "messageTypeString":"TYPE_ACTIVITY_CONTACT","messageTypeId":25
        """, null)]
    [InlineData("""
        "messageTypeId":32
        """, null)]
    [InlineData("""
        "status":"delivered"
        """, null)]
    public void Channel_is_known_by_its_number_or_any_of_its_names(string members, string? channel)
    {
        var arrival = Read($$"""{"type":"InboundMessage","contactId":"CoN1","body":"hi",{{members}}}""");

        Assert.Equal(channel, arrival.Message?.Lane.Channel);
        Assert.Equal(channel is null ? "channel" : null, arrival.Reason);
    }

    [Fact]
    public void Our_own_words_in_an_event_named_inbound_are_not_answered()
    {
        var arrival = Read(Sms.Replace("\"direction\":\"inbound\"", "\"direction\":\"outbound\"", StringComparison.Ordinal));

        Assert.Equal((WebhookOutcome.Recorded, "outbound"), (arrival.Outcome, arrival.Reason));
    }

    [Fact]
    public void What_our_side_sent_is_kept_and_not_answered()
    {
        var arrival = Read("""{"type":"OutboundMessage","locationId":"LoC1","contactId":"CoN1","messageId":"MsG9","body":"Friday 3pm works!","messageType":"SMS","direction":"outbound","source":"app","userId":"UsR1"}""");

        Assert.Equal((WebhookOutcome.Recorded, "outbound", new ConversationId("LoC1", "CoN1")), (arrival.Outcome, arrival.Reason, arrival.Conversation!.Value));
    }

    [Fact]
    public void Sender_and_receiver_may_be_empty_objects()
    {
        var arrival = Read("""{"type":"InboundMessage","contactId":"CoN1","messageId":"MsG1","body":"hi","messageType":"SMS","from":{},"to":{}}""");

        Assert.Equal((WebhookOutcome.Batched, new Lane("SMS", null)), (arrival.Outcome, arrival.Message!.Lane));
    }

    [Fact]
    public void Numbers_for_ids_and_nonsense_in_fields_refuse_nothing()
    {
        var arrival = Read("""{"type":"InboundMessage","contactId":12345,"locationId":{"id":1},"messageId":[1],"body":{"a":1},"attachments":"https://example.invalid/a.jpg","messageType":"SMS","dateAdded":"soon"}""");

        Assert.Equal((WebhookOutcome.Batched, "12345", "", null), (arrival.Outcome, arrival.Conversation!.Value.Contact, arrival.Message!.Text, arrival.Message.SaidAt));
        Assert.Equal(["https://example.invalid/a.jpg"], arrival.Message.Attachments);
    }

    [Theory]
    [InlineData("""{"type":"InboundMessage","body":"from nobody","messageType":"SMS"}""")]
    [InlineData("""{"type":"INSTALL","appId":"a","locationId":"LoC1","companyId":"CmP1","installType":"Location"}""")]
    [InlineData("""{"type":"UNINSTALL","appId":"a","companyId":"CmP1"}""")]
    [InlineData("""{"type":"ContactDelete","locationId":"LoC1","id":"CoN1"}""")]
    [InlineData("""{"type":"ConversationUnreadUpdate","locationId":"LoC1","id":"CnV1","contactId":"CoN1","unreadCount":0}""")]
    public void What_nobody_said_is_kept_as_an_event(string json)
    {
        var arrival = Read(json);

        Assert.Equal((WebhookOutcome.Recorded, "event"), (arrival.Outcome, arrival.Reason));
    }

    [Theory]
    [InlineData("ContactCreate", "id")]
    [InlineData("ContactUpdate", "contactId")]
    [InlineData("ContactTagUpdate", "id")]
    [InlineData("ContactDndUpdate", "id")]
    public void What_is_told_of_a_contact_is_kept(string type, string idName)
    {
        var arrival = Read($$"""
            {"type":"{{type}}","locationId":"LoC1","{{idName}}":"CoN1","name":"Ann Example","firstName":"Ann","email":"ann@example.invalid","phone":"+15550100001","tags":["lead","ai off"],"dnd":false,
             "webhookId":"w1"}
            """);

        Assert.Equal(("event", new ConversationId("LoC1", "CoN1")), (arrival.Reason, arrival.Conversation!.Value));
        Assert.Equal(("Ann Example", "Ann", "+15550100001"), (arrival.Profile!.Name, arrival.Profile.FirstName, arrival.Profile.Phone));
        Assert.Equal(["lead", "ai off"], arrival.Profile.Tags);
    }

    [Fact]
    public void Media_that_are_not_there_yet_are_an_empty_message()
    {
        var arrival = Read("""{"type":"InboundMessage","contactId":"CoN1","messageId":"MsG2","messageType":"WhatsApp","messageTypeId":19,"body":"","direction":"inbound"}""");

        Assert.Equal((WebhookOutcome.Recorded, "empty"), (arrival.Outcome, arrival.Reason));
    }

    private static WebhookArrival Read(string json)
    {
        var interpretation = Interpreter.Interpret(new(Encoding.UTF8.GetBytes(json), WebhookMedia.Json, "{}", DeliveryId: null));
        Assert.True(interpretation.Errors.IsEmpty, interpretation.Errors.ToString());
        return interpretation.Arrival;
    }
}
