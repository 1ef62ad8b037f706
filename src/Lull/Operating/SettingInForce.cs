namespace Lull.Operating;

/// <summary>One setting as <c>GET /config</c> shows it.</summary>
/// <param name="Value">Never shown when <paramref name="IsSecret"/>.</param>
/// <param name="Source">Where it came from, for example <c>environment</c>, <c>.env</c> or <c>default</c>.</param>
internal sealed record SettingInForce(string Name, string? Value, string Source, bool IsSecret);
