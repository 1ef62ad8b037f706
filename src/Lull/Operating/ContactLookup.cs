using Lull.Operating.Answers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating;

/// <summary>Finds the conversation that a contact id in a path means.</summary>
internal sealed class ContactLookup(IMessageStore store)
{
    private const int EntriesLookedAt = 1000;

    /// <summary>The conversation, or the problem document: never seen (404), or seen in several locations and none was named (409).</summary>
    public async Task<(ConversationId Conversation, ProblemHttpResult? Problem)> FindAsync(string contact, string? location, CancellationToken cancellationToken)
        => await FindAsync(contact, location, alsoInJournal: false, cancellationToken);

    /// <summary>The same for whoever hands out or erases all that is kept: a contact of whom there are only journal entries counts too.</summary>
    public async Task<(ConversationId Conversation, ProblemHttpResult? Problem)> FindKeptAsync(string contact, string? location, CancellationToken cancellationToken)
        => await FindAsync(contact, location, alsoInJournal: true, cancellationToken);

    private async Task<(ConversationId Conversation, ProblemHttpResult? Problem)> FindAsync(
        string contact, string? location, bool alsoInJournal, CancellationToken cancellationToken)
    {
        if (!ConversationId.IsValidPart(contact) || (location is not null && !ConversationId.IsValidPart(location)))
        {
            return (default, Problems.UnknownContact(contact));
        }

        var seen = await store.FindContactAsync(contact, cancellationToken);
        if (alsoInJournal && (seen.Count == 0 || location is not null))
        {
            var entries = await store.JournalAsync(new(After: null, Outcome: null, contact, EntriesLookedAt), cancellationToken);
            seen = [.. seen.Union(entries.Select(entry => entry.Conversation).OfType<ConversationId>())];
        }

        if (location is not null)
        {
            seen = [.. seen.Where(conversation => conversation.Location == location)];
        }

        return seen switch
        {
            [] => (default, Problems.UnknownContact(contact)),
            [var only] => (only, null),
            _ => (default, Problems.AmbiguousContact(contact, [.. seen.Select(conversation => conversation.Location)])),
        };
    }
}
