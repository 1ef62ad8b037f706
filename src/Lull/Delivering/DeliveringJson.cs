using System.Text.Json.Serialization;

namespace Lull.Delivering;

/// <summary>The body of <c>POST /conversations/messages</c>; what is null is left out.</summary>
internal sealed record SendBody(string Type, string ContactId, string Message, string? FromNumber);

/// <summary>The room's JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SendBody))]
internal sealed partial class DeliveringJson : JsonSerializerContext;
