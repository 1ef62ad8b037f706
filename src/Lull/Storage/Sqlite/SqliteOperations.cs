using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>Any step of the state machine.</summary>
internal sealed class StepOperation<T>(Func<WriteContext, T> work, long enqueuedAt) : WriteOperation<WriteContext, T>(enqueuedAt)
{
    protected override T Do(WriteContext context) => work(context);
}

/// <summary>One webhook.</summary>
internal sealed class AppendOperation(WebhookArrival arrival, long enqueuedAt) : WriteOperation<WriteContext, Receipt>(enqueuedAt)
{
    protected override Receipt Do(WriteContext context) => AppendStatements.Append(context, arrival);
}
