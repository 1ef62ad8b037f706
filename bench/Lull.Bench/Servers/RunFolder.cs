namespace Lull.Bench.Servers;

/// <summary>A folder for one run, deleted with everything in it.</summary>
internal sealed class RunFolder : IDisposable
{
    private const int Tries = 5;

    public RunFolder(string parent)
    {
        Path = System.IO.Path.Combine(parent, "lull-bench-" + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>Another one in it.</summary>
    public string NewFolder() => Directory.CreateDirectory(System.IO.Path.Combine(Path, Guid.NewGuid().ToString("N")[..8])).FullName;

    public void Dispose()
    {
        for (var i = 0; i < Tries; i++)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
                return;
            }
            catch (DirectoryNotFoundException)
            {
                return;
            }
            catch (IOException)
            {
                // A killed process may still be letting go of its files.
                Thread.Sleep(100);
            }
        }
    }
}
