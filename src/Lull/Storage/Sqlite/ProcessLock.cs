using System.Globalization;

namespace Lull.Storage.Sqlite;

/// <summary>SQLite's file belongs to one server process: an operating-system lock that ends with its holder, however that ends.</summary>
internal sealed class ProcessLock : IDisposable
{
    private readonly FileStream _file;

    private ProcessLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, waiting up to <paramref name="wait"/> for the holder to end, as in a rolling deploy.</summary>
    /// <param name="onWait">Told once who holds it, when it must be waited for.</param>
    /// <exception cref="StoreInUseException">The holder did not end; the message names it.</exception>
    public static async Task<ProcessLock> TakeAsync(
        string path, TimeSpan wait, Action<string> onWait, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var isTold = false;
        while (true)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            if (time.GetElapsedTime(started) >= wait)
            {
                throw new StoreInUseException(
                    $"The database in {Path.GetDirectoryName(path)} is in use by {Holder(path)}. "
                    + "SQLite is for one server process: stop that one, or give this one another DATA_DIR.");
            }

            if (!isTold)
            {
                isTold = true;
                onWait(Holder(path));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        }
    }

    public void Dispose() => _file.Dispose();

    private static ProcessLock? TryTake(string path)
    {
        try
        {
            var taken = new ProcessLock(new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            SayWho(path);
            return taken;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void SayWho(string path)
    {
        try
        {
            File.WriteAllText(HolderFile(path), string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}"));
        }
        catch (IOException)
        {
            // On a full disk the lock holds all the same; only its holder stays without a name.
        }
    }

    private static string Holder(string path)
    {
        try
        {
            return File.ReadAllText(HolderFile(path)) is { Length: > 0 } holder ? holder : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }

    // A file of its own: the locked one cannot be read by others everywhere.
    private static string HolderFile(string path) => Path.ChangeExtension(path, ".holder");
}
