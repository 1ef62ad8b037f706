using Lull.Storage.Ledger.Auditing;

namespace Lull.Storage.Postgres.Auditing;

/// <summary>What must hold beside where nodes share a database.</summary>
internal static class NodeRules
{
    /// <summary>The rule's <see cref="AuditRule.Broken"/> is a whole statement with one text column per id.</summary>
    public static IReadOnlyList<AuditRule> All { get; } =
    [
        new("batch_without_owner", "SELECT name FROM lull.batches WHERE lease_until <> 0 AND COALESCE(owner, '') = ''",
            "is leased to nobody: who may take its next step is not known"),
    ];

    /// <summary>The key under which a conversation's rows are found is its own. The key is computed here, so the statement gives every conversation as it is stored.</summary>
    public static AuditRule Key { get; } = new(
        "conversation_key_disagrees",
        """
        SELECT conversation, location, contact FROM lull.messages WHERE location IS NOT NULL AND contact IS NOT NULL
        UNION SELECT conversation, location, contact FROM lull.batches
        """,
        "has rows under a key that is not its own: they would not be found");
}
