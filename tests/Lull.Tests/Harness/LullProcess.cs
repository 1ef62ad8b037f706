using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Lull.Hosting;
using Lull.Tests.Hosting;

namespace Lull.Tests.Harness;

/// <summary>The real server as a process of its own, which can be killed as a power cut would, and started again on the same folder.</summary>
internal sealed class LullProcess : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _settings;
    private readonly List<string> _output = [];
    private Process? _process;
    private string? _reached;

    public LullProcess(params (string Name, string Value)[] settings)
        : this(settings, speed: 20)
    {
    }

    /// <param name="speed">How many seconds of Lull's clock pass in a real one.</param>
    public LullProcess((string Name, string Value)[] settings, int speed)
        => _settings = SettingsOf.ToDictionary([("PORT", "0"), ("LULL_CLOCK_SPEED", speed.ToString(System.Globalization.CultureInfo.InvariantCulture)), .. settings]);

    public HttpClient Client { get; private set; } = new();

    public string Folder => _folder.Path;

    public int Id => _process!.Id;

    /// <summary>How long the last start took until it listened: what this machine, as busy as it is, needs for a second of work.</summary>
    public TimeSpan StartedIn { get; private set; }

    /// <summary>True from the start until the process has ended, however it did.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The crash point (<c>LULL_CRASH_AT</c>) at which the last process said it would die, or null.</summary>
    public string? Reached => Volatile.Read(ref _reached);

    /// <summary>Everything the process has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    public Task StartAsync() => StartAsync(Path.Combine(_folder.Path, "data"));

    /// <summary>Starts it to die at a crash point.</summary>
    public Task StartToDieAsync(string crashAt) => StartAsync(Path.Combine(_folder.Path, "data"), crashAt);

    /// <summary>The same on the folder of another server.</summary>
    public async Task StartAsync(string data, string crashAt = "")
    {
        var startedAt = Stopwatch.GetTimestamp();
        Volatile.Write(ref _reached, null);
        var listening = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.Path };
        start.ArgumentList.Add(typeof(LullHost).Assembly.Location);
        foreach (var (name, value) in _settings)
        {
            start.Environment[name] = value;
        }

        start.Environment["DATA_DIR"] = data;
        start.Environment["LOG_FORMAT"] = "json";
        start.Environment["LULL_CRASH_AT"] = crashAt;

        // It dies before better code would pay.
        start.Environment["DOTNET_TieredPGO"] = "0";
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Read(line.Data, listening);
        _process.ErrorDataReceived += (_, line) => Read(line.Data, listening);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _process.EnableRaisingEvents = true;
        var process = _process;
        _process.Exited += (_, _) => _ = EndedAsync(process, listening);
        Client = new HttpClient { BaseAddress = new(await listening.Task.WaitAsync(Soon)) };
        StartedIn = Stopwatch.GetElapsedTime(startedAt);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        Client.Dispose();
        _process!.Kill();
        await EndAsync();
    }

    /// <summary>Waits until the process has killed itself; returns the crash point it named.</summary>
    /// <exception cref="TimeoutException">It lives: the point was not reached.</exception>
    public async Task<string> DieAsync()
    {
        const int KilledBySignal9 = 128 + 9;
        await _process!.WaitForExitAsync().WaitAsync(Soon);
        Client.Dispose();
        Assert.True(_process.ExitCode == KilledBySignal9, $"ended with {_process.ExitCode} and was not killed:\n{Output}");
        return Reached ?? "";
    }

    /// <summary>SIGTERM, as an orchestrator does.</summary>
    public void AskToStop() => Signal("TERM");

    /// <param name="name">As <c>kill</c> calls it: STOP makes the process stand still until CONT.</param>
    public void Signal(string name)
    {
        using var signal = Process.Start("kill", ["-" + name, _process!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        signal.WaitForExit();
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        AskToStop();
        await _process!.WaitForExitAsync().WaitAsync(Soon);
        Client.Dispose();
        return _process.ExitCode;
    }

    /// <summary>Waits for the process to end by itself; returns the exit code.</summary>
    public Task<int> EndAsync() => EndAsync(Soon);

    /// <exception cref="TimeoutException">It lives on.</exception>
    public async Task<int> EndAsync(TimeSpan patience)
    {
        await _process!.WaitForExitAsync().WaitAsync(patience);
        return _process.ExitCode;
    }

    /// <summary>Says something; true when it was acknowledged.</summary>
    public async Task<bool> SayAsync(string text, string contact, string id)
        => await AskAsync("/webhook", new { type = "contact.reply", contact = new { id = contact }, message = new { id, text } }) is { } answer
           && answer.GetProperty("status").ToString() == "success";

    /// <summary>Posts something; the answer, or null when the process died before it gave one.</summary>
    public async Task<JsonElement?> AskAsync(string path, object? body = null)
    {
        try
        {
            // Lull's patience with a slow disk is scaled with its clock: on a busy machine it asks to come back, and a sender does.
            for (var again = 0; ; again++)
            {
                using var response = await Client.PostAsJsonAsync(path, body ?? new { });
                if (response.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable || again == 20)
                {
                    return await response.Content.ReadFromJsonAsync<JsonElement>();
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Net.Sockets.SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    public async Task<JsonElement> GetAsync(string path) => await Client.GetFromJsonAsync<JsonElement>(path);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        _folder.Dispose();
    }

    /// <summary>Says so only once all it printed was read: its last words may be the crash point it reached.</summary>
    private async Task EndedAsync(Process process, TaskCompletionSource<string> listening)
    {
        await process.WaitForExitAsync();
        listening.TrySetException(new InvalidOperationException("Lull ended before it listened:\n" + Output));
    }

    private void Read(string? line, TaskCompletionSource<string> listening)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Add(line);
        }

        const string ReachedPoint = "crash point reached: ";
        if (line.StartsWith(ReachedPoint, StringComparison.Ordinal) && !line.Contains(":throws:", StringComparison.Ordinal))
        {
            Volatile.Write(ref _reached, line[ReachedPoint.Length..]);
        }

        var at = line.IndexOf("Listening on http", StringComparison.Ordinal);
        if (at >= 0)
        {
            var address = line[(at + "Listening on ".Length)..];
            listening.TrySetResult(address[..address.IndexOfAny([';', '"', ' '])]);
        }
    }
}
