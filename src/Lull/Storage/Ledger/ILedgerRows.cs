namespace Lull.Storage.Ledger;

/// <summary>
/// What the state machine reads and writes beside the conversation in hand, inside one transaction. The rules are in this folder, once; each store only says
/// where the rows are.
/// </summary>
internal interface ILedgerRows
{
    /// <summary>The store's clock.</summary>
    DateTimeOffset Now { get; }

    /// <summary>The reason to be silent towards the contact that is in force now, or null.</summary>
    string? Silence(ConversationId id);

    /// <summary>True when all sending, or this location's, is stopped.</summary>
    bool IsPaused(string location);

    bool IsFaulted(string target);

    bool IsNameTaken(string name);

    /// <summary>True when the vendor's id is recorded for another reply.</summary>
    bool IsRecordedElsewhere(OpenBatch batch, string externalId);

    SendIntent? Intent(OpenBatch batch);

    /// <summary>A new batch of the burst's messages; returns its id. What else is to be known of it comes with <see cref="Save"/>.</summary>
    long Insert(string name, ConversationId id, OpenBurst burst);

    /// <summary>The conversation has a batch now.</summary>
    void Begin(OpenConversation conversation, OpenBatch batch);

    /// <summary>The conversation's batch is finished.</summary>
    void End(OpenConversation conversation);

    /// <summary>Writes everything of a batch that can change.</summary>
    void Save(OpenBatch batch, DateTimeOffset? endedAt = null);

    void SaveReply(OpenBatch batch, Reply reply);

    /// <summary>Its messages belong to the batch from now on.</summary>
    void AssignMessages(OpenBatch batch);

    /// <summary>Writes one line of a batch's history.</summary>
    void Step(OpenBatch batch, string name, string? detail = null);

    /// <summary>Takes the profiles that its messages brought over into the contact's.</summary>
    void MergeProfiles(OpenBatch batch);

    /// <summary>The claimed batch for its holder, with texts, and with the contact's profile taken over.</summary>
    Batch Describe(OpenBatch batch);

    /// <summary>Stores <see cref="OpenConversation.ForcedUpTo"/>.</summary>
    void SaveForce(OpenConversation conversation);

    void ForgetForce(OpenConversation conversation);

    /// <summary>The operator should know.</summary>
    void Raise(string cause, string text);

    /// <summary>The delivery record: a send is about to begin.</summary>
    SendIntent Intend(OpenBatch batch);

    void Recorded(OpenBatch batch);

    void Delivered(OpenBatch batch, string? externalId);

    void NotSent(OpenBatch batch);

    void Unknown(OpenBatch batch, SendIntent intent);

    /// <summary>The batch ends without an answer: its delivery record must not go on saying that a send is under way.</summary>
    void EndedUnanswered(OpenBatch batch, BatchState state);
}
