namespace Lull.Tests.Operating;

public sealed class RetentionTests
{
    [Fact]
    public async Task What_is_old_is_pruned_in_small_steps_once_an_hour()
    {
        await using var server = await OperatingServer.StartAsync(new() { RetentionDays = 365, JournalRetentionDays = 30 }, prepare: store => store.Prunable = 1_200);

        await server.MoveUntilAsync(() => server.Store.Prunes.Count >= 3, TimeSpan.FromSeconds(10));

        var first = server.Store.Prunes.First();
        Assert.Equal(500, first.Limit);
        Assert.Equal(TimeSpan.FromDays(335), first.Journal - first.Messages);
        Assert.Equal(0, server.Store.Prunable);
        await server.MoveUntilAsync(() => server.Store.Prunes.Count == 4, TimeSpan.FromMinutes(1));
        Assert.True(server.Store.Prunes.Last().Messages - first.Messages >= TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Zero_days_keep_for_ever()
    {
        await using var server = await OperatingServer.StartAsync(new() { RetentionDays = 0, JournalRetentionDays = 30 });

        await server.MoveUntilAsync(() => !server.Store.Prunes.IsEmpty, TimeSpan.FromSeconds(10));

        var prune = server.Store.Prunes.First();
        Assert.Null(prune.Messages);
        Assert.NotNull(prune.Journal);
    }
}
