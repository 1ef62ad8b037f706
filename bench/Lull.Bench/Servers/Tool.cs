using System.Diagnostics;

namespace Lull.Bench.Servers;

/// <summary>A command that is run to its end.</summary>
internal static class Tool
{
    /// <summary>True if there is such a program on the path.</summary>
    public static bool IsThere(string name)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <returns>What it printed.</returns>
    /// <exception cref="BenchException">It failed.</exception>
    public static async Task<string> RunAsync(ServerProgram program, CancellationToken cancellationToken)
    {
        using var process = Process.Start(program.ToStart()) ?? throw new BenchException($"{program.File} does not start.");
        try
        {
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? await output : throw new BenchException($"{program.Name} failed with exit code {process.ExitCode}:\n{await output}{await error}");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
