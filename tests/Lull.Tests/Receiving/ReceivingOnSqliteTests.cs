using System.Net;
using Lull.Receiving;
using Lull.Storage.Sqlite;
using Lull.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Receiving;

public sealed class ReceivingOnSqliteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Duplicates_journal_and_replay_agree_with_the_real_store()
    {
        var window = new BurstWindowSettings(TimeSpan.FromSeconds(30), MaxWait: null, MaxMessages: 50, IsDefault: true);
        await using var server = await ReceivingServer.StartAsync(configure: services => services.AddSqliteStorage(new() { DataDirectory = _folder.Path, MinFreeBytes = 0 }, window));
        await server.Services.GetRequiredService<IMessageStore>().OpenAsync(Deadline);

        using var check = await server.Client.GetAsync("/test-webhook", Deadline);
        using var first = await server.PostAsync("""{"type":"contact.reply","contact":{"id":"c"},"message":{"id":"m","content":"hi"}}""");
        using var copy = await server.PostAsync("""{"type":"contact.reply","contact":{"id":"c"},"message":{"id":"m","content":"hi"}}""");
        using var words = await server.PostAsync("""{"contact_id":"w","message":"same words"}""");
        using var again = await server.PostAsync("""{"contact_id":"w","message":"same words"}""");
        using var bad = await server.PostAsync("{");
        server.Time.Advance(TimeSpan.FromSeconds(61));
        using var later = await server.PostAsync("""{"contact_id":"w","message":"same words"}""");

        Assert.Equal(HttpStatusCode.OK, check.StatusCode);
        Assert.Equal(["batched", "duplicate", "batched", "duplicate", "batched"],
            [await first.OutcomeAsync(), await copy.OutcomeAsync(), await words.OutcomeAsync(), await again.OutcomeAsync(), await later.OutcomeAsync()]);
        using var journal = await server.Client.GetAsync("/webhooks?after=0", Deadline);
        var lines = (await journal.JsonAsync()).GetProperty("webhooks").EnumerateArray().ToList();
        Assert.Equal(["batched", "duplicate", "batched", "duplicate", "rejected", "batched"], lines.Select(line => line.GetProperty("outcome").GetString()));
        using var replay = await server.Client.PostAsync($"/webhooks/{lines[0].GetProperty("id").GetString()}/replay", null, Deadline);
        Assert.Equal(HttpStatusCode.Conflict, replay.StatusCode);
    }
}
