using System.Net.Http.Json;
using System.Text.Json;
using Lull.Storage.Ledger.Auditing;
using Lull.Storage.Postgres.Auditing;
using Lull.Tests.Hosting;

namespace Lull.Tests.Storage.Postgres;

public sealed class PostgresAuditTests
{
    private const string Of = "(SELECT id FROM lull.batches WHERE contact = ";
    private const string First = "(SELECT min(id) FROM lull.messages WHERE contact = ";

    /// <summary>For each kind of violation: damage that breaks this rule and no other.</summary>
    public static TheoryData<string, string> Damages { get; } = new()
    {
        { "message_unknown_outcome", "UPDATE lull.messages SET outcome = 9 WHERE contact = 'open'" },
        { "message_incomplete", "UPDATE lull.messages SET channel = NULL WHERE contact = 'open'" },
        { "webhook_in_batch", $"UPDATE lull.messages SET outcome = 4 WHERE id = {First}'recorded')" },
        { "message_batch_missing", $"UPDATE lull.messages SET batch = 999, origin = 1 WHERE id = {First}'held')" },
        { "message_in_foreign_batch", $"UPDATE lull.messages m SET contact = 'held', conversation = b.conversation FROM lull.batches b WHERE b.contact = 'held' AND m.id = {First}'recorded')" },
        { "message_on_foreign_lane", $"UPDATE lull.messages SET channel = 'WhatsApp' WHERE id = {First}'recorded')" },
        {
            "message_unlisted",
            $"UPDATE lull.messages SET batch = {Of}'held'), contact = 'held', conversation = (SELECT conversation FROM lull.batches WHERE contact = 'held') WHERE contact = 'open'"
        },
        { "message_left_behind", $"UPDATE lull.messages SET batch = {Of}'reopened') WHERE id = {First}'reopened')" },
        { "duplicate_unlawful", "UPDATE lull.messages SET duplicate_of = NULL WHERE outcome = 2" },
        { "duplicate_unlawful", "UPDATE lull.messages SET duplicate_of = id WHERE outcome = 2" },
        { "webhook_without_reason", "UPDATE lull.messages SET reason = NULL WHERE outcome = 3" },
        { "batch_unknown_state", "UPDATE lull.batches SET state = 7 WHERE contact = 'unknown'; DELETE FROM lull.deliveries WHERE state = 'unknown'" },
        { "batch_without_messages", "UPDATE lull.messages SET batch = NULL, origin = batch WHERE contact = 'held'; UPDATE lull.batches SET message_ids = '{}' WHERE contact = 'held'" },
        { "batch_list_disagrees", "UPDATE lull.batches SET message_ids = message_ids || 999 WHERE contact = 'recorded'" },
        { "batch_lists_twice", "UPDATE lull.batches SET message_ids = message_ids || message_ids[1] WHERE contact = 'recorded'" },
        { "batch_list_disagrees", $"UPDATE lull.messages SET batch = NULL WHERE id = {First}'recorded')" },
        { "batch_list_disagrees", $"UPDATE lull.messages SET batch = NULL, origin = batch WHERE id = {First}'delivered')" },
        { "batch_list_disagrees", $"UPDATE lull.messages SET batch = NULL WHERE id = {First}'held')" },
        { "batch_list_disagrees", $"DELETE FROM lull.messages WHERE id = {First}'released')" },
        { "batch_first_last_disagree", "UPDATE lull.batches SET last_at = last_at + 1 WHERE contact = 'recorded'" },
        { "batch_times_impossible", "UPDATE lull.batches SET due_at = first_at - 1 WHERE contact = 'recorded'" },
        { "batch_end_disagrees", "UPDATE lull.batches SET ended_at = NULL WHERE contact = 'recorded'" },
        { "batch_end_disagrees", "UPDATE lull.batches SET ended_at = due_at WHERE contact = 'released'" },
        { "batch_without_reason", "UPDATE lull.batches SET reason = NULL WHERE contact = 'held'" },
        { "batch_without_reply", "UPDATE lull.batches SET reply = NULL WHERE contact = 'recorded'" },
        { "batch_stuck", "UPDATE lull.batches SET lease_until = 0 WHERE contact = 'sending'" },
        { "batch_running_at_rest", "UPDATE lull.batches SET lease_until = 1, owner = 'a node' WHERE contact = 'released'" },
        { "batch_without_owner", "UPDATE lull.batches SET owner = NULL WHERE contact = 'sending'" },
        { "batch_counts_impossible", "UPDATE lull.batches SET restarts = 3 WHERE contact = 'released'" },
        { "batch_counts_impossible", "UPDATE lull.batches SET lost = 2 WHERE contact = 'recorded'" },
        { "batch_history_disagrees", $"DELETE FROM lull.steps WHERE batch = {Of}'recorded')" },
        { "batch_history_disagrees", $"DELETE FROM lull.steps WHERE name = 'answered' AND batch = {Of}'recorded')" },
        { "batch_history_disagrees", "UPDATE lull.batches SET attempt = attempt + 1 WHERE contact = 'recorded'" },
        { "batch_of_unknown_contact", "DELETE FROM lull.contacts WHERE contact = 'recorded'" },
        { "answer_without_delivery", $"DELETE FROM lull.deliveries WHERE batch = {Of}'recorded')" },
        { "answer_without_delivery", $"UPDATE lull.deliveries SET state = 'not_sent' WHERE batch = {Of}'recorded')" },
        { "delivery_without_answer", $"UPDATE lull.deliveries SET state = 'delivered' WHERE batch = {Of}'refused')" },
        { "intent_missing", $"DELETE FROM lull.deliveries WHERE batch = {Of}'sending')" },
        { "intent_missing", $"UPDATE lull.deliveries SET state = 'not_sent' WHERE batch = {Of}'unknown')" },
        { "intent_forgotten", $"UPDATE lull.deliveries SET state = 'sending' WHERE batch = {Of}'refused')" },
        { "delivery_part_missing", $"UPDATE lull.deliveries SET part = 2 WHERE batch = {Of}'recorded')" },
        { "rehearsal_sent", $"UPDATE lull.deliveries SET state = 'delivered' WHERE batch = {Of}'rehearsed')" },
        { "delivery_orphan", "INSERT INTO lull.deliveries (batch, part, state, location, intent_at) VALUES (999, 1, 'delivered', 'default', 0)" },
        { "delivery_unknown_state", $"UPDATE lull.deliveries SET state = 'lost' WHERE batch = {Of}'refused')" },
        { "delivery_of_foreign_location", $"UPDATE lull.deliveries SET location = 'elsewhere' WHERE batch = {Of}'recorded')" },
        { "delivery_id_unlawful", $"UPDATE lull.deliveries SET external_id = 'ghl-x' WHERE batch = {Of}'refused')" },
        { "delivery_times_impossible", $"UPDATE lull.deliveries SET ended_at = intent_at - 1 WHERE batch = {Of}'delivered')" },
        {
            "conversation_has_two_batches",
            """
            INSERT INTO lull.batches (name, conversation, location, contact, channel, state, attempt, first_at, last_at, due_at, message_ids)
            SELECT 'second', b.conversation, b.location, b.contact, b.channel, 1, 1, m.received_at, m.received_at, m.received_at, ARRAY[m.id]
            FROM lull.batches b, lull.messages m WHERE b.contact = 'released' AND m.contact = 'open';
            UPDATE lull.messages m SET contact = 'released', batch = b.id, conversation = b.conversation FROM lull.batches b WHERE m.contact = 'open' AND b.name = 'second';
            INSERT INTO lull.steps (batch, id, name, attempt) SELECT id, 1, 'claimed', 1 FROM lull.batches WHERE name = 'second'
            """
        },
        { "step_orphan", "INSERT INTO lull.steps (batch, id, name, attempt) VALUES (999, 1, 'claimed', 1)" },
        { "steps_run_backwards", $"UPDATE lull.steps SET attempt = 2 WHERE name = 'claimed' AND batch = {Of}'recorded')" },
        { "silence_orphan", "INSERT INTO lull.silences (location, contact, reason, since) VALUES ('default', 'nobody', 'paused', 0)" },
        { "conversation_key_disagrees", "UPDATE lull.messages SET conversation = conversation + 1 WHERE contact = 'open'" },
        { "conversation_key_disagrees", "UPDATE lull.batches SET conversation = conversation + 1 WHERE contact = 'held'" },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_in_which_everything_happened_are_clean_and_counted()
    {
        await using var rows = await LivedAsync();

        var report = await AuditAsync(rows);

        Assert.Empty(report.Violations.Select(violation => violation.Text));
        Assert.True(report.IsClean);
        Assert.Equal("batched 23, duplicate 1, recorded 1", Counts(report.Webhooks));
        Assert.Equal("answered 6, dead_lettered 2, held 2, open 9, suppressed 4", Counts(report.Messages));
        Assert.Equal("answered 3, dead_lettered 1, held 1, released 1, reopened 1, sending 1, suppressed 2, unknown 1", Counts(report.Batches));
        Assert.Equal("delivered 1, recorded 2, refused 1, sending 1, unknown 1", Counts(report.Deliveries));
    }

    [Fact]
    public async Task A_copy_that_came_after_the_clock_was_set_back_is_no_violation()
    {
        await using var rows = await LivedAsync();
        await rows.ExecuteAsync("UPDATE lull.messages SET id = duplicate_of - (60000 << 20) WHERE outcome = 2");

        Assert.Empty((await AuditAsync(rows)).Violations.Select(violation => violation.Text));
    }

    [Fact]
    public async Task Every_damage_is_found_as_exactly_what_it_is()
    {
        await using var rows = await LivedAsync();
        await rows.ExecuteAsync("DROP INDEX lull.batches_unfinished");
        await rows.ExecuteAsync("CREATE SCHEMA kept; " + Each(table => $"CREATE TABLE kept.{table} AS TABLE lull.{table};"));

        foreach (var (kind, damage) in Damages.Select(row => row.Data))
        {
            await rows.ExecuteAsync(damage);

            var report = await AuditAsync(rows);

            Assert.Equal((damage, kind), (damage, string.Join(' ', report.Violations.Select(violation => violation.Kind).Distinct())));
            Assert.All(report.Violations, violation => Assert.NotEmpty(violation.Ids));
            Assert.All(report.Violations, violation => Assert.All(violation.Ids, id => Assert.Contains(id, violation.Text, StringComparison.Ordinal)));
            await rows.ExecuteAsync(Each(table => $"TRUNCATE lull.{table}; INSERT INTO lull.{table} SELECT * FROM kept.{table};"));
        }
    }

    [Fact]
    public void Every_rule_has_its_damage()
        => Assert.Equal(
            ((IEnumerable<AuditRule>)
            [
                .. MessageRules.All(AuditDialect.Postgres), .. BatchRules.All(AuditDialect.Postgres), .. DeliveryRules.All, .. OtherRules.All(AuditDialect.Postgres),
                .. NodeRules.All, NodeRules.Key,
            ]).Select(rule => rule.Kind).Order(),
            Damages.Select(damage => damage.Data.Item1).Distinct().Order());

    [Fact]
    public async Task All_violations_are_counted_and_the_first_are_listed()
    {
        await using var rows = await LivedAsync();
        await rows.ExecuteAsync("UPDATE lull.batches SET attempt = attempt + 1");

        var report = await AuditAsync(rows, limit: 3);

        Assert.Equal((3, 11), (report.Violations.Count, report.ViolationCount));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_is_clean_at_every_moment_of_the_work_of_two_nodes(bool throughPgBouncer)
    {
        await using var nodes = await PostgresNodes.CreateAsync(TimeProvider.System, throughPgBouncer);
        IReadOnlyList<IMessageStore> stores = [await nodes.OpenAsync(), await nodes.OpenAsync()];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var work = Task.WhenAll(stores.Select((store, node) => WorkAsync(store, node, stop.Token)));

        long seen = 0;
        for (var audits = 0; audits < 20 || seen < 50; audits++)
        {
            var report = await stores[audits % 2].AuditAsync(100, Cancellation);
            Assert.Empty(report.Violations.Select(violation => violation.Text));
            seen = report.Webhooks.GetValueOrDefault("batched");
            Assert.False(work.IsFaulted, work.Exception?.ToString());
        }

        await stop.CancelAsync();
        await work;
    }

    [Fact]
    public async Task A_running_server_audits_itself_through_PgBouncer()
    {
        await using var rows = await LivedAsync();
        await rows.ExecuteAsync("UPDATE lull.batches SET reply = NULL WHERE contact = 'recorded'; UPDATE lull.batches SET reason = NULL WHERE contact = 'held'");
        await using var lull = await RunningLull.StartAsync(
            null, ("DATABASE_URL", await rows.UrlThroughPgBouncerAsync()), ("PAUSED", "true"), ("RETENTION_DAYS", "0"), ("JOURNAL_RETENTION_DAYS", "0"));

        var audit = await lull.Client.GetFromJsonAsync<JsonElement>("/audit", Cancellation);

        Assert.False(audit.GetProperty("clean").GetBoolean());
        Assert.Equal(
            ["batch_without_reason", "batch_without_reply"], audit.GetProperty("violations").EnumerateArray().Select(violation => violation.GetProperty("kind").GetString()).Order());
    }

    [Fact]
    public async Task An_audit_holds_up_no_writer_and_sees_one_moment()
    {
        await using var rows = await LivedAsync();

        var seen = await rows.ReadAsync(async sql =>
        {
            var before = await sql.NumberAsync("SELECT count(*) FROM lull.messages");
            await rows.SayAsync("meanwhile", RowsUnderTest.Start.AddMinutes(5));
            return (before, await sql.NumberAsync("SELECT count(*) FROM lull.messages"));
        });

        Assert.Equal(seen.Item1, seen.Item2);
        Assert.Equal(24, (await AuditAsync(rows)).Webhooks["batched"]);
    }

    /// <summary>Twelve contacts, each named after what became of its messages.</summary>
    internal static async Task<RowsUnderTest> LivedAsync()
    {
        var rows = await RowsUnderTest.CreateAsync();
        var at = RowsUnderTest.Start;
        await rows.BatchAsync("recorded", BatchState.Answered, at, "recorded");
        await rows.BatchAsync("rehearsed", BatchState.Answered, at, "recorded", isRehearsal: true);
        await rows.BatchAsync("delivered", BatchState.Answered, at, "delivered");
        await rows.BatchAsync("refused", BatchState.Suppressed, at, "refused", "DND");
        await rows.BatchAsync("unknown", BatchState.Unknown, at, "unknown");
        await rows.BatchAsync("sending", BatchState.Sending, at, "sending");
        await rows.BatchAsync("held", BatchState.Held, at, reason: "not fit");
        await rows.BatchAsync("dead", BatchState.DeadLettered, at, reason: "400");
        await rows.BatchAsync("reopened", BatchState.Reopened, at, reason: "given back by the operator");
        await rows.BatchAsync("released", BatchState.Released, at);
        await rows.BatchAsync("suppressed", BatchState.Suppressed, at, reason: "paused");
        await rows.SayAsync("open", at.AddSeconds(50));
        await rows.SayAsync("delivered", at.AddSeconds(50), outcome: WebhookOutcome.Duplicate);
        await rows.SayAsync("recorded", at.AddSeconds(50), outcome: WebhookOutcome.Recorded);
        return rows;
    }

    private static Task<AuditReport> AuditAsync(RowsUnderTest rows, int limit = 100) => new PostgresAudit(rows.Database, TimeProvider.System).AuditAsync(limit, Cancellation);

    /// <summary>Two contacts that both nodes hear, force and claim at the same time, and one of each node's own.</summary>
    private static async Task WorkAsync(IMessageStore store, int node, CancellationToken stop)
    {
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            foreach (var contact in (string[])["shared-0", "shared-1", $"own-{node}-{n}"])
            {
                await store.AppendAsync(AuditedStore.Arrival(contact), Cancellation);
                await store.ForceAsync(RowsUnderTest.Contact(contact), Cancellation);
                await store.ClaimAsync(RowsUnderTest.Contact(contact), new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), 1), TimeSpan.FromHours(6), Cancellation);
            }
        }
    }

    private static string Each(Func<string, string> statement)
        => string.Concat(((string[])["messages", "batches", "steps", "deliveries", "contacts", "silences"]).Select(statement));

    private static string Counts(IReadOnlyDictionary<string, long> counts) => string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"));
}
