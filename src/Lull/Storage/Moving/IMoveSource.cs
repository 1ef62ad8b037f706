namespace Lull.Storage.Moving;

/// <summary>A whole store, read in one snapshot while nobody writes it.</summary>
internal interface IMoveSource
{
    /// <summary>The newest id of anything: what is stored from now on comes after it.</summary>
    MessageId Newest { get; }

    /// <summary>A table's rows, one value per column of <see cref="MovedTable.Columns"/>, none kept.</summary>
    IEnumerable<object?[]> Rows(MovedTable table);

    /// <summary>How many rows a table has, counted apart from reading them.</summary>
    long Count(MovedTable table);

    /// <summary>The highest number that a table's rows were ever given.</summary>
    long LastNumber(MovedTable table);

    /// <summary>What second copies are known by, as far as a window reaches: each key once, with its newest message, in the order of the keys.</summary>
    IEnumerable<(UInt128 Hash, long Message)> Seen();
}
