using System.Globalization;

namespace Lull.Bench.Servers;

/// <summary>Linux' list of processes at one moment.</summary>
internal static class ProcessTree
{
    /// <summary>These processes and everything that they started, however deep, as far as it still runs.</summary>
    public static IReadOnlyList<RunningProcess> Under(IReadOnlyCollection<int> roots)
    {
        var all = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])).Select(name => Read(name!)).OfType<RunningProcess>();
        var childrenOf = all.ToLookup(process => process.Parent);
        List<RunningProcess> found = [.. childrenOf.SelectMany(some => some).Where(process => roots.Contains(process.Id))];
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(childrenOf[found[i].Id]);
        }

        return found;
    }

    private static RunningProcess? Read(string id)
    {
        try
        {
            // The name, in parentheses, may hold anything; the third field follows it.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new(int.Parse(id, CultureInfo.InvariantCulture), (int)Field(4), Field(14) + Field(15) + Field(16) + Field(17));

            long Field(int number) => long.Parse(fields[number - 3], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A process of the list.</summary>
/// <param name="CpuTicks">User and kernel time, its own and that of children that ended.</param>
internal sealed record RunningProcess(int Id, int Parent, long CpuTicks);
