using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>The one statement that every webhook runs: its row, appended.</summary>
internal sealed class MessageInsert(SqliteSession sql) : IDisposable
{
    private readonly RawStatement _insert = sql.Prepare("""
        INSERT INTO messages (id, outcome, received_at, said_at, location, contact, channel, address, external_id, dialect, type, reason, error,
                              duplicate_of, text, attachments, profile, headers, body, keys)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
        """);

    /// <param name="keys">What a second copy is known by; none for a copy.</param>
    public void Run(MessageId id, WebhookArrival arrival, WebhookOutcome outcome, DateTimeOffset now, MessageId? duplicateOf, ReadOnlySpan<UInt128> keys)
    {
        var message = arrival.Message;
        _insert.Bind(1, id.Value);
        _insert.Bind(2, (long)outcome);
        _insert.Bind(3, now.ToUnixTimeMilliseconds());
        _insert.Bind(4, message?.SaidAt?.ToUnixTimeMilliseconds());
        _insert.Bind(5, arrival.Conversation?.Location);
        _insert.Bind(6, arrival.Conversation?.Contact);
        _insert.Bind(7, message?.Lane.Channel);
        _insert.Bind(8, message?.Lane.Address);
        _insert.Bind(9, message?.ExternalId);
        _insert.Bind(10, arrival.Dialect);
        _insert.Bind(11, arrival.Type);
        _insert.Bind(12, arrival.Reason);
        _insert.Bind(13, arrival.Error);
        _insert.Bind(14, duplicateOf?.Value);
        _insert.Bind(15, message?.Text);
        _insert.Bind(16, message is null ? null : Columns.Write(message.Attachments));
        _insert.Bind(17, Columns.Write(arrival.Profile));
        _insert.Bind(18, arrival.Headers);
        _insert.Bind(19, arrival.Body.Span);
        if (keys.IsEmpty)
        {
            _insert.BindNull(20);
        }
        else
        {
            _insert.Bind(20, SeenRun.WriteKeys(keys));
        }

        _insert.Run();
    }

    public void Dispose() => _insert.Dispose();
}
