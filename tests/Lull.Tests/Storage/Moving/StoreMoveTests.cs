using Lull.Storage.Moving;
using Lull.Tests.Storage.Postgres;

namespace Lull.Tests.Storage.Moving;

/// <summary>An embedded store moved into PostgreSQL: whole, or not at all.</summary>
public sealed class StoreMoveTests
{
    private static readonly TimeSpan Stale = TimeSpan.FromHours(6);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_moved_shows_the_same_as_before()
    {
        await using var moved = await StoreToMove.CreateAsync();

        var report = await moved.MoveAsync();

        Assert.True(report.IsClean);
        await using var nodes = moved.Nodes();
        Assert.Equal(moved.Shown, await ShownStore.OfAsync(await nodes.OpenAsync(), Cancellation));
    }

    [Fact]
    public async Task The_file_is_as_it_was()
    {
        await using var moved = await StoreToMove.CreateAsync();
        var before = await File.ReadAllBytesAsync(moved.File, Cancellation);

        await moved.MoveAsync();

        Assert.Equal(before, await File.ReadAllBytesAsync(moved.File, Cancellation));
    }

    [Fact]
    public async Task A_second_copy_of_a_moved_message_is_known_for_seven_days_and_of_an_erased_one_too()
    {
        await using var moved = await StoreToMove.CreateAsync();
        await moved.MoveAsync();
        await using var nodes = moved.Nodes();
        var store = await nodes.OpenAsync();
        ConversationId ann = new("loc/2 ü", "ann:ü%");
        var first = await store.FindMessageAsync(ann, "id-1", Cancellation);

        var second = await store.AppendAsync(StoreToMove.Arrival(ann, "id-1", "again"), Cancellation);

        Assert.Equal((WebhookOutcome.Duplicate, first), (second.Outcome, second.Id));
        Assert.Equal(WebhookOutcome.Duplicate, (await store.AppendAsync(StoreToMove.Arrival(AuditedStore.Contact("erased"), "ext-erased", "forget me"), Cancellation)).Outcome);
        moved.Time.Advance(TimeSpan.FromDays(7.1));
        Assert.Equal(WebhookOutcome.Batched, (await store.AppendAsync(StoreToMove.Arrival(ann, "id-1", "again"), Cancellation)).Outcome);
    }

    [Fact]
    public async Task What_the_dead_server_held_is_taken_up_and_new_rows_come_after_the_moved_ones()
    {
        await using var moved = await StoreToMove.CreateAsync();
        await moved.MoveAsync();
        await using var nodes = moved.Nodes();
        var store = await nodes.OpenAsync();
        await store.ResumeAsync(null, Cancellation);
        await store.ClearFaultAsync(Faulted.Model, Cancellation);
        moved.Time.Advance(TimeSpan.FromMinutes(5));
        var newest = (await store.JournalAsync(new(default(MessageId), null, null, 1_000), Cancellation)).Max(entry => entry.Id);

        var replied = await ClaimAsync("reopened");
        var released = await ClaimAsync("released");
        var sending = await ClaimAsync("sending");
        var open = await ClaimAsync("open");

        Assert.Equal((BatchState.Replied, StoreToMove.Words), (replied.State, replied.Reply?.Text));
        Assert.Equal(BatchState.Unknown, sending.State);
        Assert.Equal((BatchState.Claimed, BatchState.Claimed), (released.State, open.State));
        Assert.True(open.Ticket.Batch > new[] { replied, released, sending }.Max(batch => batch.Ticket.Batch));
        Assert.True((await store.AppendAsync(StoreToMove.Arrival(AuditedStore.Contact("new"), "new", "Hi"), Cancellation)).Id.CompareTo(newest) > 0);
        Assert.Empty((await store.AuditAsync(5, Cancellation)).Violations);

        async Task<Batch> ClaimAsync(string contact)
            => Assert.IsType<ClaimResult.Claimed>(await store.ClaimAsync(AuditedStore.Contact(contact), ShownStore.Window, Stale, Cancellation)).Batch;
    }

    [Fact]
    public async Task A_move_that_breaks_in_the_middle_leaves_nothing_and_can_be_made_again()
    {
        await using var moved = await StoreToMove.CreateAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => moved.MoveAsync(source => new DisturbedSource(source) { BreaksAt = "attention" }));

        Assert.Equal(0, await moved.RowsAsync());
        Assert.True((await moved.MoveAsync()).IsClean);
    }

    [Theory]
    [InlineData("steps")]
    [InlineData("deliveries")]
    [InlineData("messages")]
    public async Task What_did_not_arrive_whole_is_taken_back(string table)
    {
        await using var moved = await StoreToMove.CreateAsync();

        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => moved.MoveAsync(source => new DisturbedSource(source) { LosesOneOf = table }));

        Assert.StartsWith("What arrived is not what was sent", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await moved.RowsAsync());
    }

    [Fact]
    public async Task A_database_that_is_not_empty_is_refused_and_left_alone()
    {
        await using var moved = await StoreToMove.CreateAsync();
        await moved.MoveAsync();
        var rows = await moved.RowsAsync();

        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => moved.MoveAsync());

        Assert.Contains("is not empty: lull.messages has rows", refused.Message, StringComparison.Ordinal);
        Assert.Equal(rows, await moved.RowsAsync());
    }

    [Fact]
    public async Task A_database_on_which_a_server_was_started_is_refused()
    {
        await using var moved = await StoreToMove.CreateAsync();
        await using var nodes = moved.Nodes();
        await nodes.OpenAsync();

        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => moved.MoveAsync());

        Assert.Contains("lull.meta has rows", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_whose_clock_was_far_ahead_is_refused()
    {
        await using var moved = await StoreToMove.CreateAsync();
        var newest = MessageId.FirstOf(TimeProvider.System.GetUtcNow().AddHours(1));

        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => moved.MoveAsync(source => new DisturbedSource(source) { Newest = newest }));

        Assert.Contains("minutes ahead of the database's clock", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await moved.RowsAsync());
    }

    /// <summary>A source that breaks, or that forgets something.</summary>
    private sealed class DisturbedSource(IMoveSource source) : IMoveSource
    {
        public string? BreaksAt { get; init; }

        public string? LosesOneOf { get; init; }

        public MessageId Newest { get; init; } = source.Newest;

        public IEnumerable<object?[]> Rows(MovedTable table)
        {
            if (table.Name == BreaksAt)
            {
                throw new StoreUnavailableException("the disk is gone");
            }

            return table.Name == LosesOneOf ? source.Rows(table).Skip(1) : source.Rows(table);
        }

        public long Count(MovedTable table) => source.Count(table);

        public long LastNumber(MovedTable table) => source.LastNumber(table);

        public IEnumerable<(UInt128 Hash, long Message)> Seen() => source.Seen();
    }
}
