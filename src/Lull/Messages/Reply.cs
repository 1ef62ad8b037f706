namespace Lull.Messages;

/// <summary>What will be said to the contact.</summary>
/// <param name="Text">The reply's text, not empty.</param>
/// <param name="Model">The model's name, or <c>rehearsal</c>.</param>
/// <param name="IsRehearsal">Made up without a model: recorded, never sent.</param>
internal sealed record Reply(string Text, string Model, bool IsRehearsal, TokenUse Tokens);

/// <summary>Tokens of one model call; zero where the server does not tell.</summary>
internal readonly record struct TokenUse(long Input, long Output)
{
    public long Total => Input + Output;
}

/// <summary>One earlier message of a conversation.</summary>
internal sealed record HistoryEntry(bool FromContact, string Text, DateTimeOffset At);

/// <summary>Everything one model call is given.</summary>
internal sealed record ReplyRequest(Batch Batch, IReadOnlyList<HistoryEntry> History, DateTimeOffset Now);
