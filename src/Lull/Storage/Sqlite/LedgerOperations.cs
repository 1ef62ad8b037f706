using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>The state machine over what is open in memory.</summary>
internal static class LedgerOperations
{
    public static ClaimResult Claim(WriteContext context, ConversationId id, BurstWindow window, TimeSpan staleAfter)
        => Claiming.Claim(context.Rows, context.Open.Find(id), window, staleAfter);

    public static ForcedBurst? Force(WriteContext context, ConversationId id) => Forcing.Force(context.Rows, context.Open.Find(id));

    /// <summary>Takes up what a dead process left behind: on SQLite a lease ends with its process.</summary>
    public static int Recover(WriteContext context)
    {
        var left = context.Open.After(0).Where(conversation => conversation.Batch is not null).ToList();
        foreach (var conversation in left)
        {
            LostAttempts.Recover(context.Rows, conversation, "the process had ended");
        }

        return left.Count;
    }
}
