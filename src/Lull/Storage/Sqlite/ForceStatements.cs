using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>A force is a stored mark: it outlives a crash, and runs next when an earlier batch is in flight.</summary>
internal static class ForceStatements
{
    public static ForcedBurst? Force(WriteContext context, ConversationId id)
    {
        if (context.Open.Find(id) is not { } conversation)
        {
            return null;
        }

        var waiting = conversation.Batch is { IsRunning: false, State: BatchState.Released or BatchState.Replied } batch ? batch : null;
        if (waiting is null && conversation.Messages.Count == 0)
        {
            return null;
        }

        var newest = Math.Max(conversation.Messages.Select(message => message.Id).DefaultIfEmpty().Max(), waiting?.MessageIds.Max() ?? 0);
        conversation.ForcedUpTo = newest;
        waiting?.IsForceUsed = false;
        context.Sql.Execute(
            "INSERT INTO forces (location, contact, up_to) VALUES ($1, $2, $3) ON CONFLICT (location, contact) DO UPDATE SET up_to = excluded.up_to",
            id.Location,
            id.Contact,
            newest);
        return Describe(context, conversation, waiting);
    }

    private static ForcedBurst Describe(WriteContext context, OpenConversation conversation, OpenBatch? waiting)
    {
        if (waiting is not null)
        {
            return new(waiting.Name, waiting.MessageIds.Count + conversation.Messages.Count(message => message.Lane == waiting.Lane));
        }

        var first = conversation.Messages[0];
        return new(
            BatchNames.Free(conversation.Id, first.ReceivedAt, first.Id, name => BatchRows.IsNameTaken(context.Sql, name)), conversation.Messages.Count(message => message.Lane == first.Lane));
    }
}
