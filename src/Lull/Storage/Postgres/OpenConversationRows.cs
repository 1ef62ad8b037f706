using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>What is open of conversations, read from their rows: the messages no batch has claimed, the unfinished batch, the force.</summary>
internal static class OpenConversationRows
{
    /// <summary>Columns of <c>lull.open_of</c>; other functions give them on, from a place of their own.</summary>
    public const int Width = 26;

    // The batch's columns are those of lull.open_of, in its order.
    private const string SelectBatches = """
        SELECT b.id, b.name, b.channel, b.address, b.state, b.attempt, b.restarts, b.failures, b.lost, b.first_at, b.last_at, b.due_at, b.retry_at, b.retry_until, b.fault, b.reason,
               b.message_ids, b.lease_until, b.just_written, b.force_used, COALESCE(f.up_to, 0), b.location, b.contact
        FROM lull.batches b LEFT JOIN lull.forces f ON f.location = b.location AND f.contact = b.contact
        WHERE b.state < 10 AND b.conversation = ANY($1)
        """;

    private const string SelectMessages = """
        SELECT m.id, m.location, m.contact, m.received_at, m.reopened_at, m.channel, m.address, COALESCE(f.up_to, 0)
        FROM lull.messages m LEFT JOIN lull.forces f ON f.location = m.location AND f.contact = m.contact
        WHERE m.batch IS NULL AND m.outcome = 1 AND m.conversation = ANY($1) ORDER BY m.id
        """;

    /// <summary>One conversation, or null when nothing of it is open. Whoever changes it holds the conversation's lock. One statement.</summary>
    /// <param name="now">The database's clock: a lease that ended by then may be taken over.</param>
    public static Task<OpenConversation?> FindAsync(PostgresSession sql, ConversationId id, DateTimeOffset now)
        => sql.FirstAsync("SELECT * FROM lull.open_of($1, $2, $3)", row => Read(row, 0, id, now), id.Hash, id.Location, id.Contact);

    /// <summary>Reads what <c>lull.open_of</c> found.</summary>
    /// <param name="at">Where its columns begin.</param>
    public static OpenConversation? Read(NpgsqlDataReader row, int at, ConversationId id, DateTimeOffset now)
    {
        var batch = row.IsDBNull(at) ? null : ReadBatch(row, at, id, now);
        long[] ids = row.IsDBNull(at + 21) ? [] : row.GetFieldValue<long[]>(at + 21);
        if (batch is null && ids.Length == 0)
        {
            return null;
        }

        var conversation = new OpenConversation(id, batch is { MessageIds: [var first, ..] } ? first : ids.FirstOrDefault())
        {
            Batch = batch,
            ForcedUpTo = row.NumberOrNull(at + 20) ?? 0,
        };
        if (ids.Length > 0)
        {
            var (receivedAt, reopenedAt) = (row.GetFieldValue<long[]>(at + 22), row.GetFieldValue<long?[]>(at + 23));
            var (channels, addresses) = (row.GetFieldValue<string[]>(at + 24), row.GetFieldValue<string?[]>(at + 25));
            conversation.Messages.AddRange(ids.Select((message, i) => new OpenMessage(
                message, receivedAt[i].ToInstant(), reopenedAt[i] is { } reopened ? reopened.ToInstant() : null, new(channels[i], addresses[i]))));
        }

        return conversation;
    }

    /// <summary>Every conversation with one of these hashes of which something is open, in no order. One round trip.</summary>
    public static async Task<List<OpenConversation>> LoadAsync(PostgresSession sql, long[] hashes, DateTimeOffset now)
    {
        await using var batch = sql.Batch();
        batch.BatchCommands.Add(sql.BatchCommand(SelectBatches, hashes));
        batch.BatchCommands.Add(sql.BatchCommand(SelectMessages, hashes));
        await using var reader = await batch.ExecuteReaderAsync(sql.Cancellation);
        var loaded = new Dictionary<ConversationId, OpenConversation>();
        while (await reader.ReadAsync(sql.Cancellation))
        {
            var open = ReadBatch(reader, 0, new(reader.GetString(21), reader.GetString(22)), now);
            loaded[open.Conversation] = new(open.Conversation, open.MessageIds.FirstOrDefault()) { Batch = open, ForcedUpTo = reader.GetInt64(20) };
        }

        await reader.NextResultAsync(sql.Cancellation);
        while (await reader.ReadAsync(sql.Cancellation))
        {
            Add(loaded, reader);
        }

        return [.. loaded.Values];
    }

    private static void Add(Dictionary<ConversationId, OpenConversation> loaded, NpgsqlDataReader row)
    {
        var id = new ConversationId(row.GetString(1), row.GetString(2));
        if (!loaded.TryGetValue(id, out var conversation))
        {
            conversation = new(id, row.GetInt64(0)) { ForcedUpTo = row.GetInt64(7) };
            loaded.Add(id, conversation);
        }

        conversation.Messages.Add(new(row.GetInt64(0), row.Instant(3), row.InstantOrNull(4), new(row.GetString(5), row.TextOrNull(6))));
    }

    private static OpenBatch ReadBatch(NpgsqlDataReader row, int at, ConversationId id, DateTimeOffset now)
    {
        var leaseUntil = row.GetInt64(at + 17);
        return new()
        {
            Id = row.GetInt64(at),
            Name = row.GetString(at + 1),
            Conversation = id,
            Lane = new(row.GetString(at + 2), row.TextOrNull(at + 3)),
            State = (BatchState)row.GetInt16(at + 4),
            Attempt = row.GetInt32(at + 5),
            Restarts = row.GetInt32(at + 6),
            Failures = row.GetInt32(at + 7),
            Lost = row.GetInt32(at + 8),
            FirstAt = row.Instant(at + 9),
            LastAt = row.Instant(at + 10),
            DueAt = row.Instant(at + 11),
            RetryAt = row.Instant(at + 12),
            RetryUntil = row.InstantOrNull(at + 13),
            Fault = row.TextOrNull(at + 14),
            Reason = row.TextOrNull(at + 15),
            MessageIds = [.. row.GetFieldValue<long[]>(at + 16)],
            IsRunning = leaseUntil > 0,
            LeaseEndedAt = leaseUntil > 0 && leaseUntil <= now.ToColumn() ? leaseUntil.ToInstant() : null,
            IsJustWritten = row.GetBoolean(at + 18),
            IsForceUsed = row.GetBoolean(at + 19),
        };
    }
}
