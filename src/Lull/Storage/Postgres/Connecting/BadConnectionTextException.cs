namespace Lull.Storage.Postgres.Connecting;

/// <summary>A <c>DATABASE_URL</c> that cannot be used; the message says why and never holds any of its password.</summary>
internal sealed class BadConnectionTextException(string message) : Exception(message);
