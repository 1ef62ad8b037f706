using Lull.Conversations;
using Lull.Delivering;
using Lull.Hosting.Settings;
using Lull.Operating;
using Lull.Receiving;
using Lull.Replying;
using Lull.Storage.Postgres;
using Lull.Storage.Sqlite;

namespace Lull.Hosting;

/// <summary>The rooms of Lull, one line each, in the order of the story: receive, store, wait, reply, deliver, operate.</summary>
internal static class Rooms
{
    /// <summary>What rooms have to say of settings that only they understand.</summary>
    public static IReadOnlyList<Func<LullSettings, IEnumerable<SettingViolation>>> SettingChecks { get; } = [PromptSettings.Check];

    public static void AddRooms(this IServiceCollection services, LullSettings settings)
    {
        services.AddSingleton(settings.InForce);
        services.AddReceiving(settings.Receiving);
        services.AddStorage(settings);
        services.AddConversations(settings.Conversations);
        services.AddReplying(settings.Replying);
        services.AddDelivering(settings.Delivering);
        services.AddOperating(settings.Operating);
    }

    private static void AddStorage(this IServiceCollection services, LullSettings settings)
    {
        if (settings.Storage.Postgres is { } postgres)
        {
            services.AddPostgresStorage(settings.Storage, postgres, settings.Window);
        }
        else
        {
            services.AddSqliteStorage(settings.Storage, settings.Window);
        }
    }

    public static WebApplication MapRooms(this WebApplication app)
    {
        var operatorOnly = app.MapOperating();
        operatorOnly.MapJournal();
        operatorOnly.MapMetrics();
        app.MapReceiving();
        return app;
    }
}
