using System.Net;
using System.Text;
using Lull.Receiving;

namespace Lull.Tests.Receiving;

public sealed class MultipartFormTests
{
    private const string Secret = "a-very-secret-word";

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("message[body]")]
    [InlineData("message.body")]
    [InlineData("customData[message]")]
    public async Task A_form_in_parts_says_what_the_same_form_says_encoded(string name)
    {
        await using var server = await ReceivingServer.StartAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("c 1"), "contact_id" },
            { new StringContent("Grüße & more=1\r\nsecond line"), name },
            { new ByteArrayContent([0xFF, 0x00]), "attachment", "picture.png" },
        };

        using var response = await server.Client.PostAsync("/webhook", form, Deadline);

        Assert.Equal("batched", await response.OutcomeAsync());
        var message = Assert.Single(server.Store.Arrivals).Message!;
        Assert.Equal("Grüße & more=1\r\nsecond line", message.Text);
        Assert.Equal("default/c%201", message.Conversation.ToString());
    }

    [Fact]
    public async Task Its_secret_proves_the_sender_and_is_not_stored_and_a_replay_reads_what_is_stored()
    {
        await using var server = await ReceivingServer.StartAsync(new() { WebhookSecrets = [Secret] });
        using var form = new MultipartFormDataContent
        {
            { new StringContent("c1"), "contact_id" },
            { new StringContent("hi"), "message" },
            { new StringContent(Secret), "customData[secret]" },
        };
        using var stranger = new MultipartFormDataContent { { new StringContent("c1"), "contact_id" }, { new StringContent("hi"), "message" } };

        using var proven = await server.Client.PostAsync("/webhook", form, Deadline);
        using var refused = await server.Client.PostAsync("/webhook", stranger, Deadline);
        using var replayed = await server.Client.PostAsync($"/webhooks/{(await proven.JsonAsync()).GetProperty("id").GetString()}/replay", null, Deadline);

        Assert.Equal(HttpStatusCode.OK, proven.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("batched", await replayed.OutcomeAsync());
        var entry = Assert.Single(server.Store.Entries);
        Assert.DoesNotContain(Secret, Encoding.UTF8.GetString(entry.Body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("multipart/form-data", "--x\r\nContent-Disposition: form-data; name=\"contact_id\"\r\n\r\nc1\r\n--x--\r\n")]
    [InlineData("multipart/form-data; boundary=x", "no part at all")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"contact_id\"\r\n\r\nnever ends")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"contact_id\"\r\n\r\n\u00ff\r\n--x--\r\n")]
    [InlineData("multipart/form-data; boundary=x", "--x--\r\n")]
    public async Task One_that_cannot_be_read_is_refused(string contentType, string body)
    {
        await using var server = await ReceivingServer.StartAsync();

        using var response = await server.PostAsync("/webhook", Encoding.Latin1.GetBytes(body), contentType);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty((await response.JsonAsync()).GetProperty("errors").EnumerateObject());
        Assert.Equal(WebhookOutcome.Rejected, Assert.Single(server.Store.Arrivals).Outcome);
    }
}
