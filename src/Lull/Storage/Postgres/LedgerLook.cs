using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Whose conversation a step is for: named, or that of a ticket's batch.</summary>
internal readonly record struct LedgerKey(ConversationId? Conversation, BatchTicket? Ticket, string? ExternalId = null);

/// <summary>All that a step looks at, read in one round trip under the conversation's lock: each statement sees what was committed before the lock was had.</summary>
internal sealed class LedgerLook
{
    private const string Circumstances = """
        SELECT c.now,
               (SELECT s.reason FROM lull.silences s
                WHERE s.location = c.location AND s.contact = c.contact AND (s.until IS NULL OR s.until > c.now) ORDER BY s.since LIMIT 1),
               EXISTS (SELECT FROM lull.pauses p WHERE p.location = '' OR p.location = c.location),
               ARRAY(SELECT f.target FROM lull.faults f)
        FROM c
        """;

    private const string OfConversation = "WITH c AS MATERIALIZED (SELECT $1::text AS location, $2::text AS contact, lull.now_ms($3) AS now) " + Circumstances;
    private const string OfTicket = "WITH c AS MATERIALIZED (SELECT location, contact, lull.now_ms($2) AS now FROM lull.batches WHERE id = $1) " + Circumstances;

    // The reply and the delivery record of the unfinished batch.
    private const string Written = """
        SELECT b.reply, b.model, b.rehearsal, b.tokens_in, b.tokens_out, d.intent_at, d.ended_at, d.not_there, d.unreadable_since, b.location, b.contact
        FROM lull.batches b LEFT JOIN LATERAL (SELECT * FROM lull.deliveries WHERE batch = b.id AND part = 1 OFFSET 0) d ON true
        WHERE b.state < 10 AND b.conversation = ANY(
        """;

    private const string HashOfTicket = "ARRAY(SELECT conversation FROM lull.batches WHERE id = $1)";

    public required DateTimeOffset Now { get; init; }

    public required string? Silence { get; init; }

    public required bool IsPaused { get; init; }

    public required string[] Faults { get; init; }

    public OpenConversation? Conversation { get; private set; }

    public Reply? Reply { get; private set; }

    public SendIntent? Intent { get; private set; }

    /// <summary>The reply for which the vendor's id that was asked about is recorded.</summary>
    public long? ExternalIdOf { get; private set; }

    public static async Task<LedgerLook> LookAsync(PostgresSession sql, PostgresClock clock, LedgerKey key)
    {
        await using var batch = sql.Batch();
        if (key.Ticket is { } ticket)
        {
            batch.BatchCommands.Add(sql.BatchCommand("SELECT pg_advisory_xact_lock(conversation) FROM lull.batches WHERE id = $1", ticket.Batch));
            batch.BatchCommands.Add(sql.BatchCommand(OfTicket, ticket.Batch, clock.Told));
            OpenConversationRows.Add(sql, batch, HashOfTicket, ticket.Batch);
            batch.BatchCommands.Add(sql.BatchCommand(Written + HashOfTicket + ")", ticket.Batch));
        }
        else
        {
            var id = key.Conversation!.Value;
            batch.BatchCommands.Add(sql.BatchCommand("SELECT pg_advisory_xact_lock($1)", id.Hash));
            batch.BatchCommands.Add(sql.BatchCommand(OfConversation, id.Location, id.Contact, clock.Told));
            OpenConversationRows.Add(sql, batch, "$1", (long[])[id.Hash]);
            batch.BatchCommands.Add(sql.BatchCommand(Written + "$1)", (long[])[id.Hash]));
        }

        if (key.ExternalId is not null)
        {
            batch.BatchCommands.Add(sql.BatchCommand(
                "SELECT d.batch FROM lull.deliveries d JOIN lull.batches b ON b.location = d.location WHERE b.id = $1 AND d.external_id = $2",
                key.Ticket!.Value.Batch,
                key.ExternalId));
        }

        await using var reader = await batch.ExecuteReaderAsync(sql.Cancellation);
        return await ReadAsync(reader, clock, key, sql.Cancellation);
    }

    private static async Task<LedgerLook> ReadAsync(NpgsqlDataReader reader, PostgresClock clock, LedgerKey key, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            // The ticket's batch was erased.
            return new() { Now = clock.Now, Silence = null, IsPaused = false, Faults = [] };
        }

        var look = new LedgerLook
        {
            Now = clock.Saw(reader.GetInt64(0)),
            Silence = reader.TextOrNull(1),
            IsPaused = reader.GetBoolean(2),
            Faults = reader.GetFieldValue<string[]>(3),
        };
        await reader.NextResultAsync(cancellationToken);
        var found = await OpenConversationRows.ReadAsync(reader, look.Now, cancellationToken);
        look.Conversation = key.Ticket is { } ticket
            ? found.Find(conversation => conversation.Batch?.Id == ticket.Batch)
            : found.Find(conversation => conversation.Id == key.Conversation);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            look.ReadWritten(reader);
        }

        if (key.ExternalId is not null)
        {
            await reader.NextResultAsync(cancellationToken);
            look.ExternalIdOf = await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : null;
        }

        return look;
    }

    private void ReadWritten(NpgsqlDataReader row)
    {
        if (Conversation?.Id != new ConversationId(row.GetString(9), row.GetString(10)))
        {
            return;
        }

        Reply = row.TextOrNull(0) is { } text ? new(text, row.TextOrNull(1) ?? "", row.GetBoolean(2), new(row.GetInt64(3), row.GetInt64(4))) : null;
        Intent = row.InstantOrNull(5) is { } at ? new(at, row.InstantOrNull(6), row.GetInt32(7), row.InstantOrNull(8)) : null;
    }
}
