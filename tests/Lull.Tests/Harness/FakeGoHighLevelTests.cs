using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Lull.Tests.Harness;

public sealed class FakeGoHighLevelTests
{
    [Fact]
    public async Task A_sent_message_can_be_read_by_its_id_in_the_shape_of_the_real_answer()
    {
        await using var ghl = await FakeGoHighLevel.StartAsync();
        using var client = new HttpClient { BaseAddress = ghl.BaseUrl };
        using var sent = await client.PostAsJsonAsync("/conversations/messages", new { type = "SMS", contactId = "ann", message = "hi" }, TestContext.Current.CancellationToken);
        var id = (await sent.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("messageId").GetString();

        var read = await client.GetFromJsonAsync<JsonElement>($"/conversations/messages/{id}", TestContext.Current.CancellationToken);
        using var unknown = await client.GetAsync("/conversations/messages/none", TestContext.Current.CancellationToken);

        Assert.Equal("hi", read.GetProperty("message").GetProperty("body").GetString());
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("hi", Assert.Single(await ghl.WaitForSendAsync("ann", 1, TimeSpan.FromSeconds(20))).Body);
    }

    [Fact]
    public async Task Waiting_for_a_send_that_does_not_come_ends_at_the_deadline()
    {
        await using var ghl = await FakeGoHighLevel.StartAsync();

        await Assert.ThrowsAsync<TimeoutException>(() => ghl.WaitForSendAsync("ann", 1, TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task It_ends_at_once_though_an_answer_is_held_back()
    {
        var ghl = await FakeGoHighLevel.StartAsync();
        ghl.NextSend(GhlAnswer.Accept.After(new Gate()));
        using var client = new HttpClient { BaseAddress = ghl.BaseUrl };
        var sending = client.PostAsJsonAsync("/conversations/messages", new { type = "SMS", contactId = "ann", message = "hi" }, TestContext.Current.CancellationToken);
        await ghl.WaitForSendAsync("ann", 1, TimeSpan.FromSeconds(20));

        await ghl.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<HttpRequestException>(() => sending);
    }
}
