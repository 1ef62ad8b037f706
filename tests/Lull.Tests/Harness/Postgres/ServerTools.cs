using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Lull.Tests.Harness.Postgres;

/// <summary>The programs of this machine that the test servers are made of.</summary>
internal static class ServerTools
{
    /// <summary>The user that PostgreSQL's packages make: the server refuses to run as root.</summary>
    private const string User = "postgres";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Where packages put the server's programs, which are seldom on the path; the newest version wins.</summary>
    private static readonly string[] Folders =
    [
        .. Versions("/usr/lib/postgresql"), .. Versions("/opt/homebrew/opt"), "/usr/libexec/postgresql", "/usr/sbin", "/usr/local/sbin",
    ];

    /// <exception cref="FileNotFoundException">It is not installed; the message says how to get it.</exception>
    public static string Find(string program)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return path.Concat(Folders).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{program} is missing. eng/test installs it, or says how; on Debian: apt-get install -y postgresql pgbouncer.");
    }

    /// <summary>A program as the tests' own user, or as an unprivileged one where that is root.</summary>
    public static ProcessStartInfo Unprivileged(string program, IReadOnlyList<string> words, string folder)
    {
        IReadOnlyList<string> command = Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid", User, "--regid", User, "--init-groups", "--", program, .. words]
            : [program, .. words];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    /// <summary>Runs such a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task RunAsync(string program, IReadOnlyList<string> words, string folder)
    {
        using var process = Process.Start(Unprivileged(program, words, folder))!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(Patience);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{await output}{await error}");
        }
    }

    /// <summary>A new folder that such a program may write to.</summary>
    public static string NewFolder(string name)
    {
        var folder = Directory.CreateTempSubdirectory($"lull-{name}-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            using var chown = Process.Start("chown", [User, folder]);
            chown.WaitForExit();
        }

        return folder;
    }

    /// <summary>A loopback port for a program that cannot choose one itself.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static IEnumerable<string> Versions(string parent) => Directory.Exists(parent)
        ? Directory.EnumerateDirectories(parent).OrderByDescending(Path.GetFileName, StringComparer.Ordinal).Select(version => Path.Combine(version, "bin"))
        : [];
}
