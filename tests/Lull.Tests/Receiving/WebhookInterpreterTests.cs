using System.Text;
using FsCheck.Xunit;
using Lull.Receiving;

namespace Lull.Tests.Receiving;

public sealed class WebhookInterpreterTests
{
    private static readonly WebhookInterpreter Interpreter = new(new(), [], []);

    [Theory]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":"hello"}""")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":{"content":"hello"}}""")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":{"body":"hello","id":""}}""")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":{"text":"hello"},"unknown":{"a":[1,2,{"b":null}]}}""")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":{"content":"","body":" ","text":"hello"}}""")]
    [InlineData("""{"contact_id":"c1","message":{"body":"hello","type":2}}""")]
    [InlineData("""{"contactId":"c1","message":"hello"}""")]
    [InlineData("""{"contactId":"c1","customData":{"message":"hello"}}""")]
    [InlineData("""{"contact_id":"c1","message":{"body":"","type":2},"customData":{"message":"hello"}}""")]
    [InlineData("""{"contact_id":"c1","message":{"type":1},"message ":"x","customData":{"message":"hello","channel":"SMS"},"type":null}""", "channel")]
    public void Every_way_of_saying_it_is_one_message(string json, string? reason = null)
    {
        var arrival = Understood(json);

        Assert.Equal(reason, arrival.Reason);
        Assert.Equal(new ConversationId("default", "c1"), arrival.Conversation);
        if (reason is null)
        {
            Assert.Equal(WebhookOutcome.Batched, arrival.Outcome);
            Assert.Equal("hello", arrival.Message!.Text);
            Assert.Equal("SMS", arrival.Message.Lane.Channel);
        }
    }

    [Fact]
    public void Simple_dialect_reads_all_it_may_say()
    {
        var arrival = Understood(
            """
            {"type":"contact.reply","location_id":"L1","channel":"whatsapp","timestamp":"2026-01-01T12:00:00Z",
             "contact":{"id":"c1","name":"Ann Example","first_name":"Ann","phone":"+15550100001","email":"a@example.invalid","tags":["lead","new"],"timezone":"America/Chicago"},
             "message":{"id":"m1","content":"hi","attachments":["https://example.invalid/a.jpg",{"url":"https://example.invalid/b.jpg"}],"timestamp":1767268800}}
            """);

        Assert.Equal("simple", arrival.Dialect);
        Assert.Equal(new ConversationId("L1", "c1"), arrival.Conversation);
        Assert.Equal("WhatsApp", arrival.Message!.Lane.Channel);
        Assert.Equal("m1", arrival.Message.ExternalId);
        Assert.Equal(["https://example.invalid/a.jpg", "https://example.invalid/b.jpg"], arrival.Message.Attachments);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), arrival.Message.SaidAt);
        Assert.Equal(("Ann Example", "Ann", "America/Chicago"), (arrival.Profile!.Name, arrival.Profile.FirstName, arrival.Profile.TimeZone));
        Assert.Equal(["lead", "new"], arrival.Profile.Tags);
        Assert.Equal([DuplicateKey.ForMessage(new("L1", "c1"), "m1")], arrival.DuplicateKeys);
    }

    [Fact]
    public void Workflow_webhook_as_GHL_sends_it()
    {
        var arrival = Understood(
            """
            {"contact_id":"CoN1","first_name":"Ann","full_name":"Ann Example","email":"a@example.invalid","phone":"+15550100001","tags":"lead, new customer",
             "timezone":"America/Chicago","date_created":"2026-10-01T08:00:00.000Z","Favourite service":"Deep clean","id":"not a message id",
             "location":{"name":"Shop","id":"LoC1"},"message":{"type":29,"body":"is anyone there?","direction":"inbound","status":"delivered"},
             "workflow":{"id":"w","name":"AI"},"triggerData":{},"contact":{"attributionSource":{"mediumId":null}},"customData":{"sourceforai":"gym"}}
            """);

        Assert.Equal(("workflow", null, WebhookOutcome.Batched), (arrival.Dialect, arrival.Type, arrival.Outcome));
        Assert.Equal(new ConversationId("LoC1", "CoN1"), arrival.Conversation);
        Assert.Equal("Live_Chat", arrival.Message!.Lane.Channel);
        Assert.Equal(["lead", "new customer"], arrival.Profile!.Tags);
        Assert.Equal(("Ann", "gym"), (arrival.Profile.FirstName, arrival.Profile.Source));
        var key = Assert.Single(arrival.DuplicateKeys);
        Assert.Equal((TimeSpan.FromSeconds(60), true), (key.Window, key.EndsWithReply));
    }

    [Theory]
    [InlineData(2, "SMS")]
    [InlineData(5, "Live_Chat")]
    [InlineData(11, "FB")]
    [InlineData(18, "IG")]
    [InlineData(19, "WhatsApp")]
    [InlineData(29, "Live_Chat")]
    [InlineData(1, null)]
    [InlineData(10, null)]
    [InlineData(15, null)]
    [InlineData(32, null)]
    [InlineData(100, null)]
    public void Numbers_of_message_types_name_the_channel(int type, string? channel)
    {
        var arrival = Understood($$"""{"contact_id":"c1","message":{"type":{{type}},"body":"hi"},"customData":{"channel":"SMS"} }""");

        Assert.Equal(channel, arrival.Message?.Lane.Channel);
        Assert.Equal(channel is null ? "channel" : null, arrival.Reason);
    }

    [Theory]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"}}""", nameof(WebhookOutcome.Recorded), "empty")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":"  "}""", nameof(WebhookOutcome.Recorded), "empty")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":null}""", nameof(WebhookOutcome.Recorded), "empty")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":{"attachments":["https://example.invalid/a"]}}""", nameof(WebhookOutcome.Batched), null)]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c1"},"message":"x","channel":"carrier pigeon"}""", nameof(WebhookOutcome.Recorded), "channel")]
    [InlineData("""{"contact_id":"c1","message":{"type":2,"body":"x","direction":"outbound"}}""", nameof(WebhookOutcome.Recorded), "outbound")]
    [InlineData("""{"type":"contact.created","contact":{"id":"c1","name":"Ann"}}""", nameof(WebhookOutcome.Recorded), "event")]
    [InlineData("""{"type":"something.else"}""", nameof(WebhookOutcome.Ignored), null)]
    [InlineData("""{"type":"InvoicePaid","contact":7,"contact_id":{}}""", nameof(WebhookOutcome.Ignored), null)]
    public void What_is_not_to_be_answered_says_why(string json, string outcome, string? reason)
    {
        var arrival = Understood(json);

        Assert.Equal((outcome, reason), (arrival.Outcome.ToString(), arrival.Reason));
    }

    [Fact]
    public void A_new_contact_brings_its_profile()
    {
        var arrival = Understood("""{"type":"contact.created","contact":{"id":"c1","name":"Ann","phone":"+1","tags":["a"]}}""");

        Assert.Equal(("Ann", "+1"), (arrival.Profile!.Name, arrival.Profile.Phone));
        Assert.Equal(new ConversationId("default", "c1"), arrival.Conversation);
    }

    [Fact]
    public void Only_the_own_location_is_answered()
    {
        var interpreter = new WebhookInterpreter(new() { LocationId = "home" }, [], []);

        Assert.Equal("home", Read(interpreter, """{"contact_id":"c","message":"x"}""").Arrival.Conversation!.Value.Location);
        Assert.Equal(WebhookOutcome.Batched, Read(interpreter, """{"contact_id":"c","message":"x","locationId":"home"}""").Arrival.Outcome);
        Assert.Equal("unknown_location", Read(interpreter, """{"contact_id":"c","message":"x","location":{"id":"away"}}""").Arrival.Reason);
    }

    [Theory]
    [InlineData("[]", "body")]
    [InlineData("", "body")]
    [InlineData("{}{}", "body")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":"x"} x""", "body")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":"x","message":"y"}""", "body")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":{"text":"x","t\u0065xt":"y"}}""", "body")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":"x","\ud800":1,"\ud801":2}""", "body")]
    [InlineData("""{"type":"contact.reply","message":"x"}""", "contact.id")]
    [InlineData("""{"type":"contact.reply","contact":"c","message":"x"}""", "contact")]
    [InlineData("""{"type":"contact.reply","contact":{"id":7},"message":"x"}""", "contact.id")]
    [InlineData("""{"type":"contact.reply","contact":{"id":""},"message":"x"}""", "contact.id")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"a\u0000"},"message":"x"}""", "contact.id")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"\ud800"},"message":"x"}""", "contact.id")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":7}""", "message")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":["x"]}""", "message")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":true}""", "message")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":{"content":7}}""", "message.content")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":{"content":"x","id":7}}""", "message.id")]
    [InlineData("""{"type":"contact.reply","contact":{"id":"c"},"message":"x","location_id":"a\nb"}""", "location_id")]
    [InlineData("""{"contact_id":7,"message":"x"}""", "contact_id")]
    [InlineData("""{"contact_id":"c","message":[]}""", "message")]
    [InlineData("""{"message":{"body":"x"}}""", "type")]
    [InlineData("""{"type":7}""", "type")]
    public void What_is_wrong_is_refused_by_field(string json, string field)
    {
        var (arrival, errors) = Read(Interpreter, json);

        Assert.Equal(WebhookOutcome.Rejected, arrival.Outcome);
        Assert.Contains(field, errors.ToProblem().Keys);
        Assert.NotNull(arrival.Error);
        Assert.Null(arrival.Message);
    }

    [Fact]
    public void Ids_of_any_length_are_refused_beyond_256_bytes()
    {
        var (_, errors) = Read(Interpreter, $$$"""{"type":"contact.reply","contact":{"id":"{{{new string('x', 10_000)}}}"},"message":"x"}""");

        Assert.Contains("contact.id", errors.ToProblem().Keys);
    }

    [Fact]
    public void Invalid_UTF8_is_refused()
    {
        byte[] body = [.. """{"type":"contact.reply","contact":{"id":"c"},"message":" """u8, 0xC3, 0x28, .. "\"}"u8];

        var (arrival, errors) = Interpreter.Interpret(new(body, WebhookMedia.Json, "{}", null));

        Assert.Equal(WebhookOutcome.Rejected, arrival.Outcome);
        Assert.Contains("UTF-8", errors.ToProblem()["body"][0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(62, true)]
    [InlineData(64, false)]
    [InlineData(5000, false)]
    public void At_most_64_levels_are_read(int arrays, bool understood)
    {
        var nested = new string('[', arrays) + new string(']', arrays);

        var (_, errors) = Read(Interpreter, $$"""{"type":"contact.reply","contact":{"id":"c"},"message":"x","deep":{{nested}} }""");

        Assert.Equal(understood, errors.IsEmpty);
    }

    [Theory]
    [InlineData("""a\ud800b""", "a\ufffdb")]
    [InlineData("""\udc00\ud83d\ude00\n\"\\""", "\ufffd\ud83d\ude00\n\"\\")]
    [InlineData("""a\u0000b""", "a\ufffdb")]
    [InlineData("""grüß \ud83d\ude00""", "grüß \ud83d\ude00")]
    public void Text_holds_no_null_and_no_half_characters(string escaped, string text)
        => Assert.Equal(text, Understood($$$"""{"type":"contact.reply","contact":{"id":"c"},"message":"{{{escaped}}}"}""").Message!.Text);

    [Theory]
    [InlineData("contact_id=c1&message[body]=hello+w%C3%B6rld&message[type]=2&tags=a,b")]
    [InlineData("contact_id=c1&message.body=hello+w%C3%B6rld&message.type=2&tags[]=a&tags[]=b")]
    [InlineData("type=contact.reply&contact%5Bid%5D=c1&message%5Bcontent%5D=hello%20w%C3%B6rld&contact[tags][0]=a&contact[tags][1]=b")]
    public void A_form_says_the_same_as_JSON(string form)
    {
        var (arrival, errors) = Interpreter.Interpret(new(Encoding.ASCII.GetBytes(form), WebhookMedia.Form, "{}", null));

        Assert.True(errors.IsEmpty, errors.ToString());
        Assert.Equal("hello wörld", arrival.Message!.Text);
        Assert.Equal(new ConversationId("default", "c1"), arrival.Conversation);
        Assert.Equal(["a", "b"], arrival.Profile!.Tags);
        Assert.Equal(form, Encoding.ASCII.GetString(arrival.Body.Span));
    }

    [Theory]
    [InlineData("contact_id=c1&contact_id=c2&message=x")]
    [InlineData("contact_id=c1&message=x&message[body]=y")]
    [InlineData("contact_id=c1&message=%FF")]
    [InlineData("")]
    [InlineData("message=x")]
    public void A_form_that_says_two_things_or_none_is_refused(string form)
        => Assert.Equal(WebhookOutcome.Rejected, Interpreter.Interpret(new(Encoding.ASCII.GetBytes(form), WebhookMedia.Form, "{}", null)).Arrival.Outcome);

    [Fact]
    public void Simple_dialect_without_an_id_is_never_taken_for_a_duplicate()
        => Assert.Empty(Understood("""{"type":"contact.reply","contact":{"id":"c"},"message":"x"}""").DuplicateKeys);

    [Fact]
    public void A_delivery_id_is_remembered_for_7_days()
    {
        var byHeader = Interpreter.Interpret(new("""{"type":"contact.reply","contact":{"id":"c"},"message":"x"}"""u8.ToArray(), WebhookMedia.Json, "{}", "d1")).Arrival;
        var byBody = Understood("""{"type":"contact.reply","contact":{"id":"c"},"message":"x","webhookId":"d1"}""");

        var key = Assert.Single(byHeader.DuplicateKeys);
        Assert.Equal((TimeSpan.FromDays(7), false), (key.Window, key.EndsWithReply));
        Assert.Equal(key, Assert.Single(byBody.DuplicateKeys));
    }

    [Property]
    public void No_bytes_make_it_throw(byte[] body, bool form)
        => Assert.NotNull(Interpreter.Interpret(new(body, form ? WebhookMedia.Form : WebhookMedia.Json, "{}", null)).Arrival);

    [Property(MaxTest = 300)]
    public void No_damage_to_a_good_body_makes_it_throw(ushort at, byte with)
    {
        byte[] body = [.. """{"type":"contact.reply","contact":{"id":"c1","tags":["a"]},"message":{"id":"m","content":"a\u0041\ud83d\ude00","attachments":[{"url":"x"}]}}"""u8];
        body[at % body.Length] = with;

        var (arrival, errors) = Interpreter.Interpret(new(body, WebhookMedia.Json, "{}", null));

        Assert.Equal(errors.IsEmpty, arrival.Outcome != WebhookOutcome.Rejected);
    }

    private static WebhookArrival Understood(string json)
    {
        var (arrival, errors) = Read(Interpreter, json);
        Assert.True(errors.IsEmpty, errors.ToString());
        return arrival;
    }

    private static Interpretation Read(WebhookInterpreter interpreter, string json)
        => interpreter.Interpret(new(Encoding.UTF8.GetBytes(json), WebhookMedia.Json, "{}", DeliveryId: null));
}
