using System.Data.Common;
using Npgsql;

namespace Lull.Storage.Postgres.Connecting;

/// <summary>Reads <c>Host=…;Username=…</c>, as Npgsql takes it.</summary>
internal static class KeywordText
{
    private const string Advice = "quote a password that holds ; or = or quotes (Password='…', a ' in it doubled), or write postgresql://user:password@host:5432/database";

    /// <exception cref="BadConnectionTextException">It cannot be read.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text)
    {
        var words = Split(text);
        var builder = new NpgsqlConnectionStringBuilder();
        var passwordSeen = false;
        foreach (string word in words.Keys)
        {
            try
            {
                builder[word] = words[word];
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException or FormatException or OverflowException)
            {
                // After the password a keyword may be the rest of it, cut off by a semicolon.
                throw new BadConnectionTextException(passwordSeen || word.Any(char.IsControl)
                    ? $"a keyword after the password is not known or its value not allowed; {Advice}"
                    : $"the keyword «{word}» is not known, or its value is not allowed; Npgsql's documentation lists them");
            }

            passwordSeen |= word.StartsWith("p", StringComparison.OrdinalIgnoreCase) && builder.Password is not null;
        }

        return builder;
    }

    private static DbConnectionStringBuilder Split(string text)
    {
        try
        {
            return new() { ConnectionString = text };
        }
        catch (ArgumentException)
        {
            // The parser's own message may quote the text.
            throw new BadConnectionTextException($"it is neither a postgresql:// URL nor keywords separated by semicolons; {Advice}");
        }
    }
}
