namespace Lull.Tests.Architecture;

/// <summary>The table of <c>docs/architecture.md</c>: what each room may use.</summary>
internal static class RoomTable
{
    private const string AspNet = "Microsoft.AspNetCore", Ai = "Microsoft.Extensions.AI", OpenAi = "OpenAI", Orleans = "Orleans";
    private static readonly string[] Drivers = ["Microsoft.Data.Sqlite", "SQLitePCL", "Npgsql"];

    public static IReadOnlyList<Room> Rooms { get; } =
    [
        new("Messages", [], [AspNet, Ai, OpenAi, Orleans, .. Drivers, "Polly", "Microsoft.Extensions.Http", "YamlDotNet"])
        {
            Except = ["Orleans.Serialization", "Orleans.Serialization.Abstractions"],
        },
        new("Receiving", ["Messages", "Storage"], [Ai, OpenAi, Orleans, .. Drivers]) { Doors = ["Lull.Conversations.IDueLine"] },
        new("Storage", ["Messages"], [AspNet, Orleans, Ai, OpenAi])
        {
            Guarded = [("Npgsql", ["Postgres"])],
        },
        new("Conversations", ["Messages", "Storage", "Replying", "Delivering"], [AspNet, OpenAi, .. Drivers]),
        new("Replying", ["Messages"], [Orleans, AspNet, .. Drivers])
        {
            // The one place where the client is made knows the vendor.
            Guarded = [(OpenAi, ["Setup", "OpenAiChat"]), ("Microsoft.Extensions.AI.OpenAI", ["Setup", "OpenAiChat"])],
        },
        new("Delivering", ["Messages"], [Orleans, Ai, OpenAi, AspNet, .. Drivers]),
        new("Operating", ["Messages", "Storage"], [Ai, OpenAi, .. Drivers]) { Doors = ["Lull.Conversations.IConversation", "Lull.Conversations.IDueLine"] },
    ];

    /// <summary>Namespaces that are rooms but may use everything: one composes, the other is where somebody's own handlers and dialects go (docs/extending.md).</summary>
    public static IReadOnlyList<string> Composers { get; } = ["Hosting", "Extensions"];
}
