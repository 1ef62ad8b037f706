using System.Globalization;
using System.Text;
using Npgsql;

namespace Lull.Storage.Postgres;

/// <summary>Calls of the schema's functions that give nothing back, gathered into one statement that makes them in order.</summary>
internal sealed class FunctionCalls
{
    private readonly StringBuilder _text = new("SELECT ");
    private readonly List<object?> _parameters = [];

    public bool IsEmpty => _parameters.Count == 0;

    /// <param name="function">Its name in the schema.</param>
    public void Add(string function, params ReadOnlySpan<object?> parameters)
    {
        _text.Append(IsEmpty ? "lull." : ", lull.").Append(function);
        for (var i = 0; i < parameters.Length; i++)
        {
            _parameters.Add(parameters[i]);
            _text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? '(' : ',')}${_parameters.Count}");
        }

        _text.Append(')');
    }

    public NpgsqlBatchCommand Command(PostgresSession sql) => sql.BatchCommand(_text.ToString(), [.. _parameters]);
}
