using Lull.Conversations;

namespace Lull.Tests.Conversations;

public sealed class OpenBurstsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 3);
    private static readonly ConversationId Ann = new("loc", "ann"), Bob = new("loc", "bob");

    private readonly OpenBursts _bursts = new();

    [Fact]
    public void The_first_message_is_waited_for_and_later_ones_move_nothing()
    {
        _bursts.Heard(Ann, Noon, Window);
        _bursts.Heard(Ann, Noon.AddSeconds(20), Window);

        Assert.Equal(Noon.AddSeconds(30), _bursts.NextDueAt);
        Assert.Null(Take(29));
        Assert.Equal((Ann, 2), Take(30));
        Assert.Null(Take(300));
    }

    [Fact]
    public void A_burst_that_is_full_is_due_at_once_and_taken_out_once()
    {
        for (var said = 0; said < 3; said++)
        {
            _bursts.Heard(Ann, Noon.AddSeconds(said), Window);
        }

        Assert.Equal(Ann, Take(2)?.Conversation);
        Assert.Null(Take(300));
    }

    [Fact]
    public void What_was_heard_counts_after_the_store_was_asked_too()
    {
        _bursts.Heard(Ann, Noon, Window);
        _bursts.Heard(Ann, Noon.AddSeconds(25), Window);
        var (conversation, messages) = Take(30)!.Value;
        _bursts.Arm(new(conversation, new(Noon.AddSeconds(55), StepNeeds.Model)), messages);

        _bursts.Heard(Ann, Noon.AddSeconds(40), Window);

        Assert.Equal(Ann, Take(40)?.Conversation);
    }

    [Fact]
    public void Whoever_is_due_first_comes_first_and_nobody_who_is_not_wanted()
    {
        _bursts.Heard(Bob, Noon.AddSeconds(1), Window);
        _bursts.Heard(Ann, Noon, Window);
        _bursts.Arm(new(new("loc", "cal"), new(Noon, StepNeeds.Delivery)));

        Assert.Equal(Ann, _bursts.TryTake(Noon.AddSeconds(60), target => target.Needs is StepNeeds.Model)?.Conversation);
        Assert.Equal("cal", Take(60)?.Conversation.Contact);
        Assert.Equal(Bob, Take(60)?.Conversation);
    }

    private (ConversationId Conversation, int Messages)? Take(double seconds) => _bursts.TryTake(Noon.AddSeconds(seconds), _ => true);
}
