using Orleans.Concurrency;

namespace Lull.Conversations;

/// <summary>
/// One contact's conversation; the key is <see cref="ConversationId.ToString"/>. Calls are hints: the truth is in the store, so a lost call costs time, never a reply.
/// </summary>
[Alias("lull.conversation")]
internal interface IConversation : IGrainWithStringKey
{
    /// <summary>There is stored work: a message, a force, something released. Returns at once; never waits for a reply being written.</summary>
    [AlwaysInterleave]
    [Alias("wake")]
    Task Wake();

    /// <summary>The same from whoever has just asked the store: this is the next step, and it is due. Asking once more would cost as much as taking it.</summary>
    /// <param name="needsModel">False: it needs delivery.</param>
    [AlwaysInterleave]
    [Alias("due")]
    Task Due(DateTimeOffset at, bool needsModel);

    /// <summary>What is in flight must not go on (the contact was erased or silenced). Returns at once.</summary>
    [AlwaysInterleave]
    [Alias("stop")]
    Task Stop();
}
