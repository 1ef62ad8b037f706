namespace Lull.Bench.Measures;

/// <summary>Rows under a heading, written as a Markdown table that also reads well in a console.</summary>
internal sealed class Table(string title, params string[] columns)
{
    private readonly List<string[]> _rows = [columns];

    public void Add(params string[] cells) => _rows.Add([.. cells, .. Enumerable.Repeat("", columns.Length - cells.Length)]);

    public void WriteTo(TextWriter output)
    {
        var widths = columns.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        output.WriteLine($"\n### {title}\n");
        for (var i = 0; i < _rows.Count; i++)
        {
            output.WriteLine($"| {string.Join(" | ", _rows[i].Select(Padded))} |");
            if (i == 0)
            {
                output.WriteLine($"|{string.Join('|', widths.Select((width, column) => column == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":"))}|");
            }
        }

        string Padded(string cell, int column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]);
    }
}
