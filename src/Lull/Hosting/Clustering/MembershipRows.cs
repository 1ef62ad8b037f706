using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Orleans.Runtime;

namespace Lull.Hosting.Clustering;

/// <summary>Between a row of the membership table and Orleans' entry. Pure.</summary>
internal static class MembershipRows
{
    private const char BetweenVotes = '|', WithinVote = ',';

    /// <summary>The version and, where the row has a member, the member.</summary>
    public static (TableVersion Version, Tuple<MembershipEntry, string>? Member) Read(NpgsqlDataReader row)
    {
        var number = row.GetInt32(0);
        var version = new TableVersion(number, Etag(number));
        return row.IsDBNull(1) ? (version, null) : (version, Tuple.Create(ReadEntry(row), Etag(row.GetInt32(2))));
    }

    /// <summary>What <see cref="MembershipStatements.Insert"/> calls $5 to $15.</summary>
    public static void Add(NpgsqlParameterCollection parameters, MembershipEntry entry)
    {
        parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)entry.Status });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = entry.ProxyPort });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = entry.HostName ?? "" });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = entry.SiloName ?? "" });
        parameters.Add(new NpgsqlParameter { Value = (object?)entry.RoleName ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = entry.UpdateZone });
        parameters.Add(new NpgsqlParameter<int> { TypedValue = entry.FaultZone });
        parameters.Add(new NpgsqlParameter<string> { TypedValue = Votes(entry) });
        parameters.Add(new NpgsqlParameter { Value = LastVote(entry) is { } at ? at : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        parameters.Add(Instant(entry.StartTime));
        parameters.Add(Instant(entry.IAmAliveTime));
    }

    public static NpgsqlParameter Instant(DateTime time) => new NpgsqlParameter<DateTime> { TypedValue = Utc(time), NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static MembershipEntry ReadEntry(NpgsqlDataReader row) => new()
    {
        SiloAddress = SiloAddress.FromParsableString(row.GetString(1)),
        Status = (SiloStatus)row.GetInt16(3),
        ProxyPort = row.GetInt32(4),
        HostName = row.GetString(5),
        SiloName = row.GetString(6),
        RoleName = row.IsDBNull(7) ? null : row.GetString(7),
        UpdateZone = row.GetInt32(8),
        FaultZone = row.GetInt32(9),
        SuspectTimes = ReadVotes(row.GetString(10)),
        StartTime = row.GetDateTime(11),
        IAmAliveTime = row.GetDateTime(12),
    };

    private static string Votes(MembershipEntry entry) => string.Join(
        BetweenVotes,
        (entry.SuspectTimes ?? []).Select(vote => vote.Item1.ToParsableString() + WithinVote + Utc(vote.Item2).ToString("O", CultureInfo.InvariantCulture)));

    private static List<Tuple<SiloAddress, DateTime>> ReadVotes(string votes)
        => [.. votes.Split(BetweenVotes, StringSplitOptions.RemoveEmptyEntries).Select(ReadVote)];

    private static Tuple<SiloAddress, DateTime> ReadVote(string vote)
    {
        var at = vote.IndexOf(WithinVote, StringComparison.Ordinal);
        return Tuple.Create(SiloAddress.FromParsableString(vote[..at]), DateTime.Parse(vote[(at + 1)..], CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind));
    }

    private static DateTime? LastVote(MembershipEntry entry) => entry.SuspectTimes is { Count: > 0 } votes ? Utc(votes.Max(vote => vote.Item2)) : null;

    private static string Etag(int version) => version.ToString(CultureInfo.InvariantCulture);

    /// <summary>Orleans keeps UTC, but does not always say so.</summary>
    private static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);
}
