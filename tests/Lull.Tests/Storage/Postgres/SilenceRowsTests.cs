using Lull.Storage.Postgres;

namespace Lull.Tests.Storage.Postgres;

public sealed class SilenceRowsTests
{
    private static readonly DateTimeOffset Now = RowsUnderTest.Start;
    private static readonly ConversationId Ann = RowsUnderTest.Contact("ann");

    [Fact]
    public async Task A_silence_is_in_force_until_it_ends_or_is_ended()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.WriteAsync(sql => SilenceRows.AddAsync(sql, Ann, "human", Now.AddMinutes(1), Now));
        await rows.WriteAsync(sql => SilenceRows.AddAsync(sql, Ann, "opt_out", null, Now.AddSeconds(1)));

        Assert.Equal("human", await rows.ReadAsync(sql => SilenceRows.ReasonAsync(sql, Ann, Now)));
        Assert.Equal("opt_out", await rows.ReadAsync(sql => SilenceRows.ReasonAsync(sql, Ann, Now.AddMinutes(1))));
        Assert.Equal(2, (await rows.ReadAsync(sql => SilenceRows.InForceAsync(sql, Ann, Now))).Count);
        Assert.True(await rows.WriteAsync(sql => SilenceRows.RemoveAsync(sql, Ann, "opt_out")));
        Assert.False(await rows.WriteAsync(sql => SilenceRows.RemoveAsync(sql, Ann, "opt_out")));
        Assert.Null(await rows.ReadAsync(sql => SilenceRows.ReasonAsync(sql, Ann, Now.AddMinutes(1))));
    }

    [Fact]
    public async Task Resuming_everything_leaves_a_locations_own_pause()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.WriteAsync(sql => SilenceRows.PauseAsync(sql, null, "all", Now));
        await rows.WriteAsync(sql => SilenceRows.PauseAsync(sql, "here", "one", Now));
        await rows.WriteAsync(sql => SilenceRows.PauseAsync(sql, "here", "again", Now));
        Assert.True(await rows.ReadAsync(sql => SilenceRows.IsPausedAsync(sql, "there")));

        await rows.WriteAsync(sql => SilenceRows.ResumeAsync(sql, null));

        Assert.False(await rows.ReadAsync(sql => SilenceRows.IsPausedAsync(sql, "there")));
        Assert.True(await rows.ReadAsync(sql => SilenceRows.IsPausedAsync(sql, "here")));
        Assert.Equal(new Pause("here", "one", Now), Assert.Single(await rows.ReadAsync(SilenceRows.PausesAsync)));
    }

    [Fact]
    public async Task A_fault_keeps_its_first_time()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await rows.WriteAsync(sql => FaultRows.SetAsync(sql, Faulted.Model, "401", null, Now));
        await rows.WriteAsync(sql => FaultRows.SetAsync(sql, Faulted.Model, "budget", Now.AddHours(1), Now.AddMinutes(1)));

        Assert.Equal(new Fault(Faulted.Model, "budget", Now, Now.AddHours(1)), Assert.Single(await rows.ReadAsync(FaultRows.AllAsync)));
        Assert.True(await rows.ReadAsync(sql => FaultRows.IsFaultedAsync(sql, Faulted.Model)));
        await rows.WriteAsync(sql => FaultRows.ClearAsync(sql, Faulted.Model));
        Assert.False(await rows.ReadAsync(sql => FaultRows.IsFaultedAsync(sql, Faulted.Model)));
    }

    [Fact]
    public async Task One_cause_is_told_once_in_a_while_whoever_meets_it()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => rows.WriteAsync(sql => AttentionRows.RaiseAsync(sql, "fault:model", "broken", Now))));
        var item = Assert.Single(await rows.ReadAsync(sql => AttentionRows.UntoldAsync(sql, 10)));
        Assert.Equal(20, item.Count);

        await rows.WriteAsync(sql => AttentionRows.ToldAsync(sql, item.Id, Now));
        await rows.WriteAsync(sql => AttentionRows.RaiseAsync(sql, "fault:model", "broken", Now.AddMinutes(1)));
        Assert.Empty(await rows.ReadAsync(sql => AttentionRows.UntoldAsync(sql, 10)));

        Assert.True(await rows.WriteAsync(sql => AttentionRows.ClearAsync(sql, item.Id, Now)));
        Assert.False(await rows.WriteAsync(sql => AttentionRows.ClearAsync(sql, item.Id, Now)));
        await rows.WriteAsync(sql => AttentionRows.RaiseAsync(sql, "fault:model", "again", Now.AddMinutes(2)));
        Assert.Empty(await rows.ReadAsync(sql => AttentionRows.UntoldAsync(sql, 10)));
        Assert.Equal("again", Assert.Single(await rows.ReadAsync(AttentionRows.OpenAsync)).Text);

        await rows.WriteAsync(sql => AttentionRows.RaiseAsync(sql, "fault:model", "still", Now.AddMinutes(20)));
        Assert.Single(await rows.ReadAsync(sql => AttentionRows.UntoldAsync(sql, 10)));
    }

    [Fact]
    public async Task Tokens_of_all_nodes_add_up_by_the_day()
    {
        await using var rows = await RowsUnderTest.CreateAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => rows.WriteAsync(sql => TokenRows.SpendAsync(sql, new(10, 1), wasted: true, Now.ToUnixTimeMilliseconds()))));

        Assert.Equal(112, await rows.WriteAsync(sql => TokenRows.SpendAsync(sql, new(1, 1), wasted: false, Now.ToUnixTimeMilliseconds())));
        Assert.Equal(2, await rows.WriteAsync(sql => TokenRows.SpendAsync(sql, new(1, 1), wasted: false, Now.AddDays(1).ToUnixTimeMilliseconds())));
        Assert.Equal(110, await rows.NumberAsync("SELECT wasted FROM lull.tokens ORDER BY day LIMIT 1"));
    }
}
