using System.Diagnostics;

namespace Lull.Tests.Hosting;

/// <summary>Lull as an operator starts it: a process of its own, with nothing but the given settings.</summary>
internal sealed class StartedCommand : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly Process _process;

    private StartedCommand(Process process) => _process = process;

    public static StartedCommand Start(string folder, string[] words, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet")
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Lull.dll"));
        Array.ForEach(words, start.ArgumentList.Add);
        foreach (var name in start.Environment.Keys.Where(Lull.Hosting.Settings.SettingCatalogue.All.Select(setting => setting.Name).Contains).ToArray())
        {
            start.Environment.Remove(name);
        }

        Array.ForEach(settings, setting => start.Environment[setting.Name] = setting.Value);
        return new(Process.Start(start)!);
    }

    /// <summary>Reads what it prints up to a line that holds the text.</summary>
    public async Task<string> ReadToAsync(string text)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        while (await _process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"It ended without printing «{text}»: {await _process.StandardError.ReadToEndAsync(deadline.Token)}");
    }

    /// <summary>Asks it to end, as a service manager does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
        kill.WaitForExit();
    }

    /// <summary>How it ended, with what it had to complain of.</summary>
    public async Task<(int ExitCode, string Error)> EndAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        var output = _process.StandardOutput.ReadToEndAsync(deadline.Token);
        var error = await _process.StandardError.ReadToEndAsync(deadline.Token);
        await output;
        await _process.WaitForExitAsync(deadline.Token);
        return (_process.ExitCode, error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
