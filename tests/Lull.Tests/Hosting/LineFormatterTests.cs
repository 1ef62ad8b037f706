using Lull.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Hosting;

public sealed class LineFormatterTests
{
    private readonly LineFormatter _formatter = new(new FakeTimeProvider(new(2026, 1, 1, 12, 0, 0, 120, TimeSpan.Zero)));

    [Fact]
    public void An_event_is_one_line_with_time_level_and_place()
        => Assert.Equal("2026-01-01T12:00:00.120Z WRN WebhookEndpoint: default/c1 was refused\n", Format(LogLevel.Warning, "default/c1 was refused", null));

    [Fact]
    public void No_text_can_forge_a_second_line()
        => Assert.Equal("2026-01-01T12:00:00.120Z INF WebhookEndpoint: one⏎2026 ERR Store: two [31m\n", Format(LogLevel.Information, "one\n2026 ERR Store: two\r[31m", null).Replace("\u001b", " "));

    [Fact]
    public void An_exception_stays_on_the_line_with_its_stack_only_when_it_is_an_error()
    {
        var exception = new InvalidOperationException("first\nsecond", new IOException("cause"));

        var warning = Format(LogLevel.Warning, "failed", exception);
        var error = Format(LogLevel.Error, "failed", exception);

        Assert.EndsWith("failed | InvalidOperationException: first⏎second\n", warning, StringComparison.Ordinal);
        Assert.Contains("System.IO.IOException: cause", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    private string Format(LogLevel level, string message, Exception? exception)
    {
        var writer = new StringWriter();
        _formatter.Write(new LogEntry<string>(level, "Lull.Receiving.WebhookEndpoint", default, message, exception, (text, _) => text), null, writer);
        return writer.ToString();
    }
}
