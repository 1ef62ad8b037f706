using System.Globalization;
using Npgsql;
using Orleans.Runtime;

namespace Lull.Hosting.Clustering;

/// <summary>
/// Who is in the cluster, kept in Lull's database to the contract of Orleans' <see cref="IMembershipTable"/>
/// (why not its own: <c>docs/decisions/0010-a-membership-table-of-our-own.md</c>). The etag of the cluster is its version, and a member's is the version that wrote it.
/// </summary>
internal sealed class PostgresMembershipTable(NpgsqlDataSource database, MembershipStatements statements, string clusterId) : IMembershipTable
{
    /// <summary>Orleans tries again by itself, and a node that hears nothing for long is taken for dead: better to fail soon.</summary>
    private const int TimeoutSeconds = 5;

    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    public async Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken)
    {
        if (tryInitTableVersion)
        {
            await using var command = Command(statements.BeginCluster, clusterId);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public Task<MembershipTableData> ReadAll() => ReadAllAsync(CancellationToken.None);

    public async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(statements.ReadAll, clusterId);
        return await ReadAsync(command, cancellationToken);
    }

    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    public async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken)
    {
        await using var command = Command(statements.ReadOne, clusterId, key.ToParsableString());
        return await ReadAsync(command, cancellationToken);
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion, CancellationToken.None);

    public async Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = Change(statements.Insert, entry, tableVersion);
            return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // The member is there already; the statement has taken back the version with it.
            return false;
        }
    }

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    public async Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken)
    {
        await using var command = Change(statements.Update, entry, tableVersion);
        command.Parameters.Add(Number(etag));
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    public async Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken)
    {
        await using var command = Command(statements.Alive, clusterId, entry.SiloAddress.ToParsableString());
        command.Parameters.Add(MembershipRows.Instant(entry.IAmAliveTime));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    public async Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken)
    {
        await using var command = Command(statements.DeleteDefunct, clusterId);
        command.Parameters.Add(MembershipRows.Instant(beforeDate.UtcDateTime));
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)SiloStatus.Dead });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    public async Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken)
    {
        await using var command = Command(statements.DeleteAll, clusterId);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<MembershipTableData> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        TableVersion? version = null;
        List<Tuple<MembershipEntry, string>> members = [];
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            (version, var member) = MembershipRows.Read(rows);
            if (member is not null)
            {
                members.Add(member);
            }
        }

        return new(members, version ?? throw new InvalidOperationException("The cluster has no version in the database: somebody deleted it. Restart the node."));
    }

    private NpgsqlCommand Change(string statement, MembershipEntry entry, TableVersion version)
    {
        var command = Command(statement, clusterId, entry.SiloAddress.ToParsableString());
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = version.Version });
        command.Parameters.Add(Number(version.VersionEtag));
        MembershipRows.Add(command.Parameters, entry);
        return command;
    }

    private NpgsqlCommand Command(string statement, params ReadOnlySpan<string> texts)
    {
        var command = database.CreateCommand(statement);
        command.CommandTimeout = TimeoutSeconds;
        foreach (var text in texts)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = text });
        }

        return command;
    }

    private static NpgsqlParameter Number(string etag) => new NpgsqlParameter<int> { TypedValue = int.Parse(etag, CultureInfo.InvariantCulture) };
}
