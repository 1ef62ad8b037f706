namespace Lull.Replying;

/// <summary>Where the rehearsal and a real model meet. Safe to call from many conversations at once.</summary>
internal interface IReplyWriter
{
    /// <summary><c>rehearsal</c>, or the model's name.</summary>
    string Name { get; }

    /// <summary>Writes one reply to the whole burst: one model call, bounded by the reply timeout. Everything expected is an outcome; cancellation throws.</summary>
    Task<ReplyOutcome> WriteAsync(ReplyRequest request, CancellationToken cancellationToken);
}
