using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>Rows of webhooks, many in one statement: an array for each column.</summary>
internal sealed class WebhookRows(int capacity)
{
    private readonly List<long> _ids = new(capacity);
    private readonly List<long?> _conversations = new(capacity);
    private readonly List<short> _outcomes = new(capacity);
    private readonly List<long> _receivedAt = new(capacity);
    private readonly List<long?> _saidAt = new(capacity);
    private readonly List<string?>[] _texts = [.. Enumerable.Range(0, 13).Select(_ => new List<string?>(capacity))];
    private readonly List<long?> _duplicatesOf = new(capacity);
    private readonly List<byte[]> _bodies = new(capacity);

    public void Add(MessageId id, WebhookArrival arrival, WebhookOutcome outcome, DateTimeOffset now, MessageId? duplicateOf)
    {
        var message = arrival.Message;
        _ids.Add(id.Value);
        _conversations.Add(arrival.Conversation?.Hash);
        _outcomes.Add((short)outcome);
        _receivedAt.Add(now.ToColumn());
        _saidAt.Add(message?.SaidAt?.ToColumn());
        _duplicatesOf.Add(duplicateOf?.Value);
        _bodies.Add(arrival.Body.ToArray());
        Add(
        [
            arrival.Conversation?.Location, arrival.Conversation?.Contact, message?.Lane.Channel, message?.Lane.Address, message?.ExternalId, arrival.Dialect,
            arrival.Type, arrival.Reason, arrival.Error, message?.Text, message is null ? null : Ledger.Columns.Write(message.Attachments), Ledger.Columns.Write(arrival.Profile),
            arrival.Headers,
        ]);
    }

    /// <summary>The columns, as <c>lull.append</c> takes them.</summary>
    public object[] Columns =>
    [
        _ids.ToArray(), _conversations.ToArray(), _outcomes.ToArray(), _receivedAt.ToArray(), _saidAt.ToArray(),
        .. _texts.Take(9).Select(column => column.ToArray()), _duplicatesOf.ToArray(), .. _texts.Skip(9).Select(column => column.ToArray()), _bodies.ToArray(),
    ];

    /// <summary>Those of them that <c>lull.append_new</c> takes: ids and times are its own, and there is no copy.</summary>
    public object[] NewColumns => [_conversations.ToArray(), _outcomes.ToArray(), _saidAt.ToArray(), .. _texts.Select(column => column.ToArray()), _bodies.ToArray()];

    /// <summary>The text without what PostgreSQL cannot hold: U+0000.</summary>
    public static string? Storable(string? text) => text?.Contains('\0') == true ? text.Replace('\0', '\uFFFD') : text;

    private void Add(ReadOnlySpan<string?> texts)
    {
        for (var i = 0; i < texts.Length; i++)
        {
            _texts[i].Add(Storable(texts[i]));
        }
    }
}
