using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Lull.Hosting;

/// <summary>One event, one line: time, level, where, what. Line breaks in an event become visible signs, so that no text can forge a line.</summary>
internal sealed class LineFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        textWriter.Write(' ');
        textWriter.Write(Short(logEntry.LogLevel));
        textWriter.Write(' ');
        textWriter.Write(Short(logEntry.Category));
        textWriter.Write(": ");
        WriteOnOneLine(textWriter, message);
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(" | ");
            WriteOnOneLine(textWriter, logEntry.LogLevel >= LogLevel.Error ? exception.ToString() : $"{exception.GetType().Name}: {exception.Message}");
        }

        textWriter.Write('\n');
    }

    private static string Short(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRC",
        LogLevel.Debug => "DBG",
        LogLevel.Information => "INF",
        LogLevel.Warning => "WRN",
        LogLevel.Error => "ERR",
        _ => "CRT",
    };

    private static ReadOnlySpan<char> Short(string category) => category.AsSpan(category.LastIndexOf('.') + 1);

    private static void WriteOnOneLine(TextWriter writer, string text)
    {
        foreach (var c in text)
        {
            writer.Write(c switch
            {
                '\n' => '⏎',
                _ when char.IsControl(c) => ' ',
                _ => c,
            });
        }
    }
}
