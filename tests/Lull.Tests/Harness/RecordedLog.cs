using Microsoft.Extensions.Logging;

namespace Lull.Tests.Harness;

/// <summary>One log line.</summary>
internal sealed record LogLine(LogLevel Level, string Text);

/// <summary>Collects what is logged, down to Trace, and waits for lines.</summary>
internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    private readonly Record<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Lines => _lines.All;

    public Task<IReadOnlyList<LogLine>> WaitForAsync(Func<LogLine, bool> match, TimeSpan deadline) => _lines.WaitForAsync(match, 1, deadline);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => _lines.Add(new(logLevel, $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
    }
}
