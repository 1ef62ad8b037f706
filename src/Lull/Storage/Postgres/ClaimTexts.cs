using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>What a claim needs beside the state: what was said, what is known of the contact, and for a new batch its id and the names that are taken.</summary>
internal sealed class ClaimTexts
{
    private const string Select = "SELECT * FROM lull.claim_texts($1, $2, $3, $4)";

    // A burst that was never given back needs no more.
    private const int FirstNames = 2;

    private readonly HashSet<string> _takenNames = new(StringComparer.Ordinal);
    private readonly List<(long Id, BurstMessage Message, ContactProfile? Profile)> _messages = [];

    public long NextBatchId { get; private set; }

    public ContactProfile Profile { get; private set; } = new();

    public bool IsTaken(string name) => _takenNames.Contains(name);

    /// <summary>In the order they were said.</summary>
    public IReadOnlyList<BurstMessage> Of(OpenBatch batch)
        => [.. _messages.Where(message => batch.MessageIds.Contains(message.Id)).Select(message => message.Message)];

    /// <summary>The profiles that came with the batch's messages, in the order of storing.</summary>
    public IEnumerable<ContactProfile?> ProfilesOf(OpenBatch batch)
        => _messages.Where(message => batch.MessageIds.Contains(message.Id)).OrderBy(message => message.Id).Select(message => message.Profile);

    public static async Task<ClaimTexts> ReadAsync(PostgresSession sql, OpenConversation conversation, BurstWindow window)
    {
        var texts = new ClaimTexts();
        long[] ids = [.. conversation.Messages.Select(message => message.Id), .. conversation.Batch?.MessageIds ?? []];
        var first = conversation.Batch is null ? conversation.DueBurst(window).Messages[0] : (OpenMessage?)null;
        var names = first is { } of ? texts.Next(conversation.Id, of, FirstNames) : null;
        await sql.FirstAsync(Select, texts.Read, ids, conversation.Id.Location, conversation.Id.Contact, names);
        if (first is { } message && names!.All(texts._takenNames.Contains))
        {
            await texts.ReadNamesAsync(sql, conversation.Id, message);
        }

        return texts;
    }

    /// <summary>Looks up the names that the burst could have, until one is free.</summary>
    public static async Task<ClaimTexts> NamesAsync(PostgresSession sql, OpenConversation conversation)
    {
        var texts = new ClaimTexts();
        if (conversation.Messages is [var first, ..])
        {
            await texts.ReadNamesAsync(sql, conversation.Id, first);
        }

        return texts;
    }

    private async Task ReadNamesAsync(PostgresSession sql, ConversationId id, OpenMessage first)
    {
        for (var isFree = false; !isFree;)
        {
            var asked = Next(id, first, Math.Max(FirstNames, _takenNames.Count));
            var taken = await sql.QueryAsync("SELECT name FROM lull.batches WHERE name = ANY($1)", row => row.GetString(0), (object)asked);
            _takenNames.UnionWith(taken);
            isFree = taken.Count < asked.Length;
        }
    }

    /// <summary>The next names of the burst that are not known to be taken.</summary>
    private string[] Next(ConversationId id, OpenMessage first, int many)
    {
        List<string> next = [];
        BatchNames.Free(id, first.ReceivedAt, first.Id, name =>
        {
            if (!_takenNames.Contains(name))
            {
                next.Add(name);
            }

            return next.Count < many;
        });
        return [.. next];
    }

    private ClaimTexts Read(NpgsqlDataReader row)
    {
        Profile = Columns.ReadProfile(row.TextOrNull(0)) ?? new();
        if (!row.IsDBNull(1))
        {
            _takenNames.UnionWith(row.GetFieldValue<string[]>(1));
            NextBatchId = row.GetInt64(2);
        }

        var messages = BurstMessageRows.FromArrays(row, 3);
        if (messages.Count > 0)
        {
            var profiles = row.GetFieldValue<string?[]>(8);
            _messages.AddRange(messages.Select((message, i) => (message.Id.Value, message, Columns.ReadProfile(profiles[i]))));
        }

        return this;
    }
}
