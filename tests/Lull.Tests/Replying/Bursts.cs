using Lull.Replying;

namespace Lull.Tests.Replying;

/// <summary>Reply requests to write tests with.</summary>
internal static class Bursts
{
    public static readonly DateTimeOffset Now = new(2026, 3, 2, 18, 5, 0, TimeSpan.Zero);

    public static readonly ConversationId Ann = new("LOC1", "ann");

    public static readonly PromptText Gym = new("default", "You answer for the gym.", null, null);

    public static ReplyRequest Of(params string[] texts) => With(new(), [], texts);

    public static ReplyRequest With(ContactProfile profile, IReadOnlyList<HistoryEntry> history, params string[] texts)
        => Of([.. texts.Select((text, i) => new BurstMessage(new(i + 1), text, Now.AddSeconds(i - 60), null, []))], profile, history);

    public static ReplyRequest Of(IReadOnlyList<BurstMessage> messages, ContactProfile profile, IReadOnlyList<HistoryEntry> history) => new(
        new()
        {
            Ticket = new(1, 1),
            Name = "batch_ann_1",
            Conversation = Ann,
            Lane = new("SMS", "+15550100002"),
            State = BatchState.Claimed,
            FirstAt = Now.AddSeconds(-60),
            LastAt = Now.AddSeconds(-30),
            DueAt = Now,
            Messages = messages,
            Profile = profile,
            Restarts = 0,
            Failures = 0,
            RetryUntil = null,
            Reply = null,
            Intent = null,
        },
        history,
        Now);
}
