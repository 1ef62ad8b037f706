using Microsoft.AspNetCore.Http.HttpResults;

namespace Lull.Operating.Endpoints;

/// <summary><c>GET /config</c>: every setting in force and where it came from.</summary>
internal static class ConfigEndpoint
{
    public static void Map(RouteGroupBuilder group)
        => group.MapGet("/config", GetConfig).WithName(nameof(GetConfig)).WithTags("Settings")
            .WithSummary("Every setting in force and where it came from; secrets only as set or not set.");

    internal static Ok<ConfigStatus> GetConfig(IReadOnlyList<SettingInForce> settings, IMessageStore store) => TypedResults.Ok(new ConfigStatus
    {
        Settings = [.. settings.Select(setting => new SettingStatus(setting.Name, Shown(setting), setting.Source))],
        Timestamp = store.Now,
    });

    private static string? Shown(SettingInForce setting) => setting switch
    {
        { IsSecret: false } => setting.Value,
        { Value: null or "" } => "not set",
        _ => "set",
    };
}

/// <summary>The settings in force.</summary>
internal sealed record ConfigStatus
{
    public string Status { get; init; } = "success";
    public required IReadOnlyList<SettingStatus> Settings { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
}

/// <summary>One setting in force.</summary>
internal sealed record SettingStatus(string Name, string? Value, string Source);
