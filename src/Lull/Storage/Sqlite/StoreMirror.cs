using Lull.Storage.Ledger;

namespace Lull.Storage.Sqlite;

/// <summary>Small tables that are asked for all the time, as immutable copies in memory: written by the writer after the row, read by anybody.</summary>
internal sealed class StoreMirror
{
    public IReadOnlyList<Pause> Pauses { get; private set; } = [];

    public IReadOnlyDictionary<string, Fault> Faults { get; private set; } = new Dictionary<string, Fault>();

    public int? WaitOverride { get; private set; }

    /// <summary>True when all sending, or this location's, is stopped.</summary>
    public bool IsPaused(string location) => Obstacles.IsPaused(Pauses, location);

    /// <summary>Reads everything again: at the start, after a change, and after a commit that failed.</summary>
    public void Load(SqliteSession sql)
    {
        Pauses = sql.Query(
            "SELECT location, reason, since FROM pauses ORDER BY location",
            row => new Pause(row.GetString(0) is { Length: > 0 } location ? location : null, row.GetString(1), row.Instant(2)));
        Faults = sql.Query(
            "SELECT target, reason, since, until FROM faults",
            row => new Fault(row.GetString(0), row.GetString(1), row.Instant(2), row.InstantOrNull(3))).ToDictionary(fault => fault.Target);
        WaitOverride = (int?)sql.Number("SELECT value FROM meta WHERE name = 'wait_override'");
    }
}
