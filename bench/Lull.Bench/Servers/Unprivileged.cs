namespace Lull.Bench.Servers;

/// <summary>PostgreSQL refuses to run as root: then it runs as the user that Debian's package made for it.</summary>
internal static class Unprivileged
{
    private const string User = "postgres";

    public static ServerProgram Program(string name, string folder, params IReadOnlyList<string> command) => Environment.IsPrivilegedProcess
        ? new(name, "setpriv", ["--reuid", User, "--regid", User, "--init-groups", "--", .. command]) { Folder = folder }
        : new(name, command[0], [.. command.Skip(1)]) { Folder = folder };

    /// <summary>Makes a folder that such a program may write to.</summary>
    public static async Task<string> FolderAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        if (Environment.IsPrivilegedProcess)
        {
            await Tool.RunAsync(new("chown", "chown", [User, path]) { Folder = path }, cancellationToken);
        }

        return path;
    }
}
