using System.Diagnostics;

namespace Lull.Tests.Harness.Postgres;

/// <summary>
/// A server as a process of its own that never outlives the tests: a shell stands between, reads a pipe that only this process writes to, and ends the server when the pipe does,
/// however this process ended.
/// </summary>
internal sealed class WatchedServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // The terminal's Ctrl-C reaches the shell too, which must live to clean up. A trap, unlike an ignored signal, is not inherited by the server.
    private const string Watch = """
        trap : INT QUIT HUP TERM
        folder="$1"; last="$2"; shift 2
        keep=
        "$@" &
        server=$!
        if read -r signal; then keep=yes; else signal="$last"; fi
        kill -s "$signal" "$server" 2> /dev/null
        while kill -0 "$server" 2> /dev/null; do wait "$server"; done
        [ -n "$keep" ] || rm -rf "$folder"
        """;

    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _readyMark, _failedMark;

    private WatchedServer(Process process, string readyMark, string failedMark)
    {
        (_process, _readyMark, _failedMark) = (process, readyMark, failedMark);
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Everything it has printed so far.</summary>
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

    /// <summary>Starts a program and waits until it says that it is ready.</summary>
    /// <param name="folder">What is removed once the server has ended for good.</param>
    /// <param name="lastSignal">How it is ended for good.</param>
    /// <exception cref="InvalidOperationException">It says that it failed; its output is in the message.</exception>
    public static async Task<WatchedServer> StartAsync(string folder, string lastSignal, string readyMark, string failedMark, params IEnumerable<string> command)
    {
        var process = new Process
        {
            StartInfo = ServerTools.Unprivileged("sh", ["-c", Watch, "sh", folder, lastSignal, .. command], folder),
        };
        var server = new WatchedServer(process, readyMark, failedMark);
        try
        {
            await server._ready.Task.WaitAsync(Patience);
            return server;
        }
        catch (TimeoutException)
        {
            await server.EndAsync();
            throw new TimeoutException($"It did not say «{readyMark}» within {Patience.TotalSeconds} s:\n{server.Output}");
        }
        catch
        {
            await server.EndAsync();
            throw;
        }
    }

    /// <summary>Ends the server with a signal of one's choice; its folder stays.</summary>
    public async Task SignalAsync(string signal)
    {
        await _process.StandardInput.WriteLineAsync(signal);
        await EndAsync();
    }

    /// <summary>Ends the server for good; its folder goes too.</summary>
    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Add(line);
        }

        if (line.Contains(_readyMark, StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
        else if (line.Contains(_failedMark, StringComparison.Ordinal))
        {
            _ready.TrySetException(new InvalidOperationException(Output));
        }
    }
}
