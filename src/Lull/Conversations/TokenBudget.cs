namespace Lull.Conversations;

/// <summary>Counts what model calls cost; with a daily budget spent, bursts are held until the next day.</summary>
internal sealed class TokenBudget(IMessageStore store, FaultDesk faults, StoreSteps steps, ConversationOptions options, ConversationMetrics metrics)
{
    private const int CharactersPerToken = 4;

    /// <summary>At the start: a fault that an earlier, smaller budget left behind is over.</summary>
    public async Task ReviewAsync()
    {
        var today = await steps.UntilStoredAsync(() => store.SpendTokensAsync(default, wasted: false, CancellationToken.None));
        if (!(today >= options.TokensPerDay))
        {
            await faults.EndAsync(Faulted.Model);
        }
    }

    public async Task SpendAsync(TokenUse tokens, bool wasted)
    {
        if (tokens.Total == 0)
        {
            return;
        }

        if (wasted)
        {
            metrics.Wasted(tokens);
        }

        var today = await steps.UntilStoredAsync(() => store.SpendTokensAsync(tokens, wasted, CancellationToken.None));
        if (today >= options.TokensPerDay)
        {
            var tomorrow = new DateTimeOffset(store.Now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
            await faults.RaiseAsync(Faulted.Model, $"the daily budget of {options.TokensPerDay} tokens is spent (MODEL_TOKENS_PER_DAY)", tomorrow);
        }
    }

    /// <summary>A cancelled call reports no usage: its prompt is estimated, so that the budget is not undercut.</summary>
    public Task SpendCancelledAsync(Batch batch, IReadOnlyList<HistoryEntry> history)
    {
        var characters = batch.Messages.Sum(message => message.Text.Length) + history.Sum(entry => entry.Text.Length);
        return SpendAsync(new((characters / CharactersPerToken) + 1, 0), wasted: true);
    }
}
