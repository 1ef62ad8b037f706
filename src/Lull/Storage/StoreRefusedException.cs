namespace Lull.Storage;

/// <summary>What was asked for is not done, and nothing has changed; the message says why and what to do.</summary>
internal sealed class StoreRefusedException(string message, Exception? inner = null) : Exception(message, inner);
