using System.Net;
using Orleans;
using Orleans.Runtime;

namespace Lull.Tests.Hosting.Clustering;

/// <summary>The membership table keeps the contract of Orleans' <see cref="IMembershipTable"/>: what its own test suite asks of every table.</summary>
public sealed class PostgresMembershipTableTests
{
    private static readonly DateTime At = new(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc);

    private static int _generation;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_cluster_has_a_version_and_no_members(bool throughPgBouncer)
    {
        await using var database = await ClusterDatabase.CreateAsync(throughPgBouncer);
        var table = await OpenAsync(database);

        var read = await table.ReadAllAsync(Cancelled);

        Assert.Empty(read.Members);
        Assert.Equal(0, read.Version.Version);
        Assert.False(string.IsNullOrEmpty(read.Version.VersionEtag));
    }

    [Fact]
    public async Task A_member_is_read_as_it_was_written()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        var table = await OpenAsync(database);
        var written = Member();
        written.Status = SiloStatus.Active;
        written.RoleName = "role";
        written.UpdateZone = 3;
        written.FaultZone = 4;
        written.SuspectTimes = [Tuple.Create(Address(), At.AddSeconds(1)), Tuple.Create(SiloAddress.New(IPAddress.IPv6Loopback, 4, 5), At.AddTicks(7))];

        Assert.True(await table.InsertRowAsync(written, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));

