using Lull.Storage.Postgres;

namespace Lull.Tests.Storage.Postgres;

public sealed class RecordRowsTests
{
    private static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);
    private static readonly DateTimeOffset Start = RowsUnderTest.Start, Now = Start.AddMinutes(2);
    private static readonly ConversationId Ann = RowsUnderTest.Contact("ann");

    [Fact]
    public async Task A_message_has_its_fate_and_every_step()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.BatchAsync("ann", BatchState.Answered, Start, "recorded");
        var id = new MessageId((await rows.NumberAsync("SELECT min(id) FROM lull.messages"))!.Value);
        var open = new MessageId(await rows.SayAsync("ann", Now));
        var recorded = new MessageId(await rows.SayAsync("ann", Now, outcome: WebhookOutcome.Recorded));

        var answered = await FateAsync(rows, id);
        var waiting = await FateAsync(rows, open);

        Assert.Equal(("answered", "Sure!", true), (answered!.State, answered.Reply!.Text, answered.Reply.Recorded));
        Assert.Equal(["received", "claimed", "answered"], answered.Steps.Select(step => step.Name));
        Assert.Equal(("open", $"batch_ann_{Now.ToUnixTimeSeconds()}"), (waiting!.State, waiting.Batch));
        Assert.Equal(("recorded", "empty"), ((await FateAsync(rows, recorded))!.State, (await FateAsync(rows, recorded))!.Reason));
        Assert.Null(await FateAsync(rows, new(1)));
        Assert.Equal(("Sure!", 2), await rows.ReadAsync(sql => FateRows.LastReplyAsync(sql, Ann)) is { } last ? (last.Text, last.MessageCount) : default);
        Assert.Null(await rows.ReadAsync(sql => FateRows.LastReplyAsync(sql, RowsUnderTest.Contact("bob"))));
    }

    [Fact]
    public async Task A_conversation_has_both_sides_oldest_first()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        var first = await rows.BatchAsync("ann", BatchState.Answered, Start, "recorded");
        await rows.BatchAsync("ann", BatchState.Reopened, Start.AddSeconds(40), reason: "given back");
        await rows.ExecuteAsync("DELETE FROM lull.messages WHERE origin IS NOT NULL");
        var held = await rows.BatchAsync("ann", BatchState.Held, Start.AddSeconds(50), reason: "stale");
        await rows.SayAsync("ann", Now);
        await rows.WriteAsync(sql => SilenceRows.AddAsync(sql, Ann, "human", null, Now));

        var view = await rows.ReadAsync(sql => ConversationRows.ViewAsync(sql, Ann, Window, 10, Now));
        var latest = await rows.ReadAsync(sql => ConversationRows.ViewAsync(sql, Ann, Window, 2, Now));
        var before = await rows.ReadAsync(sql => ConversationRows.HistoryAsync(sql, new(held, 1), Ann, 10));

        Assert.Equal(["answered", "answered", "delivered", "held", "held", "open"], view.Entries.Select(entry => entry.State));
        Assert.Equal("human", Assert.Single(view.Silences).Reason);
        Assert.Equal(Start, view.FirstSeen);
        Assert.Equal(["held", "open"], latest.Entries.Select(entry => entry.State));
        Assert.Equal(["Hi", "Hi", "Sure!"], before.Select(entry => entry.Text));
        Assert.Empty(await rows.ReadAsync(sql => ConversationRows.HistoryAsync(sql, new(first, 1), Ann, 10)));
        Assert.Empty(await rows.ReadAsync(sql => ConversationRows.HistoryAsync(sql, new(held, 1), Ann, 0)));
    }

    [Fact]
    public async Task A_long_history_is_read_page_by_page()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        for (var n = 0; n < 45; n++)
        {
            await rows.BatchAsync("ann", BatchState.Answered, Start.AddMinutes(n), "recorded");
        }

        var history = await rows.ReadAsync(sql => ConversationRows.HistoryAsync(sql, new(long.MaxValue, 1), Ann, 1000));

        Assert.Equal(45 * 3, history.Count);
        Assert.Equal(history.OrderBy(entry => entry.At), history);
    }

    [Fact]
    public async Task What_waits_for_the_operator_is_listed_page_by_page()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.BatchAsync("dead", BatchState.DeadLettered, Start, reason: "400");
        await rows.BatchAsync("held", BatchState.Held, Start, reason: "stale");
        await rows.BatchAsync("faulted", BatchState.Released, Start, reason: "401", fault: "model");
        await rows.BatchAsync("released", BatchState.Released, Start);

        var held = await rows.ReadAsync(sql => EndedRows.PageAsync(sql, BatchState.Held, 0, 10));
        var rest = await rows.ReadAsync(sql => EndedRows.PageAsync(sql, BatchState.Held, held[0].Position, 10));
        var dead = await rows.ReadAsync(sql => EndedRows.PageAsync(sql, BatchState.DeadLettered, 0, 10));

        Assert.Equal(["held", "faulted"], held.Select(batch => batch.Conversation.Contact));
        Assert.Equal("faulted", Assert.Single(rest).Conversation.Contact);
        Assert.Equal(("400", "Hi Hi"), (dead[0].Reason, string.Join(' ', dead[0].Messages.Select(message => message.Text))));
    }

    [Fact]
    public async Task Given_back_messages_are_open_and_the_batch_keeps_its_end()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.BatchAsync("ann", BatchState.DeadLettered, Start, reason: "400");
        await rows.BatchAsync("bob", BatchState.Held, Start, reason: "stale");
        var batch = (await rows.ReadAsync(sql => ReopenRows.FindAsync(sql, $"batch_ann_{Start.ToUnixTimeSeconds()}")))!;

        await rows.WriteAsync(async sql =>
        {
            await ReopenRows.ReopenAsync(sql, batch, Now);
            await ReopenRows.DropAsync(sql, (await ReopenRows.FindAsync(sql, $"batch_bob_{Start.ToUnixTimeSeconds()}"))!, Now);
            return true;
        });

        var open = await rows.ReadAsync(sql => OpenConversationRows.FindAsync(sql, Ann, Now));
        Assert.Equal([Now, Now], open!.Messages.Select(message => message.ReopenedAt));
        Assert.Equal(Now, open.Next(Window)!.Value.DueAt);
        Assert.Equal(BatchState.Reopened, (await rows.ReadAsync(sql => ReopenRows.FindAsync(sql, batch.Id)))!.State);
        Assert.Equal(1, await rows.NumberAsync("SELECT count(*) FROM lull.batches WHERE state = 11 AND reason = 'dropped by the operator'"));
        Assert.Equal(2, await rows.NumberAsync("SELECT count(*) FROM lull.steps WHERE name IN ('reopened', 'suppressed')"));
    }

    [Fact]
    public async Task What_was_understood_anew_is_stored_under_the_same_id()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        var id = new MessageId(await rows.SayAsync("ann", Start, outcome: WebhookOutcome.Recorded));
        var message = new InboundMessage { Conversation = Ann, Text = "Hello", Lane = new("SMS", "+1"), ExternalId = "x" };

        await rows.WriteAsync(sql => ReopenRows.ReinterpretAsync(
            sql, id, new() { Dialect = "workflow", Body = "{}"u8.ToArray(), Headers = "{}", Outcome = WebhookOutcome.Batched, Conversation = Ann, Message = message }, Now));

        var open = await rows.ReadAsync(sql => OpenConversationRows.FindAsync(sql, Ann, Now));
        Assert.Equal((id.Value, new Lane("SMS", "+1")), (open!.Messages[0].Id, open.Messages[0].Lane));
        Assert.Equal(WebhookOutcome.Batched, (await rows.ReadAsync(sql => ReopenRows.FindMessageAsync(sql, id)))!.Outcome);
    }

    private static Task<MessageFate?> FateAsync(RowsUnderTest rows, MessageId id) => rows.ReadAsync(sql => FateRows.FindAsync(sql, id, Window, Now));
}
