using System.Globalization;
using Lull.Storage.Postgres.Auditing;

namespace Lull.Tests.Storage.Postgres;

/// <summary>The audit of a database as it is after years. The time is printed; no bound is set, because machines differ.</summary>
/// <remarks>
/// A million messages: <c>LULL_AUDIT_MESSAGES=1000000 artifacts/bin/Lull.Tests/debug/Lull.Tests -class '*LargePostgresAuditTests' -showLiveOutput</c>.
/// </remarks>
public sealed class LargePostgresAuditTests(ITestOutputHelper output)
{
    private const int PerBurst = 4;

    // One burst in 50 was dead-lettered, one contact in ten is a newcomer, one webhook in 20 is a copy; ids carry a second each.
    private const string Fill = """
        CREATE TABLE burst AS
          SELECT i, at, contact, dead, ('x' || encode(substr(sha256(convert_to('ve9EPM/' || contact, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint AS hash
          FROM (SELECT i, 1700000000000 + i::bigint * 4000 AS at, 'contact_' || to_hex((i::bigint * 2654435761) % (bursts / 3 + 1)) AS contact, i % 50 = 0 AS dead
                FROM generate_series(1, bursts) AS i) AS n;
        INSERT INTO lull.messages (id, conversation, outcome, batch, received_at, location, contact, channel, dialect, text, headers, body)
          SELECT (at + 1000 * p) << 20, hash, 1, i, at + 1000 * p, 've9EPM', contact, 'SMS', 'workflow', 'A message of some length, as people write them: are you open on Sunday?',
                 '{"content-type":"application/json","user-agent":"axios/1.7"}', convert_to(repeat(md5(i::text || p), 15), 'UTF8')
          FROM burst, generate_series(0, 3) AS p;
        INSERT INTO lull.messages (id, conversation, outcome, received_at, location, contact, channel, dialect, duplicate_of, headers, body)
          SELECT ((at + 3000) << 20) + 1, hash, 2, at + 3000, 've9EPM', contact, 'SMS', 'workflow', (at + 3000) << 20, '{}', '{}' FROM burst WHERE i % 5 = 0;
        INSERT INTO lull.batches (id, name, conversation, location, contact, channel, state, first_at, last_at, due_at, message_ids, reply, ended_at, reason)
          SELECT i, 'batch_' || contact || '_' || i, hash, 've9EPM', contact, 'SMS', CASE WHEN dead THEN 13 ELSE 10 END, at, at + 3000, at + 33000,
                 ARRAY[at << 20, (at + 1000) << 20, (at + 2000) << 20, (at + 3000) << 20],
                 'Yes, we are open on Sunday from ten to four. Shall I book you in?', at + 36000, CASE WHEN dead THEN '400' END FROM burst;
        INSERT INTO lull.steps (batch, id, name, attempt)
          SELECT i, ((at + 33000) << 20) + p, CASE p WHEN 0 THEN 'claimed' WHEN 1 THEN 'replying' WHEN 2 THEN 'replied' WHEN 3 THEN 'sending' ELSE CASE WHEN dead THEN 'dead_lettered' ELSE 'answered' END END, 1
          FROM burst, generate_series(0, 4) AS p;
        INSERT INTO lull.deliveries (batch, part, state, location, external_id, intent_at, ended_at)
          SELECT i, 1, 'delivered', 've9EPM', 'ghl' || i, at + 35000, at + 36000 FROM burst WHERE NOT dead;
        INSERT INTO lull.contacts (contact, location, first_seen) SELECT contact, 've9EPM', min(at) FROM burst GROUP BY contact;
        DROP TABLE burst
        """;

    [Fact]
    public async Task A_large_database_is_audited_in_one_walk()
    {
        var messages = int.Parse(Environment.GetEnvironmentVariable("LULL_AUDIT_MESSAGES") ?? "20000", CultureInfo.InvariantCulture);
        await using var rows = await RowsUnderTest.CreateAsync();
        var bursts = (messages / PerBurst).ToString(CultureInfo.InvariantCulture);
        foreach (var statement in Fill.Replace("bursts", bursts, StringComparison.Ordinal).Split(";\n"))
        {
            await rows.EachAsync(statement);
        }

        await rows.AnalyzeAsync();
        var report = await new PostgresAudit(rows.Database, TimeProvider.System).AuditAsync(10, TestContext.Current.CancellationToken);

        output.WriteLine($"{report.Webhooks.Values.Sum():N0} webhooks, {report.Batches.Values.Sum():N0} batches, {await rows.NumberAsync("SELECT pg_database_size(current_database())") >> 20} MiB: audited in {report.Took.TotalSeconds:0.00} s");
        Assert.Empty(report.Violations.Select(violation => violation.Text));
        Assert.Equal(messages / PerBurst * PerBurst, report.Webhooks["batched"]);
    }
}
