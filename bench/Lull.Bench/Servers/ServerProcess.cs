using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lull.Bench.Servers;

/// <summary>A server as a process of its own, watched through its output and ended by its id. Disposing kills it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int KeptLines = 200;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90), Parting = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<OutputLine> _lines = [];
    private readonly List<(string Mark, TaskCompletionSource<OutputLine> Found)> _awaited = [];
    private readonly Process _process;
    private readonly string _name;
    private readonly int? _stopSignal;
    private readonly long _startedAt;
    private bool _isDisposed;

    private ServerProcess(ServerProgram program)
    {
        (_name, _stopSignal) = (program.Name, program.StopSignal);
        _process = new Process { StartInfo = program.ToStart(), EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _startedAt = Stopwatch.GetTimestamp();
        _process.Start();
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Id = _process.Id;
        Usage = new(Id);
    }

    public int Id { get; }

    public ProcessUsage Usage { get; }

    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>From the start of the process to the line that says where it listens.</summary>
    public TimeSpan ListeningAfter { get; private set; }

    /// <summary>Time since the process was started.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_startedAt);

    /// <summary>Starts a program and waits until it is ready.</summary>
    /// <exception cref="BenchException">It ended, or was not ready in time.</exception>
    public static async Task<ServerProcess> StartAsync(ServerProgram program, CancellationToken cancellationToken)
    {
        var server = new ServerProcess(program);
        try
        {
            var line = await server.LineAsync(program.ReadyMark, cancellationToken);
            server.ListeningAfter = line.At;
            if (line.Text.IndexOf("http://", StringComparison.Ordinal) is var at and >= 0)
            {
                server.Address = new(line.Text[at..].Split(';', '"', ' ')[0]);
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The first line with a mark in it, printed already or yet to come.</summary>
    /// <exception cref="BenchException">The process ended, or it took too long.</exception>
    public async Task<OutputLine> LineAsync(string mark, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<OutputLine>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_lines.Find(line => line.Text.Contains(mark, StringComparison.Ordinal)) is { Text: not null } line)
            {
                return line;
            }

            _awaited.Add((mark, found));
        }

        var ended = _process.WaitForExitAsync(cancellationToken);
        try
        {
            if (await Task.WhenAny(found.Task, ended).WaitAsync(Patience, cancellationToken) == found.Task)
            {
                return await found.Task;
            }
        }
        catch (TimeoutException)
        {
            throw new BenchException($"{_name} did not say «{mark}» within {Patience.TotalSeconds:0} s:\n{Tail()}");
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new BenchException($"{_name} ended before it said «{mark}»:\n{Tail()}");
    }

    /// <summary>As a power cut: no handler of the process or of what it started runs, unless the program asks for a signal.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        Kill();
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void KillAtExit(object? sender, EventArgs e) => Kill();

    private void Kill()
    {
        try
        {
            if (_stopSignal is { } signal && Signal(_process.Id, signal) == 0)
            {
                _process.WaitForExit(Parting);
            }

            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    private void Read(string? text)
    {
        if (text is null)
        {
            return;
        }

        var line = new OutputLine(Stopwatch.GetElapsedTime(_startedAt), text);
        lock (_gate)
        {
            if (_lines.Count < KeptLines)
            {
                _lines.Add(line);
            }

            foreach (var (_, found) in _awaited.Where(wanted => text.Contains(wanted.Mark, StringComparison.Ordinal)))
            {
                found.TrySetResult(line);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);

    private string Tail()
    {
        lock (_gate)
        {
            return string.Join('\n', _lines.TakeLast(20).Select(line => "  " + line.Text));
        }
    }
}

/// <summary>A line a server printed.</summary>
/// <param name="At">Time since its process was started.</param>
internal readonly record struct OutputLine(TimeSpan At, string Text);
