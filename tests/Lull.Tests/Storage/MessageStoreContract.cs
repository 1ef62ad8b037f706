using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Storage;

/// <summary>Every promise of <see cref="IMessageStore"/>; each store's tests only supply the store.</summary>
public abstract partial class MessageStoreContract : IAsyncLifetime
{
    private protected static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);
    private protected static readonly TimeSpan Stale = TimeSpan.FromHours(6);
    private protected static readonly ConversationId Ann = new("default", "ann");

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    private protected IMessageStore Store { get; private set; } = null!;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    /// <summary>Whatever a test did to the store, it must have stayed lawful.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            var audit = await Store.AuditAsync(10, CancellationToken.None);
            Assert.Empty(audit.Violations.Select(violation => violation.Text));
        }
        finally
        {
            await CloseAsync(Store);
            await CleanUpAsync();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Opens the store; called again after <see cref="CloseAsync"/> it must find what was stored.</summary>
    private protected abstract Task<IMessageStore> OpenAsync();

    private protected abstract ValueTask CloseAsync(IMessageStore store);

    private protected abstract ValueTask CleanUpAsync();

    /// <summary>As if the process had been killed: what it was doing is left to whoever may take it up, at the earliest moment that is allowed.</summary>
    private protected virtual Task CrashAsync() => RestartAsync();

    /// <summary>What is overdue since when may depend on the store, where one step was left to be taken up.</summary>
    private protected virtual DateTimeOffset? Seen(DateTimeOffset? dueAt) => dueAt;

    private protected async Task RestartAsync()
    {
        await CloseAsync(Store);
        Store = await OpenAsync();
    }

    private protected async Task<Receipt> SayAsync(
        string text, ConversationId? from = null, string? externalId = null, string channel = "SMS", DateTimeOffset? saidAt = null, ContactProfile? profile = null)
        => await Store.AppendAsync(Message(text, from ?? Ann, externalId, channel, saidAt) with { Profile = profile }, Cancellation);

    private protected static WebhookArrival Message(
        string text, ConversationId from, string? externalId = null, string channel = "SMS", DateTimeOffset? saidAt = null) => new()
        {
            Dialect = "simple",
            Type = "contact.reply",
            Body = Encoding.UTF8.GetBytes("{}"),
            Headers = "{}",
            Outcome = WebhookOutcome.Batched,
            Conversation = from,
            Message = new() { Conversation = from, Text = text, Lane = new(channel, null), ExternalId = externalId, SaidAt = saidAt },
            DuplicateKeys = externalId is null ? [] : [DuplicateKey.ForMessage(from, externalId)],
        };

    private protected async Task<ClaimResult> ClaimAsync(ConversationId? id = null) => await Store.ClaimAsync(id ?? Ann, Window, Stale, Cancellation);

    private protected async Task<Batch> ClaimedAsync(ConversationId? id = null) => Assert.IsType<ClaimResult.Claimed>(await ClaimAsync(id)).Batch;

    private protected void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>A due burst, claimed, with a stored reply.</summary>
    private protected async Task<Batch> RepliedAsync(string reply = "Sure!")
    {
        Pass(31);
        var batch = await ClaimedAsync();
        Assert.True(await Store.BeginReplyAsync(batch.Ticket, Cancellation));
        Assert.True(await Store.SaveReplyAsync(batch.Ticket, Reply(reply), Cancellation));
        return batch;
    }

    private protected static Reply Reply(string text) => new(text, "test", false, new(10, 5));

    private protected async Task<MessageFate> FateAsync(MessageId id) => (await Store.FateAsync(id, Window, Cancellation))!;

    private protected static string[] Texts(Batch batch) => [.. batch.Messages.Select(message => message.Text)];
}
