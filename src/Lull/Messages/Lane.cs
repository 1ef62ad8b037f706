namespace Lull.Messages;

/// <summary>The channel a contact wrote on and the address of ours that was written to. A burst holds one lane, and the reply goes out on it.</summary>
/// <param name="Channel">GHL's name for sending on it, for example <c>SMS</c>, <c>WhatsApp</c>, <c>Live_Chat</c>.</param>
/// <param name="Address">Our own number or address that was written to, where it is known.</param>
internal readonly record struct Lane(string Channel, string? Address)
{
    /// <summary>The channel of a message that names none.</summary>
    public const string DefaultChannel = "SMS";

    public override string ToString() => Address is null ? Channel : $"{Channel} {Address}";
}
