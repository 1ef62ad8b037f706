using Lull.Hosting.Settings;
using Lull.Operating;
using Lull.Storage.Sqlite;

namespace Lull.Hosting;

/// <summary>The rooms of Lull, one line each, in the order of the story: receive, store, wait, reply, deliver, operate.</summary>
internal static class Rooms
{
    /// <summary>What rooms have to say of settings that only they understand.</summary>
    public static IReadOnlyList<Func<LullSettings, IEnumerable<SettingViolation>>> SettingChecks { get; } = [];

    public static void AddRooms(this IServiceCollection services, LullSettings settings)
    {
        services.AddSingleton(settings.InForce);
        services.AddSqliteStorage(settings.Storage, settings.Window);
    }

    public static WebApplication MapRooms(this WebApplication app) => app;
}
