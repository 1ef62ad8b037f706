using System.Text.Json;

namespace Lull.Tests.Storage.Moving;

/// <summary>Everything that a store shows of itself, as one text: two stores that show the same hold the same.</summary>
internal static class ShownStore
{
    public static readonly BurstWindow Window = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120), 50);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static async Task<string> OfAsync(IMessageStore store, CancellationToken cancellationToken)
    {
        var journal = await store.JournalAsync(new(default(MessageId), null, null, 1_000), cancellationToken);
        List<object?> shown = [journal];
        foreach (var entry in journal)
        {
            shown.Add(await store.FateAsync(entry.Id, Window, cancellationToken));
        }

        foreach (var id in journal.Select(entry => entry.Conversation).OfType<ConversationId>().Distinct())
        {
            shown.Add(await store.ConversationAsync(id, Window, 100, cancellationToken));
            shown.Add(await store.LastReplyAsync(id, cancellationToken));
            shown.Add(await store.FindContactAsync(id.Contact, cancellationToken));
        }

        foreach (var state in (BatchState[])[BatchState.Answered, BatchState.Suppressed, BatchState.Held, BatchState.DeadLettered])
        {
            shown.Add(await store.EndedAsync(state, 0, 100, cancellationToken));
        }

        shown.Add(await store.PausesAsync(cancellationToken));
        shown.Add(await store.FaultsAsync(cancellationToken));
        shown.Add(await store.AttentionAsync(cancellationToken));
        shown.Add(await store.UntoldAsync(100, cancellationToken));
        shown.Add(await store.WaitOverrideAsync(cancellationToken));
        shown.Add(await store.CursorAsync("orders", cancellationToken));
        return JsonSerializer.Serialize(shown, Indented);
    }
}
