using System.Globalization;
using Lull.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Lull.Tests.Storage;

/// <summary>The audit of a store as it is after years. The time is printed; no bound is set, because machines differ.</summary>
/// <remarks>
/// A million messages: <c>LULL_AUDIT_MESSAGES=1000000 artifacts/bin/Lull.Tests/debug/Lull.Tests -class '*LargeStoreAuditTests' -showLiveOutput</c>.
/// </remarks>
public sealed class LargeStoreAuditTests(ITestOutputHelper output)
{
    private const int PerBurst = 4;

    // One burst in 50 was dead-lettered, one contact in ten is a newcomer, one webhook in 20 is a copy; ids carry a second each.
    private const string Fill = """
        CREATE TEMP TABLE burst AS
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $bursts)
          SELECT i, 1700000000000 + i * 4000 AS at, printf('contact_%016x', abs(i * 2654435761) % ($bursts / 3 + 1)) AS contact, i % 50 = 0 AS dead FROM n;
        INSERT INTO messages (id, outcome, batch, received_at, location, contact, channel, dialect, text, headers, body)
          SELECT (at + 1000 * p) << 20, 1, i, at + 1000 * p, 've9EPM428h8vShlRW1KT', contact, 'SMS', 'workflow', 'A message of some length, as people write them: are you open on Sunday?',
                 '{"content-type":"application/json","user-agent":"axios/1.7"}', randomblob(500)
          FROM burst, (SELECT 0 AS p UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) ORDER BY 1;
        INSERT INTO messages (id, outcome, received_at, location, contact, channel, dialect, duplicate_of, headers, body)
          SELECT ((at + 3000) << 20) + 1, 2, at + 3000, 've9EPM428h8vShlRW1KT', contact, 'SMS', 'workflow', (at + 3000) << 20, '{}', randomblob(500) FROM burst WHERE i % 5 = 0;
        INSERT INTO batches (id, name, conversation, location, contact, channel, state, first_at, last_at, due_at, message_ids, reply, ended_at, reason)
          SELECT i, 'batch_' || contact || '_' || i, abs(random()), 've9EPM428h8vShlRW1KT', contact, 'SMS', CASE WHEN dead THEN 13 ELSE 10 END, at, at + 3000, at + 33000,
                 json_array(at << 20, (at + 1000) << 20, (at + 2000) << 20, (at + 3000) << 20),
                 'Yes, we are open on Sunday from ten to four. Shall I book you in?', at + 36000, CASE WHEN dead THEN '400' END FROM burst;
        INSERT INTO steps (batch, id, name, attempt)
          SELECT i, ((at + 33000) << 20) + p, CASE p WHEN 0 THEN 'claimed' WHEN 1 THEN 'replying' WHEN 2 THEN 'replied' WHEN 3 THEN 'sending' ELSE CASE WHEN dead THEN 'dead_lettered' ELSE 'answered' END END, 1
          FROM burst, (SELECT 0 AS p UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4);
        INSERT INTO deliveries (batch, part, state, location, external_id, intent_at, ended_at)
          SELECT i, 1, 'delivered', 've9EPM428h8vShlRW1KT', printf('ghl%020d', i), at + 35000, at + 36000 FROM burst WHERE NOT dead;
        INSERT OR IGNORE INTO contacts (contact, location, first_seen) SELECT contact, 've9EPM428h8vShlRW1KT', at FROM burst;
        """;

    [Fact]
    public async Task A_large_store_is_audited_in_one_walk()
    {
        var messages = int.Parse(Environment.GetEnvironmentVariable("LULL_AUDIT_MESSAGES") ?? "20000", CultureInfo.InvariantCulture);
        await using var audited = await AuditedStore.EmptyAsync();
        Create(audited.Folder, messages / PerBurst);

        var before = Environment.CpuUsage.TotalTime;
        var report = await audited.AuditAsync();
        var cpu = Environment.CpuUsage.TotalTime - before;

        output.WriteLine(
            $"{report.Webhooks.Values.Sum():N0} webhooks, {report.Batches.Values.Sum():N0} batches, {new FileInfo(Path.Combine(audited.Folder, "lull.db")).Length >> 20} MiB: "
            + $"audited in {report.Took.TotalSeconds:0.00} s, {cpu.TotalSeconds:0.00} s of CPU");
        Assert.Empty(report.Violations.Select(violation => violation.Text));
        Assert.Equal(messages / PerBurst * PerBurst, report.Webhooks["batched"]);
    }

    /// <summary>Fills the store in a folder.</summary>
    internal static void Create(string folder, int bursts)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "lull.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA synchronous=OFF; BEGIN; {Fill} COMMIT; PRAGMA wal_checkpoint(TRUNCATE);";
        command.Parameters.AddWithValue("$bursts", bursts);
        command.ExecuteNonQuery();
    }
}
