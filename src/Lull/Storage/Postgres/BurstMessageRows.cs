using Lull.Storage.Ledger;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>The texts of messages.</summary>
internal static class BurstMessageRows
{
    private const string Select = """
        SELECT id, text, received_at, said_at, attachments FROM lull.messages WHERE id = ANY($1) ORDER BY COALESCE(said_at, received_at), id
        """;

    /// <summary>In the order they were said.</summary>
    public static Task<List<BurstMessage>> ReadAsync(PostgresSession sql, IEnumerable<long> ids)
        => sql.QueryAsync(
            Select,
            row => new BurstMessage(
                new(row.GetInt64(0)), row.TextOrNull(1) ?? "", row.Instant(2), row.InstantOrNull(3), Columns.ReadList(row.TextOrNull(4))),
            ids.ToArray());

    /// <summary>Of many groups at once, each in the order it was said.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<BurstMessage>>> ReadGroupsAsync(PostgresSession sql, IReadOnlyList<IReadOnlyList<long>> groups)
    {
        var said = await ReadAsync(sql, groups.SelectMany(ids => ids));
        var places = said.Select((message, place) => (message.Id.Value, place)).ToDictionary();
        return [.. groups.Select(ids => (IReadOnlyList<BurstMessage>)[.. ids.Where(places.ContainsKey).Select(id => places[id]).Order().Select(place => said[place])])];
    }

    /// <summary>From five columns of arrays: ids, texts, times of storing, times of saying, attachments. Null where there is none.</summary>
    /// <param name="at">Where they begin.</param>
    public static IReadOnlyList<BurstMessage> FromArrays(NpgsqlDataReader row, int at)
    {
        if (row.IsDBNull(at))
        {
            return [];
        }

        var (ids, texts, receivedAt) = (row.GetFieldValue<long[]>(at), row.GetFieldValue<string?[]>(at + 1), row.GetFieldValue<long[]>(at + 2));
        var (saidAt, attachments) = (row.GetFieldValue<long?[]>(at + 3), row.GetFieldValue<string?[]>(at + 4));
        return [.. ids.Select((id, i) => new BurstMessage(new(id), texts[i] ?? "", receivedAt[i].ToInstant(), saidAt[i].ToInstant(), Columns.ReadList(attachments[i])))];
    }
}
