using Lull.Storage.Ledger.Auditing;
using Microsoft.Data.Sqlite;

namespace Lull.Tests.Storage;

public sealed class SqliteAuditTests
{
    private const string Of = "(SELECT id FROM batches WHERE contact = ";
    private const string First = "(SELECT MIN(id) FROM messages WHERE contact = ";

    /// <summary>For each kind of violation: damage that breaks this rule and no other.</summary>
    public static TheoryData<string, string> Damages { get; } = new()
    {
        { "message_unknown_outcome", $"UPDATE messages SET outcome = 9 WHERE contact = 'open'" },
        { "message_incomplete", "UPDATE messages SET channel = NULL WHERE contact = 'open'" },
        { "webhook_in_batch", $"UPDATE messages SET outcome = 4 WHERE id = {First}'recorded')" },
        { "message_batch_missing", $"UPDATE messages SET batch = 999, origin = 1 WHERE id = {First}'held')" },
        { "message_in_foreign_batch", $"UPDATE messages SET contact = 'somebody' WHERE id = {First}'recorded')" },
        { "message_on_foreign_lane", $"UPDATE messages SET channel = 'WhatsApp' WHERE id = {First}'recorded')" },
        { "message_unlisted", $"UPDATE messages SET batch = {Of}'held') WHERE contact = 'open'; UPDATE messages SET contact = 'held' WHERE contact = 'open'" },
        { "message_left_behind", $"UPDATE messages SET batch = {Of}'reopened') WHERE id = {First}'reopened')" },
        { "duplicate_unlawful", "UPDATE messages SET duplicate_of = NULL WHERE outcome = 2" },
        { "duplicate_unlawful", "UPDATE messages SET duplicate_of = id WHERE outcome = 2" },
        { "webhook_without_reason", "UPDATE messages SET reason = NULL WHERE outcome = 3" },
        { "batch_unknown_state", "UPDATE batches SET state = 7 WHERE contact = 'unknown'; DELETE FROM deliveries WHERE state = 'unknown'" },
        { "batch_without_messages", "UPDATE messages SET batch = NULL, origin = batch WHERE contact = 'held'; UPDATE batches SET message_ids = '[]' WHERE contact = 'held'" },
        { "batch_without_messages", "UPDATE messages SET batch = NULL, origin = batch WHERE contact = 'held'; UPDATE batches SET message_ids = 'broken' WHERE contact = 'held'" },
        { "batch_lists_twice", "UPDATE batches SET message_ids = replace(message_ids, ']', ',' || json_extract(message_ids, '$[0]') || ']') WHERE contact = 'recorded'" },
        { "batch_list_disagrees", $"UPDATE messages SET batch = NULL WHERE id = {First}'recorded')" },
        { "batch_list_disagrees", $"UPDATE messages SET batch = NULL, origin = batch WHERE id = {First}'delivered')" },
        { "batch_list_disagrees", $"UPDATE messages SET batch = NULL WHERE id = {First}'held')" },
        { "batch_list_disagrees", $"DELETE FROM messages WHERE id = {First}'released')" },
        { "batch_first_last_disagree", "UPDATE batches SET last_at = last_at + 1 WHERE contact = 'recorded'" },
        { "batch_times_impossible", "UPDATE batches SET due_at = first_at - 1 WHERE contact = 'recorded'" },
        { "batch_end_disagrees", "UPDATE batches SET ended_at = NULL WHERE contact = 'recorded'" },
        { "batch_end_disagrees", "UPDATE batches SET ended_at = due_at WHERE contact = 'released'" },
        { "batch_without_reason", "UPDATE batches SET reason = NULL WHERE contact = 'held'" },
        { "batch_without_reply", "UPDATE batches SET reply = NULL WHERE contact = 'recorded'" },
        { "batch_stuck", "UPDATE batches SET running = 0 WHERE contact = 'sending'" },
        { "batch_running_at_rest", "UPDATE batches SET running = 1 WHERE contact = 'released'" },
        { "batch_counts_impossible", "UPDATE batches SET restarts = 3 WHERE contact = 'released'" },
        { "batch_counts_impossible", "UPDATE batches SET lost = 2 WHERE contact = 'recorded'" },
        { "batch_history_disagrees", $"DELETE FROM steps WHERE batch = {Of}'recorded')" },
        { "batch_history_disagrees", $"DELETE FROM steps WHERE name = 'answered' AND batch = {Of}'recorded')" },
        { "batch_history_disagrees", "UPDATE batches SET attempt = attempt + 1 WHERE contact = 'recorded'" },
        { "batch_of_unknown_contact", "DELETE FROM contacts WHERE contact = 'recorded'" },
        { "answer_without_delivery", $"DELETE FROM deliveries WHERE batch = {Of}'recorded')" },
        { "answer_without_delivery", $"UPDATE deliveries SET state = 'not_sent' WHERE batch = {Of}'recorded')" },
        { "delivery_without_answer", $"UPDATE deliveries SET state = 'delivered' WHERE batch = {Of}'refused')" },
        { "intent_missing", $"DELETE FROM deliveries WHERE batch = {Of}'sending')" },
        { "intent_missing", $"UPDATE deliveries SET state = 'not_sent' WHERE batch = {Of}'unknown')" },
        { "intent_forgotten", $"UPDATE deliveries SET state = 'sending' WHERE batch = {Of}'refused')" },
        { "delivery_part_missing", $"UPDATE deliveries SET part = 2 WHERE batch = {Of}'recorded')" },
        { "rehearsal_sent", $"UPDATE deliveries SET state = 'delivered' WHERE batch = {Of}'rehearsed')" },
        { "delivery_orphan", "INSERT INTO deliveries (batch, part, state, location, intent_at) VALUES (999, 1, 'delivered', 'default', 0)" },
        { "delivery_unknown_state", $"UPDATE deliveries SET state = 'lost' WHERE batch = {Of}'refused')" },
        { "delivery_of_foreign_location", $"UPDATE deliveries SET location = 'elsewhere' WHERE batch = {Of}'recorded')" },
        { "delivery_id_unlawful", $"UPDATE deliveries SET external_id = 'ghl-2' WHERE batch = {Of}'refused')" },
        { "delivery_times_impossible", $"UPDATE deliveries SET ended_at = intent_at - 1 WHERE batch = {Of}'delivered')" },
        {
            "conversation_has_two_batches",
            """
            INSERT INTO batches (name, conversation, location, contact, channel, state, attempt, first_at, last_at, due_at, message_ids)
            SELECT 'second', b.conversation, b.location, b.contact, b.channel, 1, 1, m.received_at, m.received_at, m.received_at, '[' || m.id || ']'
            FROM batches b, messages m WHERE b.contact = 'released' AND m.contact = 'open';
            UPDATE messages SET contact = 'released', batch = last_insert_rowid() WHERE contact = 'open';
            INSERT INTO steps (batch, id, name, attempt) SELECT id, 1, 'claimed', 1 FROM batches WHERE name = 'second'
            """
        },
        { "step_orphan", "INSERT INTO steps (batch, id, name, attempt) VALUES (999, 1, 'claimed', 1)" },
        { "steps_run_backwards", $"UPDATE steps SET attempt = 2 WHERE name = 'claimed' AND batch = {Of}'recorded')" },
        { "silence_orphan", "INSERT INTO silences (location, contact, reason, since) VALUES ('default', 'nobody', 'paused', 0)" },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_open_message_with_an_address_is_lawful()
    {
        await using var audited = await AuditedStore.CreateAsync();
        audited.Damage("UPDATE messages SET address = '+15550100' WHERE contact = 'open'");

        Assert.Empty((await audited.AuditAsync()).Violations);
    }

    [Fact]
    public async Task A_store_in_which_everything_happened_is_clean_and_counted()
    {
        await using var audited = await AuditedStore.CreateAsync();

        var report = await audited.AuditAsync();

        Assert.Empty(report.Violations.Select(violation => violation.Text));
        Assert.True(report.IsClean);
        Assert.Equal("batched 23, duplicate 1, recorded 1", Counts(report.Webhooks));
        Assert.Equal("answered 6, dead_lettered 2, held 2, open 9, suppressed 4", Counts(report.Messages));
        Assert.Equal("answered 3, dead_lettered 1, held 1, released 1, reopened 1, sending 1, suppressed 2, unknown 1", Counts(report.Batches));
        Assert.Equal("delivered 1, recorded 2, refused 1, sending 1, unknown 1", Counts(report.Deliveries));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Damage_is_found_as_exactly_what_it_is(string kind, string damage)
    {
        await using var audited = await AuditedStore.CreateAsync();

        audited.Damage(damage);

        var report = await audited.AuditAsync();
        Assert.Equal([kind], report.Violations.Select(violation => violation.Kind).Distinct());
        Assert.All(report.Violations, violation => Assert.NotEmpty(violation.Ids));
        Assert.All(report.Violations, violation => Assert.All(violation.Ids, id => Assert.Contains(id, violation.Text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_rule_has_its_damage()
        => Assert.Equal(
            ((IEnumerable<AuditRule>)[.. MessageRules.All(AuditDialect.Sqlite), .. BatchRules.All(AuditDialect.Sqlite), .. DeliveryRules.All, .. OtherRules.All(AuditDialect.Sqlite)]).Select(rule => rule.Kind).Order(),
            Damages.Select(damage => damage.Data.Item1).Distinct().Order());

    [Fact]
    public async Task All_violations_are_counted_and_the_first_are_listed()
    {
        await using var audited = await AuditedStore.CreateAsync();
        audited.Damage("UPDATE batches SET attempt = attempt + 1");

        var report = await audited.AuditAsync(limit: 3);

        Assert.Equal((3, 11), (report.Violations.Count, report.ViolationCount));
    }

    [Fact]
    public async Task A_store_is_clean_at_every_moment_of_its_work()
    {
        await using var audited = await AuditedStore.CreateAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var work = Task.Run(
            async () =>
            {
                for (var n = 0; !stop.IsCancellationRequested; n++)
                {
                    await audited.SayAsync($"contact-{n}");
                    await audited.Store.ForceAsync(AuditedStore.Contact($"contact-{n}"), Cancellation);
                    await audited.Store.ClaimAsync(AuditedStore.Contact($"contact-{n}"), new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), 1), TimeSpan.FromHours(6), Cancellation);
                }

                return 0;
            },
            Cancellation);

        long seen = 0;
        for (var audits = 0; audits < 20 || seen < 50; audits++)
        {
            var report = await audited.AuditAsync();
            Assert.Empty(report.Violations.Select(violation => violation.Text));
            seen = report.Webhooks["batched"];
        }

        await stop.CancelAsync();
        await work;
    }

    [Fact]
    public async Task An_audit_holds_up_no_writer_and_changes_no_table()
    {
        await using var audited = await AuditedStore.CreateAsync();
        using var reader = new Lull.Storage.Sqlite.SqliteDatabase(new() { DataDirectory = audited.Folder }).OpenForAudit();
        reader.Execute("BEGIN");
        var before = reader.Number("SELECT COUNT(*) FROM messages");

        await audited.SayAsync("meanwhile");

        Assert.Equal(before, reader.Number("SELECT COUNT(*) FROM messages"));
        Assert.Throws<SqliteException>(() => reader.Execute("DELETE FROM messages"));
    }

    private static string Counts(IReadOnlyDictionary<string, long> counts) => string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"));
}
