using System.Globalization;

namespace Lull.Storage.Moving;

/// <summary>Counts what is moved and says so every few seconds.</summary>
/// <param name="tell">Told one line at a time.</param>
internal sealed class MoveProgress(Action<string> tell, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    // The clock is looked at once for so many rows.
    private const int Piece = 1024;

    private readonly Dictionary<string, long> _moved = [];
    private long _toldAt = time.GetTimestamp();

    /// <summary>Rows by table.</summary>
    public IReadOnlyDictionary<string, long> Moved => _moved;

    public void Say(string line)
    {
        _toldAt = time.GetTimestamp();
        tell(line);
    }

    public void Begin(string table) => _moved[table] = 0;

    public void Row(string table)
    {
        var moved = ++_moved[table];
        if (moved % Piece == 0 && time.GetElapsedTime(_toldAt) >= Every)
        {
            Say($"{table}: {Number(moved)} rows …");
        }
    }

    public void End(string table)
    {
        if (_moved[table] > 0)
        {
            Say($"{table}: {Number(_moved[table])} rows");
        }
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
