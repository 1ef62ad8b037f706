using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>What a claim needs beside the state: what was said, what is known of the contact, and for a new batch its id and the names that are taken.</summary>
internal sealed class ClaimTexts
{
    private const string SelectMessages = """
        SELECT id, text, received_at, said_at, attachments, profile FROM lull.messages WHERE id = ANY($1) ORDER BY COALESCE(said_at, received_at), id
        """;

    // Locked until the commit: a webhook that brings a profile at this moment adds to what is written here.
    private const string SelectProfile = "SELECT profile FROM lull.contacts WHERE contact = $1 AND location = $2 FOR UPDATE";

    private const string NextBatch = "SELECT nextval(pg_get_serial_sequence('lull.batches', 'id'))";

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
        await using (var batch = sql.Batch())
        {
            long[] ids = [.. conversation.Messages.Select(message => message.Id), .. conversation.Batch?.MessageIds ?? []];
            batch.BatchCommands.Add(sql.BatchCommand(SelectMessages, ids));
            batch.BatchCommands.Add(sql.BatchCommand(SelectProfile, conversation.Id.Contact, conversation.Id.Location));
            batch.BatchCommands.Add(sql.BatchCommand(NextBatch));
            await using var reader = await batch.ExecuteReaderAsync(sql.Cancellation);
            await texts.ReadAsync(reader, sql.Cancellation);
        }

        if (conversation.Batch is null)
        {
            var first = conversation.DueBurst(window).Messages[0];
            await texts.ReadNamesAsync(sql, conversation.Id, first.ReceivedAt, first.Id);
        }

        return texts;
    }

    /// <summary>Looks up the names that the burst could have, until one is free.</summary>
    public static async Task<ClaimTexts> NamesAsync(PostgresSession sql, OpenConversation conversation)
    {
        var texts = new ClaimTexts();
        if (conversation.Messages is [var first, ..])
        {
            await texts.ReadNamesAsync(sql, conversation.Id, first.ReceivedAt, first.Id);
        }

        return texts;
    }

    private async Task ReadNamesAsync(PostgresSession sql, ConversationId id, DateTimeOffset firstAt, long firstId)
    {
        for (var known = 0; ;)
        {
            List<string> asked = [];
            var many = known == 0 ? 2 : known;
            BatchNames.Free(id, firstAt, firstId, name =>
            {
                if (!_takenNames.Contains(name))
                {
                    asked.Add(name);
                }

                return asked.Count < many;
            });
            var taken = await sql.QueryAsync("SELECT name FROM lull.batches WHERE name = ANY($1)", row => row.GetString(0), (object)asked.ToArray());
            _takenNames.UnionWith(taken);
            if (taken.Count < asked.Count)
            {
                return;
            }

            known = _takenNames.Count;
        }
    }

    private async Task ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            var message = new BurstMessage(
                new(reader.GetInt64(0)), reader.TextOrNull(1) ?? "", reader.Instant(2), reader.InstantOrNull(3), Columns.ReadList(reader.TextOrNull(4)));
            _messages.Add((message.Id.Value, message, Columns.ReadProfile(reader.TextOrNull(5))));
        }

        await reader.NextResultAsync(cancellationToken);
        if (await reader.ReadAsync(cancellationToken))
        {
            Profile = Columns.ReadProfile(reader.TextOrNull(0)) ?? new();
        }

        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        NextBatchId = reader.GetInt64(0);
    }
}
