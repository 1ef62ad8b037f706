using System.Threading.Channels;
using Lull.Conversations;

namespace Lull.Tests.Harness;

/// <summary>A line in which nobody waits: it only notes what it was told.</summary>
internal sealed class FakeDueLine : IDueLine
{
    private readonly Channel<string> _stored = Channel.CreateUnbounded<string>();
    private int _rereads;

    /// <summary>How many were told of and not yet asked for.</summary>
    public int Stored => _stored.Reader.Count;

    public int Rereads => Volatile.Read(ref _rereads);

    public async Task<string> NextStoredAsync(CancellationToken cancellationToken) => await _stored.Reader.ReadAsync(cancellationToken);

    void IDueLine.Stored(ConversationId conversation, MessageId message, bool isInFlight) => _stored.Writer.TryWrite(conversation.ToString());

    public void Reread() => Interlocked.Increment(ref _rereads);
}
