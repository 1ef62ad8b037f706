using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Whose conversation a step is for: named, or that of a ticket's batch.</summary>
internal readonly record struct LedgerKey(ConversationId? Conversation, BatchTicket? Ticket, string? ExternalId = null);

/// <summary>All that a step looks at, read by one statement under the conversation's lock (<c>lull.look</c>): what was committed before the lock was had is seen.</summary>
internal sealed class LedgerLook
{
    private const string Look = "SELECT * FROM lull.look($1, $2, $3, $4, $5, $6)";

    // Where the columns of the function begin: the circumstances and whose it is, what is open, what was written, the vendor's id.
    private const int Whose = 4, Open = 6, Written = Open + OpenConversationRows.Width, External = Written + 9;

    public required DateTimeOffset Now { get; init; }

    public string? Silence { get; init; }

    public bool IsPaused { get; init; }

    public string[] Faults { get; init; } = [];

    /// <summary>Null when nothing of it is open, or the ticket's batch is no longer what is.</summary>
    public OpenConversation? Conversation { get; init; }

    public Reply? Reply { get; init; }

    public SendIntent? Intent { get; init; }

    /// <summary>The reply for which the vendor's id that was asked about is recorded.</summary>
    public long? ExternalIdOf { get; init; }

    public static async Task<LedgerLook> LookAsync(PostgresSession sql, PostgresClock clock, LedgerKey key)
        => (await sql.FirstAsync(
            Look, row => Read(row, clock, key), key.Ticket?.Batch, key.Conversation?.Hash, key.Conversation?.Location, key.Conversation?.Contact, clock.Told, key.ExternalId))!;

    private static LedgerLook Read(NpgsqlDataReader row, PostgresClock clock, LedgerKey key)
    {
        if (row.IsDBNull(0))
        {
            // The ticket's batch was erased.
            return new() { Now = clock.Now };
        }

        var now = clock.Saw(row.GetInt64(0));
        var conversation = OpenConversationRows.Read(row, Open, new(row.GetString(Whose), row.GetString(Whose + 1)), now);
        var isAnothers = key.Ticket is { } ticket && conversation?.Batch?.Id != ticket.Batch;
        return new()
        {
            Now = now,
            Silence = row.TextOrNull(1),
            IsPaused = row.GetBoolean(2),
            Faults = row.GetFieldValue<string[]>(3),
            Conversation = isAnothers ? null : conversation,
            Reply = isAnothers ? null : ReadReply(row),
            Intent = isAnothers ? null : ReadIntent(row),
            ExternalIdOf = row.NumberOrNull(External),
        };
    }

    private static Reply? ReadReply(NpgsqlDataReader row) => row.TextOrNull(Written) is { } text
        ? new(text, row.TextOrNull(Written + 1) ?? "", row.GetBoolean(Written + 2), new(row.GetInt64(Written + 3), row.GetInt64(Written + 4)))
        : null;

    private static SendIntent? ReadIntent(NpgsqlDataReader row) => row.InstantOrNull(Written + 5) is { } at
        ? new(at, row.InstantOrNull(Written + 6), row.GetInt32(Written + 7), row.InstantOrNull(Written + 8))
        : null;
}
