using System.Net;

namespace Lull.Tests.Operating;

public sealed class AttentionTests
{
    [Fact]
    public async Task What_needs_the_operator_is_listed_until_it_is_cleared()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Attention.Add(Any.Attention(7));

        var (status, listed) = await server.GetAsync("/attention");
        var (_, cleared) = await server.PostAsync("/attention/7/clear");
        var again = await server.PostAsync("/attention/7/clear");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """
            {"status":"success","attention":[{"id":7,"cause":"fault:model","text":"The model refuses the key.","count":4,
             "first_at":"2026-01-01T11:55:00.000Z","last_at":"2026-01-01T12:00:00.000Z"}],"timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            listed);
        JsonAssert.Is("""{"status":"success","id":7,"timestamp":"2026-01-01T12:00:00.000Z"}""", cleared);
        JsonAssert.Problem(again, HttpStatusCode.NotFound, "unknown-item");
        JsonAssert.Problem(await server.PostAsync("/attention/seven/clear"), HttpStatusCode.NotFound, "unknown-item");
    }
}
