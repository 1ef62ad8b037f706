using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>Takes up what a dead process left behind: on SQLite a lease ends with its process.</summary>
internal static class RecoverStatements
{
    /// <summary>
    /// A reply that was being written is written again; a send that was under way is looked for in the vendor's record; what was written goes out as it is.
    /// The fifth attempt without an outcome dead-letters the batch.
    /// </summary>
    public static int Recover(WriteContext context)
    {
        var left = context.Open.After(0).Where(conversation => conversation.Batch is not null).ToList();
        foreach (var conversation in left)
        {
            Recover(context, conversation, conversation.Batch!);
        }

        return left.Count;
    }

    private static void Recover(WriteContext context, OpenConversation conversation, OpenBatch batch)
    {
        var wasRunning = batch.IsRunning;
        batch.IsRunning = false;
        switch (batch.State)
        {
            case BatchState.Claimed or BatchState.Replying when ++batch.Lost >= ClaimStatements.MaxLost:
                StepStatements.End(context, conversation, BatchState.DeadLettered, $"{batch.Lost} attempts ended without an outcome, the last with the process");
                return;
            case BatchState.Claimed or BatchState.Replying:
                batch.State = BatchState.Released;
                batch.RetryAt = context.Now;
                break;
            case BatchState.Sending:
                batch.State = BatchState.Unknown;
                batch.RetryAt = context.Now;
                break;
            default:
                if (wasRunning)
                {
                    BatchRows.Save(context, batch);
                }

                return;
        }

        BatchRows.Save(context, batch);
        context.Step(batch, "recovered", "the process had ended");
    }
}
