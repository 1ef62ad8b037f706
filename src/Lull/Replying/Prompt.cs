using System.Text;
using Microsoft.Extensions.AI;

namespace Lull.Replying;

/// <summary>
/// Burst and history into the messages of one model call. Pure. The system role holds the operator's words only; everything a contact can influence is in the user role.
/// User and assistant take turns, because many open models accept nothing else.
/// </summary>
internal static class Prompt
{
    /// <summary>Between what is merged into one message.</summary>
    private const string Break = "\n";

    /// <summary>
    /// System, then the data about the contact, the opening message, the history (oldest first) and the burst. At most <paramref name="maxChars"/> characters: the oldest history goes first, then
    /// the burst's longest messages are cut. The operator's text and the data are never cut, and the burst has at least a quarter of the room.
    /// </summary>
    /// <param name="messageMaxChars">A longer message is cut and marked as cut.</param>
    public static IReadOnlyList<ChatMessage> Build(ReplyRequest request, PromptText prompt, int maxChars, int messageMaxChars)
    {
        var batch = request.Batch;
        var data = ContactData.Block(batch.Profile, batch.Lane, request.Now);
        var room = Math.Max(maxChars - prompt.System.Length - data.Length - Break.Length, maxChars / 4);
        var burst = Burst(batch.Messages, room, messageMaxChars);

        var turns = new List<Turn>();
        room -= burst.Length + Break.Length;
        foreach (var turn in Earlier(request.History, prompt.Opening).Reverse())
        {
            var text = Cut.To(turn.Text, messageMaxChars);
            room -= text.Length + Break.Length;
            if (room < 0)
            {
                break;
            }

            turns.Insert(0, turn with { Text = text });
        }

        return Messages(prompt.System, [new(FromContact: true, data), .. turns, new(FromContact: true, burst)]);
    }

    /// <summary>One message as the model sees it: its text, and what was attached by kind only, since an address would be the contact's to choose.</summary>
    public static string Text(BurstMessage message)
        => string.Join(' ', [.. message.Text.Length > 0 ? [message.Text] : Array.Empty<string>(), .. message.Attachments.Select(Attached)]);

    private static IEnumerable<Turn> Earlier(IReadOnlyList<HistoryEntry> history, string? opening)
    {
        if (opening is not null && !history.Any(entry => !entry.FromContact && Same(entry.Text, opening)))
        {
            yield return new(FromContact: false, opening);
        }

        foreach (var entry in history)
        {
            if (!string.IsNullOrWhiteSpace(entry.Text))
            {
                yield return new(entry.FromContact, entry.Text);
            }
        }
    }

    private static string Burst(IReadOnlyList<BurstMessage> messages, int room, int messageMaxChars)
    {
        var texts = messages.Select(message => Cut.To(Text(message), messageMaxChars)).ToList();
        var fit = Cut.Fit([.. texts.Select(text => text.Length + Break.Length)], room) - Break.Length;
        return string.Join(Break, texts.Select(text => Cut.To(text, fit)));
    }

    private static List<ChatMessage> Messages(string system, IReadOnlyList<Turn> turns)
    {
        var messages = new List<ChatMessage> { new(ChatRole.System, system) };
        for (var i = 0; i < turns.Count;)
        {
            var merged = new StringBuilder(turns[i].Text);
            var fromContact = turns[i].FromContact;
            for (i++; i < turns.Count && turns[i].FromContact == fromContact; i++)
            {
                merged.Append(Break).Append(turns[i].Text);
            }

            messages.Add(new(fromContact ? ChatRole.User : ChatRole.Assistant, merged.ToString()));
        }

        return messages;
    }

    private static string Attached(string address)
    {
        var end = address.AsSpan().IndexOfAny('?', '#');
        return Path.GetExtension(end < 0 ? address : address[..end]).ToLowerInvariant() switch
        {
            ".jpg" or ".jpeg" or ".png" or ".gif" or ".webp" or ".heic" or ".heif" or ".bmp" => "[image]",
            ".mp3" or ".m4a" or ".ogg" or ".oga" or ".opus" or ".wav" or ".amr" or ".aac" => "[audio]",
            ".mp4" or ".mov" or ".3gp" or ".webm" or ".avi" => "[video]",
            _ => "[attachment]",
        };
    }

    private static bool Same(string left, string right) => string.Equals(Words.Normalised(left), Words.Normalised(right), StringComparison.Ordinal);

    private readonly record struct Turn(bool FromContact, string Text);
}