        var (all, one) = (await table.ReadAllAsync(Cancelled), await table.ReadRowAsync(written.SiloAddress, Cancelled));
        Assert.Equal(1, all.Version.Version);
        Assert.Equal(all.Version, one.Version);
        Assert.Equal(written.ToFullString(), Assert.Single(all.Members).Item1.ToFullString());
        Assert.Equal(written.ToFullString(), Assert.Single(one.Members).Item1.ToFullString());
        var read = one.Members[0].Item1;
        Assert.Equal((3, 4), (read.UpdateZone, read.FaultZone));
        Assert.Equal(written.SuspectTimes, read.SuspectTimes!);
    }

    [Fact]
    public async Task A_member_that_is_not_there_is_read_as_none_with_the_version()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        var table = await OpenAsync(database);
        await table.InsertRowAsync(Member(), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled);

        var read = await table.ReadRowAsync(Address(), Cancelled);

        Assert.Empty(read.Members);
        Assert.Equal(1, read.Version.Version);
    }

    [Fact]
    public async Task An_insert_fails_for_an_old_version_and_for_a_member_that_is_there_and_changes_nothing()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        var table = await OpenAsync(database);
        var member = Member();
        var first = (await table.ReadAllAsync(Cancelled)).Version.Next();
        Assert.True(await table.InsertRowAsync(member, first, Cancelled));

        Assert.False(await table.InsertRowAsync(member, first, Cancelled), "the same member, an old version");
        Assert.False(await table.InsertRowAsync(Member(), first, Cancelled), "another member, an old version");
        Assert.False(await table.InsertRowAsync(member, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled), "the same member, the current version");

        var read = await table.ReadAllAsync(Cancelled);
        Assert.Equal(1, read.Version.Version);
        Assert.NotEqual(first.VersionEtag, read.Version.VersionEtag);
        Assert.Single(read.Members);
    }

    [Fact]
    public async Task An_update_needs_the_current_version_and_the_members_etag()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        var table = await OpenAsync(database);
        var member = Member();
        var old = (await table.ReadAllAsync(Cancelled)).Version.Next();
        await table.InsertRowAsync(member, old, Cancelled);
        var etag = (await table.ReadRowAsync(member.SiloAddress, Cancelled)).Members[0].Item2;
        member.Status = SiloStatus.Active;
        member.AddSuspector(Address(), At);

        Assert.False(await table.UpdateRowAsync(member, etag, old, Cancelled), "an old version");
        var current = (await table.ReadAllAsync(Cancelled)).Version.Next();
        Assert.True(await table.UpdateRowAsync(member, etag, current, Cancelled));
        Assert.False(await table.UpdateRowAsync(member, etag, current, Cancelled), "an old version and an old etag");
        Assert.False(await table.UpdateRowAsync(member, etag, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled), "an old etag");
        var after = await table.ReadRowAsync(member.SiloAddress, Cancelled);
        Assert.False(await table.UpdateRowAsync(member, after.Members[0].Item2, current, Cancelled), "the etag, but an old version");
        Assert.False(await table.UpdateRowAsync(Member(), after.Members[0].Item2, after.Version.Next(), Cancelled), "a member that is not there");

        var read = await table.ReadAllAsync(Cancelled);
        Assert.Equal(2, read.Version.Version);
        Assert.Equal(member.ToFullString(), Assert.Single(read.Members).Item1.ToFullString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_racing_writers_one_wins_each_version(bool throughPgBouncer)
    {
        await using var database = await ClusterDatabase.CreateAsync(throughPgBouncer);
        var table = await OpenAsync(database);
        var member = Member();
        var version = (await table.ReadAllAsync(Cancelled)).Version.Next();

        var inserted = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => database.Table().InsertRowAsync(member, version, Cancelled)));
        Assert.Single(inserted, won => won);

        await Task.WhenAll(Enumerable.Range(0, 19).Select(async _ =>
        {
            var own = database.Table();
            MembershipTableData read;
            do
            {
                read = await own.ReadAllAsync(Cancelled);
            }
            while (!await own.UpdateRowAsync(read.Members[0].Item1, read.Members[0].Item2, read.Version.Next(), Cancelled));
        }));

        var last = await table.ReadAllAsync(Cancelled);
        Assert.Equal(20, last.Version.Version);
        Assert.Single(last.Members);
    }

    [Fact]
    public async Task A_heartbeat_changes_the_time_only_and_outlives_an_update_that_had_not_seen_it()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        var table = await OpenAsync(database);
        var member = Member();
        await table.InsertRowAsync(member, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled);
        var before = await table.ReadRowAsync(member.SiloAddress, Cancelled);

        await table.UpdateIAmAliveAsync(new() { SiloAddress = member.SiloAddress, IAmAliveTime = At.AddMinutes(5) }, Cancelled);

        var after = await table.ReadRowAsync(member.SiloAddress, Cancelled);
        Assert.Equal(before.Version, after.Version);
        Assert.Equal(before.Members[0].Item2, after.Members[0].Item2);
        Assert.Equal(At.AddMinutes(5), after.Members[0].Item1.IAmAliveTime);

        Assert.True(await table.UpdateRowAsync(before.Members[0].Item1, before.Members[0].Item2, before.Version.Next(), Cancelled));
        Assert.Equal(At.AddMinutes(5), (await table.ReadRowAsync(member.SiloAddress, Cancelled)).Members[0].Item1.IAmAliveTime);
    }

    [Fact]
    public async Task Cleaning_removes_the_dead_whose_last_sign_of_life_or_death_is_old()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        var table = await OpenAsync(database);
        foreach (var status in Enum.GetValues<SiloStatus>())
        {
            var member = Member(status, At.AddDays(-10));
            Assert.True(await table.InsertRowAsync(member, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
        }

        var fresh = Member(SiloStatus.Dead, At);
        await table.InsertRowAsync(fresh, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled);
        var justFound = Member(SiloStatus.Dead, At.AddDays(-10));
        justFound.AddSuspector(Address(), At);
        await table.InsertRowAsync(justFound, (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled);

        await table.CleanupDefunctSiloEntriesAsync(At.AddDays(-3), Cancelled);

        var left = (await table.ReadAllAsync(Cancelled)).Members.Select(member => member.Item1).ToList();
        Assert.Equal(Enum.GetValues<SiloStatus>().Length + 1, left.Count);
        Assert.Equal(2, left.Count(member => member.Status == SiloStatus.Dead));
        Assert.Contains(left, member => member.SiloAddress.Equals(fresh.SiloAddress));
        Assert.Contains(left, member => member.SiloAddress.Equals(justFound.SiloAddress));
    }

    [Fact]
    public async Task Clusters_of_one_database_do_not_see_each_other()
    {
        await using var database = await ClusterDatabase.CreateAsync();
        var (one, other) = (await OpenAsync(database, "one"), await OpenAsync(database, "other"));
        await one.InsertRowAsync(Member(), (await one.ReadAllAsync(Cancelled)).Version.Next(), Cancelled);
        await other.InsertRowAsync(Member(), (await other.ReadAllAsync(Cancelled)).Version.Next(), Cancelled);

        await one.DeleteMembershipTableEntriesAsync("one", Cancelled);

        Assert.Single((await other.ReadAllAsync(Cancelled)).Members);
        var gone = await Assert.ThrowsAsync<InvalidOperationException>(() => one.ReadAllAsync(Cancelled));
        Assert.Contains("Restart", gone.Message, StringComparison.Ordinal);
        await one.InitializeMembershipTableAsync(true, Cancelled);
        Assert.Empty((await one.ReadAllAsync(Cancelled)).Members);
    }

    [Fact]
    public async Task Nobody_else_may_read_it()
    {
        await using var database = await ClusterDatabase.CreateAsync();

        Assert.Equal(2L, await database.QueryAsync<long>($"SELECT count(*) FROM pg_class WHERE relnamespace = '{ClusterDatabase.Schema}'::regnamespace AND relkind = 'r' AND relrowsecurity"));
        Assert.Equal(0L, await database.QueryAsync<long>($"SELECT count(*) FROM information_schema.role_table_grants WHERE table_schema = '{ClusterDatabase.Schema}' AND grantee <> 'lull'"));
    }

    private static async Task<IMembershipTable> OpenAsync(ClusterDatabase database, string clusterId = "lull")
    {
        IMembershipTable table = database.Table(clusterId);
        await table.InitializeMembershipTableAsync(true, Cancelled);
        return table;
    }

    private static MembershipEntry Member(SiloStatus status = SiloStatus.Joining, DateTime? at = null) => new()
    {
        SiloAddress = Address(),
        HostName = "host",
        SiloName = "silo",
        Status = status,
        ProxyPort = 0,
        StartTime = at ?? At,
        IAmAliveTime = at ?? At,
    };

    private static SiloAddress Address() => SiloAddress.New(IPAddress.Loopback, 11111, Interlocked.Increment(ref _generation));
}
