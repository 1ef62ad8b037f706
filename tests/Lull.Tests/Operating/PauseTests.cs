using System.Net;

namespace Lull.Tests.Operating;

public sealed class PauseTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Everything_is_paused_and_resumed()
    {
        await using var server = await OperatingServer.StartAsync();

        var (status, paused) = await server.PostAsync("/pause");
        var (_, shown) = await server.GetAsync("/pause");
        var (_, resumed) = await server.PostAsync("/resume", "{}");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """
            {"status":"success","paused":true,"pauses":[{"location_id":null,"reason":"operator","since":"2026-01-01T12:00:00.000Z"}],"timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            paused);
        Assert.Equal(paused, shown);
        JsonAssert.Is("""{"status":"success","paused":false,"pauses":[],"timestamp":"2026-01-01T12:00:00.000Z"}""", resumed);
        Assert.Contains("Information: Operator: pause of everything.", server.Log);
    }

    [Fact]
    public async Task One_location_is_paused_by_itself()
    {
        await using var server = await OperatingServer.StartAsync();

        var (_, body) = await server.PostAsync("/pause", """{"location":"loc 1"}""");

        JsonAssert.Is(
            """
            {"status":"success","paused":false,"pauses":[{"location_id":"loc 1","reason":"operator","since":"2026-01-01T12:00:00.000Z"}],"timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
    }

    [Theory]
    [InlineData("""{"location":7}""", "location")]
    [InlineData("""{"location":"a\u0000b"}""", "location")]
    [InlineData("""{"contact":"a"}""", "contact")]
    public async Task A_wrong_target_pauses_nothing(string json, string field)
    {
        var server = shared.Local;

        var problem = JsonAssert.Problem(await server.PostAsync("/pause", json), HttpStatusCode.BadRequest, "invalid-request");

        Assert.NotNull(problem["errors"]![field]);
        Assert.Empty(server.Store.Pauses);
    }
}
