using Lull.Delivering;
using Lull.Hosting;
using Lull.Hosting.Crashing;
using Lull.Replying;
using Lull.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Hosting.Crashing;

/// <summary>The seam that lets a process die: not there unless it is asked for.</summary>
public sealed class CrashSetupTests
{
    [Fact]
    public async Task Without_crash_points_the_seams_are_the_rooms_own()
    {
        using var folder = new TemporaryFolder();
        await using var app = LullHost.Build(SettingsOf.Read(("PORT", "0"), ("DATA_DIR", folder.Path)));

        Assert.IsType<SqliteMessageStore>(app.Services.GetRequiredService<IMessageStore>());
        Assert.IsType<RehearsalWriter>(app.Services.GetRequiredService<IReplyWriter>());
        Assert.IsType<UnconfiguredSender>(app.Services.GetRequiredService<IReplySender>());
    }

    [Fact]
    public async Task A_point_that_throws_fails_the_call_it_names_and_no_other()
    {
        using var folder = new TemporaryFolder();
        await using var app = LullHost.Build(SettingsOf.Read(("PORT", "0"), ("DATA_DIR", folder.Path), ("LULL_CRASH_AT", "pause:throws:2")));
        var store = app.Services.GetRequiredService<IMessageStore>();
        await store.OpenAsync(TestContext.Current.CancellationToken);

        await store.PauseAsync(null, "first", TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.PauseAsync(null, "second", TestContext.Current.CancellationToken));
        await store.PauseAsync("loc1", "third", TestContext.Current.CancellationToken);

        Assert.Equal(["first", "third"], (await app.Services.GetRequiredService<ISilences>().PausesAsync(TestContext.Current.CancellationToken)).Select(pause => pause.Reason).Order());
    }

    [Theory]
    [InlineData("claim:before", "claim:before:1")]
    [InlineData("fence.send:after:2", "fence.send:after:2")]
    [InlineData("end.dead-lettered:after@ann", "end.dead-lettered:after:1@ann")]
    public void A_point_is_written_as_it_is_read(string text, string expected) => Assert.Equal(expected, CrashPoint.Parse(text).ToString());
}
