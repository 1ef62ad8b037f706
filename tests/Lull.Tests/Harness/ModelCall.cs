using System.Text.Json;

namespace Lull.Tests.Harness;

/// <summary>One message of a model call.</summary>
internal sealed record ModelMessage(string Role, string Text);

/// <summary>One call that <see cref="FakeModel"/> received, recorded before it is answered.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Authorization">The header as it came.</param>
/// <param name="Ended">Completes when the call was answered (true) or the caller hung up first (false).</param>
internal sealed record ModelCall(int Number, string? Authorization, JsonElement Body, Task<bool> Ended)
{
    private const string EndOfData = "[End of data]\n";

    public string Model => Body.GetProperty("model").GetString()!;

    public IReadOnlyList<ModelMessage> Messages { get; } =
        [.. Body.GetProperty("messages").EnumerateArray().Select(message => new ModelMessage(message.GetProperty("role").GetString()!, Text(message.GetProperty("content"))))];

    /// <summary>All that is in the system role.</summary>
    public string System => string.Join("\n", Messages.Where(message => message.Role is "system" or "developer").Select(message => message.Text));

    /// <summary>The last message of the user role, as it is.</summary>
    public string LastUser => Messages.Last(message => message.Role == "user").Text;

    /// <summary>What the contact said since the last reply: the last message of the user role without the block of data before it.</summary>
    public string Burst => LastUser[(LastUser.IndexOf(EndOfData, StringComparison.Ordinal) is >= 0 and var at ? at + EndOfData.Length : 0)..];

    /// <summary>A member of the request, for example <c>max_tokens</c>.</summary>
    public int? Member(string member) => Body.TryGetProperty(member, out var value) ? value.GetInt32() : null;

    private static string Text(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString())),
        _ => "",
    };
}
