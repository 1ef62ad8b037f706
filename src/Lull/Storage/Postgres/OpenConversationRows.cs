using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>What is open of conversations, read from their rows: the messages no batch has claimed, the unfinished batch, the force.</summary>
internal static class OpenConversationRows
{
    private const string SelectBatches = """
        SELECT b.id, b.name, b.location, b.contact, b.channel, b.address, b.state, b.attempt, b.restarts, b.failures, b.lost, b.first_at, b.last_at, b.due_at,
               b.retry_at, b.retry_until, b.fault, b.reason, b.message_ids, b.lease_until, b.just_written, b.force_used, COALESCE(f.up_to, 0)
        FROM lull.batches b LEFT JOIN lull.forces f ON f.location = b.location AND f.contact = b.contact
        WHERE b.state < 10 AND b.conversation = ANY(
        """;

    private const string SelectMessages = """
        SELECT m.id, m.location, m.contact, m.received_at, m.reopened_at, m.channel, m.address, COALESCE(f.up_to, 0)
        FROM lull.messages m LEFT JOIN lull.forces f ON f.location = m.location AND f.contact = m.contact
        WHERE m.batch IS NULL AND m.outcome = 1 AND m.conversation = ANY(
        """;

    /// <summary>One conversation, or null when nothing of it is open. Whoever changes it holds the conversation's lock.</summary>
    /// <param name="now">The database's clock: a lease that ended by then may be taken over.</param>
    public static async Task<OpenConversation?> FindAsync(PostgresSession sql, ConversationId id, DateTimeOffset now)
        => (await LoadAsync(sql, [id.Hash], now)).Find(conversation => conversation.Id == id);

    /// <summary>Every conversation with one of these hashes of which something is open, in no order. One round trip.</summary>
    public static async Task<List<OpenConversation>> LoadAsync(PostgresSession sql, long[] hashes, DateTimeOffset now)
    {
        await using var batch = sql.Batch();
        Add(sql, batch, "$1", hashes);
        await using var reader = await batch.ExecuteReaderAsync(sql.Cancellation);
        return await ReadAsync(reader, now, sql.Cancellation);
    }

    /// <summary>The same as part of a longer round trip: two statements.</summary>
    /// <param name="hashes">An array of hashes, as an expression of <paramref name="parameter"/>.</param>
    public static void Add(PostgresSession sql, NpgsqlBatch batch, string hashes, object parameter)
    {
        batch.BatchCommands.Add(sql.BatchCommand($"{SelectBatches}{hashes})", parameter));
        batch.BatchCommands.Add(sql.BatchCommand($"{SelectMessages}{hashes}) ORDER BY m.id", parameter));
    }

    /// <summary>Reads the rows of both statements.</summary>
    public static async Task<List<OpenConversation>> ReadAsync(NpgsqlDataReader reader, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var loaded = new Dictionary<ConversationId, OpenConversation>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var open = ReadBatch(reader, now);
            loaded[open.Conversation] = new(open.Conversation, open.MessageIds.FirstOrDefault()) { Batch = open, ForcedUpTo = reader.GetInt64(22) };
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
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

    private static OpenBatch ReadBatch(NpgsqlDataReader row, DateTimeOffset now)
    {
        var leaseUntil = row.GetInt64(19);
        return new()
        {
            Id = row.GetInt64(0),
            Name = row.GetString(1),
            Conversation = new(row.GetString(2), row.GetString(3)),
            Lane = new(row.GetString(4), row.TextOrNull(5)),
            State = (BatchState)row.GetInt16(6),
            Attempt = row.GetInt32(7),
            Restarts = row.GetInt32(8),
            Failures = row.GetInt32(9),
            Lost = row.GetInt32(10),
            FirstAt = row.Instant(11),
            LastAt = row.Instant(12),
            DueAt = row.Instant(13),
            RetryAt = row.Instant(14),
            RetryUntil = row.InstantOrNull(15),
            Fault = row.TextOrNull(16),
            Reason = row.TextOrNull(17),
            MessageIds = [.. row.GetFieldValue<long[]>(18)],
            IsRunning = leaseUntil > 0,
            LeaseEndedAt = leaseUntil > 0 && leaseUntil <= now.ToColumn() ? leaseUntil.ToInstant() : null,
            IsJustWritten = row.GetBoolean(20),
            IsForceUsed = row.GetBoolean(21),
        };
    }
}
