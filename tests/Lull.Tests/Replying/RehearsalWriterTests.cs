using Lull.Replying;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Replying;

public sealed class RehearsalWriterTests
{
    [Fact]
    public async Task It_says_that_it_is_one_and_shows_what_it_was_given()
    {
        HistoryEntry[] history = [new(true, "earlier", Bursts.Now), new(false, "answer", Bursts.Now)];

        var reply = await WriteAsync(Bursts.With(new(), history, "Hi there", "I have a question", "About gym membership"));

        Assert.Equal(
            """
            This is a rehearsal: no model wrote this, and nobody is sent it. Set OPENAI_API_KEY (or OPENAI_BASE_URL) to have a model answer.
            It would be given 3 messages to answer at once:
            1. "Hi there"
            2. "I have a question"
            3. "About gym membership"
            With 2 earlier messages of this conversation and the prompt "built-in".
            """,
            reply.Text);
        Assert.True(reply.IsRehearsal);
        Assert.Equal("rehearsal", reply.Model);
        Assert.Equal(0, reply.Tokens.Total);
    }

    [Fact]
    public async Task One_message_without_history_is_told_as_such()
    {
        var reply = await WriteAsync(Bursts.Of("Hi"));

        Assert.Contains("given 1 message to answer", reply.Text, StringComparison.Ordinal);
        Assert.Contains("no earlier messages", reply.Text, StringComparison.Ordinal);
    }

    private static async Task<Reply> WriteAsync(ReplyRequest request)
    {
        await using var services = new ServiceCollection().AddLogging().AddReplying(new()).BuildServiceProvider();
        var writer = services.GetRequiredService<IReplyWriter>();
        Assert.Equal("rehearsal", writer.Name);
        return Assert.IsType<ReplyOutcome.Written>(await writer.WriteAsync(request, TestContext.Current.CancellationToken)).Reply;
    }
}
