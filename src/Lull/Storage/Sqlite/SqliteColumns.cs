using Lull.Storage.Ledger;
using Microsoft.Data.Sqlite;

namespace Lull.Storage.Sqlite;

/// <summary>Reads columns that may be empty.</summary>
internal static class SqliteColumns
{
    extension(SqliteDataReader reader)
    {
        public string? TextOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

        public long? NumberOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

        public DateTimeOffset Instant(int column) => reader.GetInt64(column).ToInstant();

        public DateTimeOffset? InstantOrNull(int column) => reader.NumberOrNull(column).ToInstant();
    }
}
