using System.Text.Json;

namespace Lull.Delivering;

/// <summary>Looks in GoHighLevel's record of a conversation for messages that could be a send of ours whose answer was lost.</summary>
internal sealed class SentMessages(GoHighLevelClient client, DeliveringOptions options)
{
    private const int PageSize = 100;

    /// <summary>Two thousand messages since the intent: more than any conversation has.</summary>
    private const int MaxPages = 20;

    /// <summary>Ids of what could be the send, oldest first; empty when the whole record since then was read and it is not there.</summary>
    public async Task<ReadBackOutcome> FindAsync(OutboundReply reply, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var id = reply.Conversation;
        var location = id.Location == ConversationId.DefaultLocation ? options.LocationId ?? id.Location : id.Location;
        var (search, fault) = await GetAsync(
            $"/conversations/search?locationId={Uri.EscapeDataString(location)}&contactId={Uri.EscapeDataString(id.Contact)}&limit=20", cancellationToken);
        if (search?.Member("conversations") is not { ValueKind: JsonValueKind.Array } conversations)
        {
            return new ReadBackOutcome.Unreadable(fault ?? "GoHighLevel gave no list of conversations");
        }

        var found = new List<SentMessage>();
        List<JsonElement> theirs = [.. conversations.EnumerateArray().Where(one => (one.Text("contactId") ?? id.Contact) == id.Contact)];
        if (theirs.Count == 0)
        {
            // The search lags behind what it searches (highlevel-api-docs issue 5): no conversation is no proof that nothing was said in it.
            return new ReadBackOutcome.Unreadable("GoHighLevel shows no conversation of this contact");
        }

        foreach (var conversation in theirs)
        {
            if (await CollectAsync(conversation.Text("id") ?? "", reply.Text, since, found, cancellationToken) is { } unreadable)
            {
                return new ReadBackOutcome.Unreadable(unreadable);
            }
        }

        return new ReadBackOutcome.Read([.. found.OrderBy(message => message.At).Select(message => message.Id).Distinct()]);
    }

    /// <summary>Reads back, newest first, until what is older than <paramref name="since"/>. Returns why it could not.</summary>
    private async Task<string?> CollectAsync(string conversation, string text, DateTimeOffset since, List<SentMessage> found, CancellationToken cancellationToken)
    {
        string? last = null;
        for (var read = 0; read < MaxPages; read++)
        {
            var from = last is null ? "" : $"&lastMessageId={Uri.EscapeDataString(last)}";
            var (json, fault) = await GetAsync($"/conversations/{Uri.EscapeDataString(conversation)}/messages?limit={PageSize}{from}", cancellationToken);
            if (json is not { } root || MessagePage.Of(root) is not { } page)
            {
                return fault ?? "GoHighLevel gave no list of messages";
            }

            found.AddRange(page.Messages.Where(message => message.CouldBe(text, since)));
            if (page.Next is not { } next || next == last || page.Messages is [.., { At: { } oldest }] && oldest < since)
            {
                return null;
            }

            last = next;
        }

        return "too many messages since the send to read them all";
    }

    private async Task<(JsonElement? Json, string? Fault)> GetAsync(string path, CancellationToken cancellationToken)
        => await client.AskAsync(HttpMethod.Get, path, null, cancellationToken) switch
        {
            GoHighLevelAnswer.Answered { IsSuccess: true } answered => (answered.Json, null),
            GoHighLevelAnswer.Answered answered => (null, $"GoHighLevel does not let the conversation be read ({(int)answered.Status}{(answered.Words.Length == 0 ? "" : ": " + answered.Words)})"),
            GoHighLevelAnswer.Lost { Reason: var reason } => (null, reason),
            GoHighLevelAnswer.NeverSent { Reason: var reason } => (null, reason),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
}
