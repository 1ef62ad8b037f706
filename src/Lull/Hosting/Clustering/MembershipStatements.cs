using Npgsql;

namespace Lull.Hosting.Clustering;

/// <summary>
/// The statements of the membership table. Each is one statement and names its tables with their schema, so that it needs neither a transaction that lasts nor a session,
/// and any pooler may stand in between. Whoever changes members locks the cluster's one row first: that puts them in order.
/// </summary>
/// <param name="schema">The schema of the cluster's tables, not quoted.</param>
internal sealed class MembershipStatements(string schema)
{
    private const string Columns = "silo, etag, status, proxy_port, host_name, silo_name, role_name, update_zone, fault_zone, suspect_times, start_time, i_am_alive_time";

    private readonly string _clusters = Quoted(schema) + ".clusters";
    private readonly string _members = Quoted(schema) + ".members";

    /// <summary>$1 cluster.</summary>
    public string BeginCluster => $"INSERT INTO {_clusters} (cluster_id, version) VALUES ($1, 0) ON CONFLICT (cluster_id) DO NOTHING";

    /// <summary>$1 cluster. One row for each member; one row without a member where there is none.</summary>
    public string ReadAll => $"SELECT c.version, {Columns} FROM {_clusters} c LEFT JOIN {_members} m ON m.cluster_id = c.cluster_id WHERE c.cluster_id = $1";

    /// <summary>$1 cluster, $2 silo.</summary>
    public string ReadOne => $"SELECT c.version, {Columns} FROM {_clusters} c LEFT JOIN {_members} m ON m.cluster_id = c.cluster_id AND m.silo = $2 WHERE c.cluster_id = $1";

    /// <summary>$1 cluster, $2 silo, $3 new version, $4 version that was read, $5… the entry.</summary>
    public string Insert => $"""
        WITH raised AS (UPDATE {_clusters} SET version = $3 WHERE cluster_id = $1 AND version = $4 RETURNING version)
        INSERT INTO {_members} (cluster_id, silo, etag, status, proxy_port, host_name, silo_name, role_name, update_zone, fault_zone, suspect_times, suspected_at, start_time, i_am_alive_time)
        SELECT $1, $2, version, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15 FROM raised
        """;

    /// <summary>As <see cref="Insert"/>, and $16 the etag of the entry that was read. A heartbeat that came in between is kept.</summary>
    public string Update => $"""
        WITH raised AS (
            UPDATE {_clusters} SET version = $3
            WHERE cluster_id = $1 AND version = $4 AND EXISTS (SELECT FROM {_members} WHERE cluster_id = $1 AND silo = $2 AND etag = $16)
            RETURNING version)
        UPDATE {_members} m SET etag = raised.version, status = $5, proxy_port = $6, host_name = $7, silo_name = $8, role_name = $9, update_zone = $10, fault_zone = $11,
            suspect_times = $12, suspected_at = $13, start_time = $14, i_am_alive_time = GREATEST(m.i_am_alive_time, $15)
        FROM raised WHERE m.cluster_id = $1 AND m.silo = $2
        """;

    /// <summary>$1 cluster, $2 silo, $3 when. Changes no version and no etag.</summary>
    public string Alive => $"UPDATE {_members} SET i_am_alive_time = $3 WHERE cluster_id = $1 AND silo = $2";

    /// <summary>$1 cluster, $2 before when, $3 the status of the dead.</summary>
    public string DeleteDefunct => $"DELETE FROM {_members} WHERE cluster_id = $1 AND status = $3 AND GREATEST(start_time, i_am_alive_time, suspected_at) < $2";

    /// <summary>$1 cluster.</summary>
    public string DeleteAll => $"WITH members AS (DELETE FROM {_members} WHERE cluster_id = $1) DELETE FROM {_clusters} WHERE cluster_id = $1";

    private static string Quoted(string name) => new NpgsqlCommandBuilder().QuoteIdentifier(name);
}
