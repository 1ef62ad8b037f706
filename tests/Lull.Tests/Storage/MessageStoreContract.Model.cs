namespace Lull.Tests.Storage;

public abstract partial class MessageStoreContract
{
    [Fact]
    public async Task The_store_does_as_a_simple_model_in_memory_does()
    {
        var first = Random.Shared.Next();
        for (var seed = first; seed < first + 25; seed++)
        {
            await new ModelRun(this, seed).RunAsync();
        }
    }

    /// <summary>One random walk of one contact through the state machine, compared with the model after every step.</summary>
    private sealed class ModelRun(MessageStoreContract contract, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly LedgerModel _model = new(Window);
        private readonly ConversationId _contact = new("default", $"contact-{seed}");
        private readonly Dictionary<string, MessageId> _said = [];
        private readonly List<string> _walk = [];
        private Batch? _batch;

        private IMessageStore Store => contract.Store;

        private DateTimeOffset Now => contract.Store.Now;

        public async Task RunAsync()
        {
            for (var step = 0; step < 60; step++)
            {
                await StepAsync();

                // No two steps share a millisecond, so that the model can tell them apart.
                contract.Pass(0.001);
                Same(contract.Seen(_model.NextStep()), contract.Seen((await Store.NextStepAsync(_contact, Window, Cancellation))?.DueAt));
            }

            foreach (var (text, id) in _said)
            {
                Same(_model.Fates.GetValueOrDefault(text, "open"), (await contract.FateAsync(id)).State);
            }
        }

        private Task StepAsync()
        {
            var choice = _random.Next(12);
            _walk.Add(choice.ToString(System.Globalization.CultureInfo.InvariantCulture));
            return choice switch
            {
                0 or 1 or 2 => SayAsync(),
                3 or 4 => PassAsync(),
                5 => ForceAsync(),
                6 when _random.Next(4) == 0 => CrashAsync(),
                7 => TakenAsync(FinishBadlyAsync),
                _ => _batch is null ? ClaimAsync() : TakenAsync(GoOnAsync),
            };
        }

        private async Task SayAsync()
        {
            var text = $"{_said.Count}";
            _said[text] = (await contract.SayAsync(text, _contact)).Id;
            _model.Say(text, _said[text].StoredAt);
        }

        private Task PassAsync()
        {
            contract.Pass(_random.Next(1, 40));
            return Task.CompletedTask;
        }

        private async Task ForceAsync() => Same(_model.Force(), await Store.ForceAsync(_contact, Cancellation) is not null);

        private async Task CrashAsync()
        {
            await contract.CrashAsync();
            _model.Crash(Now);
            _batch = null;
        }

        private async Task ClaimAsync()
        {
            var claimed = (await contract.ClaimAsync(_contact) as ClaimResult.Claimed)?.Batch;
            Same(_model.Claim(Now), claimed is not null);
            if (claimed is not null)
            {
                Same(string.Join(',', _model.Batch.Select(message => message.Text)), string.Join(',', Texts(claimed)));
                Same(_model.Restarts, claimed.Restarts);
                _batch = claimed;
            }
        }

        private Task TakenAsync(Func<BatchTicket, Task> step) => _batch is { } batch ? step(batch.Ticket) : Task.CompletedTask;

        private async Task GoOnAsync(BatchTicket ticket)
        {
            if (_model.State is BatchState.Claimed)
            {
                Same(true, await Store.SaveReplyAsync(ticket, Reply("reply"), Cancellation));
                _model.Reply();
                _model.RepliedAt(Now);
                return;
            }

            var fence = await Store.FenceAsync(ticket, Window, record: true, Cancellation);
            Same(_model.Fence(Now), fence is FenceResult.Recorded);
            _batch = null;
        }

        private async Task FinishBadlyAsync(BatchTicket ticket)
        {
            if (_random.Next(2) == 0)
            {
                var retry = Now + TimeSpan.FromSeconds(_random.Next(60));
                Same(true, await Store.ReleaseAsync(ticket, new Release.Retry("503", retry, retry), Cancellation));
                _model.Release(retry);
            }
            else
            {
                Same(true, await Store.EndAsync(ticket, BatchState.DeadLettered, "400", Cancellation));
                _model.End("dead_lettered");
            }

            _batch = null;
        }

        private void Same<T>(T expected, T actual)
            => Assert.True(EqualityComparer<T>.Default.Equals(expected, actual), $"seed {seed}, walk {string.Join(' ', _walk)}: the model says {expected}, the store {actual}");
    }
}
