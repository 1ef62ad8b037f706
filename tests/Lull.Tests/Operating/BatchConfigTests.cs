using System.Net;
using System.Text;

namespace Lull.Tests.Operating;

public sealed class BatchConfigTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task The_default_is_shown_with_its_bounds()
    {
        var server = shared.Local;

        var (status, body) = await server.GetAsync("/batch-config");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """{"status":"success","batch_wait_time":30,"min":5,"max":300,"batch_max_wait":120,"source":"default","timestamp":"2026-01-01T12:00:00.000Z"}""", body);
    }

    [Fact]
    public async Task A_stored_wait_time_beats_the_setting_until_it_is_deleted()
    {
        await using var server = await OperatingServer.StartAsync(window: new(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(40), 50, false));

        var (_, stored) = await server.PostAsync("/batch-config", """{"batch_wait_time":45}""");
        var (_, read) = await server.GetAsync("/batch-config");
        var (_, deleted) = await server.AskAsync(HttpMethod.Delete, "/batch-config");

        JsonAssert.Is("""{"status":"success","batch_wait_time":45,"min":5,"max":300,"batch_max_wait":45,"source":"stored","timestamp":"2026-01-01T12:00:00.000Z"}""", stored);
        Assert.Equal(stored, read);
        JsonAssert.Is("""{"status":"success","batch_wait_time":20,"min":5,"max":300,"batch_max_wait":40,"source":"environment","timestamp":"2026-01-01T12:00:00.000Z"}""", deleted);
        Assert.Contains("Information: Operator: change of the wait time of everything: 45 s.", server.Log);
    }

    [Fact]
    public async Task What_is_waited_for_is_read_again_with_every_change()
    {
        await using var server = await OperatingServer.StartAsync();

        await server.PostAsync("/batch-config", """{"batch_wait_time":5}""");
        await server.AskAsync(HttpMethod.Delete, "/batch-config");

        Assert.Equal(2, server.Line.Rereads);
    }

    [Theory]
    [InlineData("""{"batch_wait_time":45.5}""")]
    [InlineData("""{"batch_wait_time":"45"}""")]
    [InlineData("""{"batch_wait_time":true}""")]
    [InlineData("""{"batch_wait_time":null}""")]
    [InlineData("""{"batch_wait_time":[45]}""")]
    [InlineData("""{"batch_wait_time":4}""")]
    [InlineData("""{"batch_wait_time":301}""")]
    [InlineData("""{"batch_wait_time":99999999999999999999}""")]
    [InlineData("""{}""")]
    [InlineData("")]
    public async Task Anything_but_a_whole_number_from_5_to_300_is_refused_by_name(string json)
    {
        var server = shared.Local;

        var problem = JsonAssert.Problem(await server.PostAsync("/batch-config", json), HttpStatusCode.BadRequest, "invalid-request");

        Assert.Contains("5 to 300", (string)problem["errors"]!["batch_wait_time"]![0]!, StringComparison.Ordinal);
        Assert.Null(server.Store.WaitOverride);
    }

    [Theory]
    [InlineData("""{"batch_wait_time":45""", "not-json")]
    [InlineData("""[45]""", "not-json")]
    [InlineData("""{"batch_wait_time":45,"batch_wait_time":46}""", "not-json")]
    [InlineData("""{"batch_wait_time":45,"wait":1}""", "invalid-request")]
    public async Task A_body_of_another_shape_is_refused(string json, string type)
    {
        var server = shared.Local;

        JsonAssert.Problem(await server.PostAsync("/batch-config", json), HttpStatusCode.BadRequest, type);

        Assert.Null(server.Store.WaitOverride);
    }

    [Fact]
    public async Task Both_ends_of_the_range_are_taken()
    {
        await using var server = await OperatingServer.StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/batch-config", """{"batch_wait_time":5}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/batch-config", """{"batch_wait_time":300}""")).Status);
    }

    [Fact]
    public async Task Too_large_a_body_or_another_media_type_is_refused()
    {
        var server = shared.Local;
        using var form = new StringContent("batch_wait_time=45", Encoding.UTF8, "application/x-www-form-urlencoded");

        JsonAssert.Problem(await server.PostAsync("/batch-config", $$"""{"batch_wait_time":45,"x":"{{new string('x', 20_000)}}"}"""), HttpStatusCode.RequestEntityTooLarge, "body-too-large");
        using var answer = await server.Http.PostAsync("/batch-config", form, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Null(server.Store.WaitOverride);
    }
}
