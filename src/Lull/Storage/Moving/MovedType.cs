namespace Lull.Storage.Moving;

/// <summary>What a moved value is: both stores have another column for some of them.</summary>
internal enum MovedType
{
    /// <summary>A <c>long</c>.</summary>
    Number,

    /// <summary>A <c>long</c> that is an <c>integer</c> there.</summary>
    Whole,

    /// <summary>A <c>long</c> that is a <c>smallint</c> there.</summary>
    Small,

    /// <summary>A <c>bool</c>.</summary>
    Flag,

    /// <summary>A <c>string</c>.</summary>
    Text,

    /// <summary>A <c>byte[]</c>.</summary>
    Bytes,

    /// <summary>A <c>long[]</c>.</summary>
    Numbers,

    /// <summary>A <c>long</c>: the hash of the row's location and contact, computed anew.</summary>
    Conversation,
}
