using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Between columns and values.</summary>
internal static class PostgresColumns
{
    extension(NpgsqlDataReader row)
    {
        public string? TextOrNull(int column) => row.IsDBNull(column) ? null : row.GetString(column);

        public long? NumberOrNull(int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

        /// <summary>From two columns of arrays, locations and contacts; none where they are null.</summary>
        public IEnumerable<ConversationId> Conversations(int column) => row.IsDBNull(column)
            ? []
            : row.GetFieldValue<string[]>(column).Zip(row.GetFieldValue<string[]>(column + 1), (location, contact) => new ConversationId(location, contact));

        public DateTimeOffset Instant(int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

        public DateTimeOffset? InstantOrNull(int column) => row.IsDBNull(column) ? null : row.Instant(column);
    }
}
