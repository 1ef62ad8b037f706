using System.Net;

namespace Lull.Tests.Operating;

public sealed class AuditTests
{
    [Fact]
    public async Task An_audit_shows_counts_and_violations_with_their_ids()
    {
        await using var server = await OperatingServer.StartAsync();
        server.Store.Violations.Add(new("message_batch_missing", ["msg_0000000000000001", "#7"], "msg_0000000000000001 of #7 is in a batch that does not exist: it has no fate."));
        server.Store.Violations.Add(new("batch_stuck", ["batch_a_1"], "batch_a_1 is in the middle of a step that nobody takes."));

        var (status, body) = await server.GetAsync("/audit?limit=1");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonAssert.Is(
            """
            {"status":"success","clean":false,"webhooks":{"batched":7,"duplicate":1},"messages":{"answered":6,"open":1},"batches":{"answered":2},"deliveries":{"recorded":2},
             "violation_count":2,
             "violations":[{"kind":"message_batch_missing","ids":["msg_0000000000000001","#7"],"text":"msg_0000000000000001 of #7 is in a batch that does not exist: it has no fate."}],
             "seconds":0.012,"timestamp":"2026-01-01T12:00:00.000Z"}
            """,
            body);
    }

    [Fact]
    public async Task A_wrong_limit_is_refused_by_name()
    {
        await using var server = await OperatingServer.StartAsync();

        var problem = JsonAssert.Problem(await server.GetAsync("/audit?limit=0"), HttpStatusCode.BadRequest, "invalid-request");

        Assert.NotNull(problem["errors"]!["limit"]);
    }
}
