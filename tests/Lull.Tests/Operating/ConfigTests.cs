using System.Net;

namespace Lull.Tests.Operating;

public sealed class ConfigTests
{
    [Fact]
    public async Task Settings_show_where_they_came_from_and_never_a_secret()
    {
        await using var server = await OperatingServer.StartAsync(settings:
        [
            new("PORT", "5000", "default", false), new("OPENAI_BASE_URL", null, "default", false),
            new("ADMIN_TOKEN", "hush-hush", "environment", true), new("GHL_API_KEY", null, "default", true), new("WEBHOOK_SECRET", "", ".env", true),
        ]);

        var (status, body) = await server.GetAsync("/config");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """
            {"status":"success","settings":[
              {"name":"PORT","value":"5000","source":"default"},{"name":"OPENAI_BASE_URL","value":null,"source":"default"},
              {"name":"ADMIN_TOKEN","value":"set","source":"environment"},{"name":"GHL_API_KEY","value":"not set","source":"default"},
              {"name":"WEBHOOK_SECRET","value":"not set","source":".env"}],
             "timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
    }
}
