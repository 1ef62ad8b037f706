using System.Collections.Concurrent;
using System.Diagnostics;
using Lull.Tests.EndToEnd.Cluster;
using Lull.Tests.Harness;
using Lull.Tests.Harness.Postgres;

namespace Lull.Tests.EndToEnd.Moving;

/// <summary>A server that is started on what was copied while another one worked: by Lull's own commands, by PostgreSQL's tools, and into another store.</summary>
public sealed class RestoringTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_taken_under_load_holds_all_that_was_acknowledged_before_it_and_answers_what_was_open_once()
    {
        await using var world = await OneLull.CreateAsync();
        var first = world.Lull();
        await first.StartAsync();
        await world.AnsweredAsync(first, "ann", "answered");
        world.Model.Otherwise = _ => ModelAnswer.Says("never sent").After(new Gate());
        Assert.True(await first.SayAsync("open", "bea", "id-open"));
        await world.Model.WaitForCallsAsync(call => call.Burst.Contains("open", StringComparison.Ordinal), 1, SeveralNodes.Soon);
        ConcurrentQueue<int> said = [];
        var saying = SayUntilKilledAsync(first, said);
        await SeveralNodes.UntilAsync(() => Task.FromResult(said.Count), count => count >= 50, "nothing is taken");
        int[] before = [.. said];

        await world.RunAsync(["backup", "copy.db"], "Audited and clean", ("DATA_DIR", Path.Combine(first.Folder, "data")));
        await first.KillAsync();
        await saying;

        var data = Path.Combine(world.Folder.Path, "restored");
        Directory.CreateDirectory(data);
        File.Move(Path.Combine(world.Folder.Path, "copy.db"), Path.Combine(data, "lull.db"));
        await world.RunAsync(["audit"], "Clean: ", ("DATA_DIR", data));
        world.Model.Otherwise = _ => ModelAnswer.Echo;
        var second = world.Lull();
        await second.StartAsync(data);

        await world.UntilAnsweredAsync(second, "bea", "open");
        await AllAreThereAsync(second, before);
        Assert.Equal("answered", (await OneLull.FateAsync(second, "ann", "answered")).GetProperty("state").GetString());
        Assert.Single(world.Ghl.SentTo("ann"));
        Assert.DoesNotContain(world.Ghl.Sent, sent => sent.Body.Contains("never sent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_open_in_a_backup_and_has_become_stale_is_held()
    {
        await using var world = await OneLull.CreateAsync();
        var first = world.Lull(("MESSAGE_BATCH_WAIT_TIME", "300"), ("MESSAGE_BATCH_MAX_WAIT", "600"));
        await first.StartAsync();
        Assert.True(await first.SayAsync("open", "bea", "id-open"));
        await world.RunAsync(["backup", "copy.db"], "Audited and clean", ("DATA_DIR", Path.Combine(first.Folder, "data")));
        await first.KillAsync();

        var data = Path.Combine(world.Folder.Path, "restored");
        Directory.CreateDirectory(data);
        File.Move(Path.Combine(world.Folder.Path, "copy.db"), Path.Combine(data, "lull.db"));
        Age(Path.Combine(data, "lull.db"), TimeSpan.FromHours(7));
        var second = world.Lull();
        await second.StartAsync(data);

        await SeveralNodes.UntilAsync(
            () => second.GetAsync("/held"), held => held.ToString().Contains("bea", StringComparison.Ordinal), "it is not held");
        Assert.Empty(world.Ghl.Sent);
    }

    [Fact]
    public async Task A_moved_store_answers_what_was_open_once_and_shows_and_knows_what_it_did_before()
    {
        await using var world = await OneLull.CreateAsync();
        var first = world.Lull();
        await first.StartAsync();
        await world.AnsweredAsync(first, "ann", "answered");
        string[] paths = [$"/messages/{(await OneLull.FateAsync(first, "ann", "answered")).GetProperty("id").GetString()}", "/conversations/ann", "/batch-status/ann"];
        var shown = await Task.WhenAll(paths.Select(path => OneLull.ShownAsync(first, path)));
        var held = ModelAnswer.Says("never sent").After(new Gate());
        world.Model.Otherwise = _ => held;
        Assert.True(await first.SayAsync("replying", "bea", "id-replying"));
        await world.Model.WaitForCallsAsync(call => call.Burst.Contains("replying", StringComparison.Ordinal), 1, SeveralNodes.Soon);
        Assert.True(await first.SayAsync("waiting 👩‍👩‍👧", "cleo", "id-waiting 👩‍👩‍👧"));
        var journal = await OneLull.ShownAsync(first, "/webhooks?limit=100");
        await first.KillAsync();

        await using var database = await TestDatabase.CreateAsync();
        await world.RunAsync(
            ["migrate", "--from-sqlite", Path.Combine(first.Folder, "data", "lull.db")], "Moved 3 webhooks", ("DATABASE_URL", database.Url));
        world.Model.Otherwise = _ => ModelAnswer.Echo;
        var second = world.Lull(("DATABASE_URL", database.Url));
        await second.StartAsync();

        Assert.Equal(shown, await Task.WhenAll(paths.Select(path => OneLull.ShownAsync(second, path))));
        Assert.Equal(journal, await OneLull.ShownAsync(second, "/webhooks?limit=100"));
        await world.UntilAnsweredAsync(second, "bea", "replying");
        await world.UntilAnsweredAsync(second, "cleo", "waiting 👩‍👩‍👧");
        var again = await second.AskAsync("/webhook", new { type = "contact.reply", contact = new { id = "ann" }, message = new { id = "id-answered", text = "answered" } });
        Assert.Contains("duplicate", again.ToString(), StringComparison.OrdinalIgnoreCase);
        await world.RunAsync(["audit"], "Clean: ", ("DATABASE_URL", database.Url));
        Assert.Single(world.Ghl.SentTo("ann"));
    }

    [Fact]
    public async Task What_pg_dump_copies_while_a_node_writes_is_a_whole_store()
    {
        await using var world = await OneLull.CreateAsync();
        await using var database = await TestDatabase.CreateAsync();
        var first = world.Lull(("DATABASE_URL", database.Url), ("CLUSTER_ADDRESS", "127.0.0.1"), ("CLUSTER_PORT", $"{ServerTools.FreePort()}"));
        await first.StartAsync();
        await world.AnsweredAsync(first, "ann", "answered");
        world.Model.Otherwise = _ => ModelAnswer.Says("never sent").After(new Gate());
        Assert.True(await first.SayAsync("open", "bea", "id-open"));
        await world.Model.WaitForCallsAsync(call => call.Burst.Contains("open", StringComparison.Ordinal), 1, SeveralNodes.Soon);
        ConcurrentQueue<int> said = [];
        var saying = SayUntilKilledAsync(first, said);
        await SeveralNodes.UntilAsync(() => Task.FromResult(said.Count), count => count >= 50, "nothing is taken");
        int[] before = [.. said];

        var (dump, restore) = await LinesAsync(world, database);
        await ShellAsync(world, dump);
        await first.KillAsync();
        await saying;
        await using var restored = await TestDatabase.CreateAsync();
        await ShellAsync(world, restore.Replace(database.Name, restored.Name, StringComparison.Ordinal));

        Assert.Equal(0, await restored.QueryAsync<long>("SELECT count(*) FROM lull_cluster.members"));
        await world.RunAsync(["audit"], "Clean: ", ("DATABASE_URL", restored.Url));
        world.Model.Otherwise = _ => ModelAnswer.Echo;
        var second = world.Lull(("DATABASE_URL", restored.Url), ("CLUSTER_ADDRESS", "127.0.0.1"), ("CLUSTER_PORT", $"{ServerTools.FreePort()}"));
        await second.StartAsync();
        await world.UntilAnsweredAsync(second, "bea", "open");
        await AllAreThereAsync(second, before);
        Assert.Equal("answered", (await OneLull.FateAsync(second, "ann", "answered")).GetProperty("state").GetString());
        Assert.Single(world.Ghl.SentTo("ann"));
    }

    /// <summary>One message after another until nobody takes them any more; each that was acknowledged is noted.</summary>
    private static async Task SayUntilKilledAsync(LullProcess lull, ConcurrentQueue<int> acknowledged)
    {
        for (var number = 0; await lull.SayAsync($"c{number}", $"cleo{number % 20}", $"id-c{number}"); number++)
        {
            acknowledged.Enqueue(number);
        }
    }

    private static async Task AllAreThereAsync(LullProcess lull, int[] acknowledged)
    {
        Assert.NotEmpty(acknowledged);
        foreach (var number in acknowledged)
        {
            Assert.Contains((await OneLull.FateAsync(lull, $"cleo{number % 20}", $"c{number}")).GetProperty("state").GetString(), (string[])["open", "waiting", "replying", "delivering", "answered"]);
        }
    }

    /// <summary>As if everything in the file had happened earlier.</summary>
    private static void Age(string file, TimeSpan by)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        var (earlier, ids) = ((long)by.TotalMilliseconds, (long)by.TotalMilliseconds << 20);
        command.CommandText = FormattableString.Invariant($"UPDATE messages SET id = id - {ids}, received_at = received_at - {earlier}");
        command.ExecuteNonQuery();
    }

    /// <summary>The two lines that <c>lull backup</c> prints.</summary>
    private static async Task<(string Dump, string Restore)> LinesAsync(OneLull world, TestDatabase database)
    {
        using var command = Hosting.StartedCommand.Start(world.Folder.Path, ["backup", "lull.dump"], ("DATABASE_URL", database.Url));
        var (_, error) = await command.EndAsync();
        var lines = error.Split('\n', StringSplitOptions.TrimEntries);
        return (lines.Single(line => line.StartsWith("pg_dump ", StringComparison.Ordinal)), lines.Single(line => line.StartsWith("pg_restore ", StringComparison.Ordinal)));
    }

    private static async Task ShellAsync(OneLull world, string line)
    {
        var tool = ServerTools.Find(line[..line.IndexOf(' ', StringComparison.Ordinal)]);
        var start = new ProcessStartInfo("sh", ["-c", tool + line[line.IndexOf(' ', StringComparison.Ordinal)..]]) { WorkingDirectory = world.Folder.Path, RedirectStandardError = true };
        start.Environment["PGPASSWORD"] = PostgresServer.Password;
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, $"{line}\n{error}");
    }
}
