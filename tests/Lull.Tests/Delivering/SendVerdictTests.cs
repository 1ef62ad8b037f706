using System.Net;
using System.Text;
using System.Text.Json;
using Lull.Delivering;

namespace Lull.Tests.Delivering;

public sealed class SendVerdictTests
{
    [Theory]
    [InlineData(400, "Cannot send message as DND is active for SMS.")]
    [InlineData(400, "Cannot send message as DND is active for WhatsApp.")]
    [InlineData(400, "Missing phone number")]
    [InlineData(400, "Invalid country calling code")]
    [InlineData(400, "Invalid phone number: +1")]
    [InlineData(422, "The phone number is not valid")]
    [InlineData(400, "Unable to send e-mail, contact's e-mail is invalid")]
    [InlineData(400, "Cannot send email as ann@example.invalid has unsubscribed")]
    [InlineData(400, "Contact with id ann not found")]
    [InlineData(404, "Contact not found")]
    [InlineData(400, "The 'To' number +15550100001 is not a valid phone number.")]
    [InlineData(404, "The contact was not found in location LOC1")]
    [InlineData(403, "Contact has opted out")]
    public void A_contact_who_must_or_can_not_be_written_to_is_a_refusal_in_the_vendors_words(int status, string words)
        => Assert.Equal(new DeliveryOutcome.Refused(words), Of(status, words));

    [Theory]
    [InlineData(400, "type must be a valid enum value")]
    [InlineData(422, "attachments must be an array")]
    [InlineData(400, "fromNumber is not a valid phone number of this account")]
    [InlineData(400, "contactId must be a string")]
    [InlineData(400, "Invalid number of segments")]
    [InlineData(400, "The 'From' phone number is not valid")]
    [InlineData(413, "")]
    public void Another_fault_of_the_message_is_a_rejection(int status, string words) => Assert.IsType<DeliveryOutcome.Rejected>(Of(status, words));

    [Theory]
    [InlineData(401, "Invalid token: access token is invalid")]
    [InlineData(401, "The contact was not found")]
    [InlineData(403, "The token is not authorized for this scope.")]
    [InlineData(403, "The token does not have access to this location.")]
    [InlineData(404, "Cannot POST /conversations/messages")]
    [InlineData(404, "")]
    [InlineData(400, "Location is not active")]
    [InlineData(400, "No phone number assigned to this location")]
    [InlineData(307, "")]
    [InlineData(402, "")]
    public void What_concerns_the_location_or_the_token_is_a_fault_of_the_set_up(int status, string words) => Assert.IsType<DeliveryOutcome.SetupFault>(Of(status, words));

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    [InlineData(408)]
    public void A_failing_server_leaves_the_send_in_doubt(int status) => Assert.IsType<DeliveryOutcome.Unknown>(Of(status, "Internal server error"));

    [Theory]
    [InlineData("""{"messageId":"m1","emailMessageId":"e1"}""", "m1")]
    [InlineData("""{"emailMessageId":"e1","messageIds":["a"]}""", "e1")]
    [InlineData("""{"messageId":null,"messageIds":["a","b"]}""", "a")]
    [InlineData("""{"messageId":"","messageIds":[]}""", null)]
    [InlineData("""{"messageId":5}""", null)]
    [InlineData("""{"messageId":"\ud800"}""", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_success_names_the_message_where_it_can(string? body, string? id) => Assert.Equal(new DeliveryOutcome.Delivered(id), Of(HttpStatusCode.Created, body));

    [Theory]
    [InlineData("<html>Sign in</html>")]
    [InlineData("[]")]
    public void Somebody_elses_success_is_none(string body) => Assert.IsType<DeliveryOutcome.Unknown>(Of(HttpStatusCode.OK, body));

    [Fact]
    public void A_list_of_messages_is_one_sentence()
        => Assert.Equal("GoHighLevel rejects the message (422: a must be b; c must be d)", Assert.IsType<DeliveryOutcome.Rejected>(Of((HttpStatusCode)422, """{"message":["a must be b","c must be d"]}""")).Reason);

    [Fact]
    public void The_vendors_words_are_one_short_line()
    {
        var reason = Assert.IsType<DeliveryOutcome.Rejected>(Of(400, "a\r\n\u0000b" + new string('x', 5_000))).Reason;

        Assert.DoesNotContain(reason, char.IsControl);
        Assert.InRange(reason.Length, 1, 400);
    }

    private static DeliveryOutcome Of(int status, string words) => Of((HttpStatusCode)status, words.Length == 0 ? "" : JsonSerializer.Serialize(new { statusCode = status, message = words }));

    private static DeliveryOutcome Of(HttpStatusCode status, string? body)
        => SendVerdict.Of(new GoHighLevelAnswer.Answered(status, body is null ? null : Encoding.UTF8.GetBytes(body), null));
}
