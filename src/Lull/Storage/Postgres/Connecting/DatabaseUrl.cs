using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Lull.Storage.Postgres.Connecting;

/// <summary>
/// Reads what follows <c>postgresql://</c>. Passwords may stand as they are, with <c>@ / ? # :</c> in them, where hosts of databases or people forget to encode them:
/// the password ends at the one @ after which everything is an address.
/// </summary>
internal static partial class DatabaseUrl
{
    private const string Advice = "write postgresql://user:password@host:5432/database with reserved characters of the password percent-encoded (@ is %40, / is %2F, ? is %3F, # is %23, % is %25)";

    /// <exception cref="BadConnectionTextException">It cannot be read.</exception>
    public static NpgsqlConnectionStringBuilder Read(string rest)
    {
        var (user, address) = Divide(rest);
        var builder = new NpgsqlConnectionStringBuilder();
        SetUser(builder, user);
        SetHosts(builder, address.Groups["hosts"].Value);
        if (address.Groups["database"] is { Length: > 0 } database)
        {
            builder.Database = Uri.UnescapeDataString(database.Value);
        }

        foreach (var (name, value) in Parameters(address))
        {
            UrlParameters.Set(builder, name, value);
        }

        return builder;
    }

    /// <summary>The part before the @ (null where there is none) and the address behind it.</summary>
    private static (string? User, Match Address) Divide(string rest)
    {
        var places = Enumerable.Range(0, rest.Length).Where(i => rest[i] == '@').ToArray();
        var readings = (places.Length == 0 ? [-1] : places)
            .Select(at => (User: at < 0 ? null : rest[..at], Address: Address().Match(rest, at + 1, rest.Length - at - 1)))
            .Where(reading => reading.Address.Success)
            .ToArray();
        var known = readings.Where(reading => Parameters(reading.Address).All(parameter => UrlParameters.Knows(parameter.Name))).ToArray();
        if (known.Length == 1)
        {
            return known[0];
        }

        // Only what stands behind the last @ is surely no part of the password.
        if (known.Length == 0 && readings.Length > 0 && readings[^1] is var last && !last.Address.Value.Contains('@'))
        {
            var unknown = Parameters(last.Address).First(parameter => !UrlParameters.Knows(parameter.Name)).Name;
            throw new BadConnectionTextException($"the parameter «{unknown}» is not known; Lull knows {UrlParameters.Names}");
        }

        throw new BadConnectionTextException(known.Length > 1
            ? $"it can be read in more than one way, because several @ could end the password; {Advice}"
            : $"it is not a PostgreSQL URL that can be read; {Advice}");
    }

    private static void SetUser(NpgsqlConnectionStringBuilder builder, string? user)
    {
        if (user is null)
        {
            return;
        }

        var colon = user.IndexOf(':');
        var name = colon < 0 ? user : user[..colon];
        if (name.Length > 0)
        {
            builder.Username = Uri.UnescapeDataString(name);
        }

        if (colon >= 0 && colon + 1 < user.Length)
        {
            builder.Password = Uri.UnescapeDataString(user[(colon + 1)..]);
        }
    }

    private static void SetHosts(NpgsqlConnectionStringBuilder builder, string text)
    {
        var hosts = text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(host => Host().Match(host)).ToArray();
        if (hosts.Length == 1)
        {
            builder.Host = Uri.UnescapeDataString(hosts[0].Groups["name"].Value.Trim('[', ']'));
            builder.Port = hosts[0].Groups["port"] is { Length: > 0 } port ? Port(port.Value) : builder.Port;
        }
        else if (hosts.Length > 1)
        {
            builder.Host = string.Join(',', hosts.Select(host => $"{host.Groups["name"].Value}:{(host.Groups["port"] is { Length: > 0 } port ? Port(port.Value) : NpgsqlConnection.DefaultPort)}"));
        }
    }

    private static int Port(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65_535
        ? port
        : throw new BadConnectionTextException("its port is not a number from 1 to 65535");

    private static IEnumerable<(string Name, string Value)> Parameters(Match address)
        => from part in address.Groups["query"].Value.Split('&', StringSplitOptions.RemoveEmptyEntries)
           let split = part.IndexOf('=')
           select (Uri.UnescapeDataString(split < 0 ? part : part[..split]), split < 0 ? "" : Uri.UnescapeDataString(part[(split + 1)..]));

    [GeneratedRegex(@"\G(?<hosts>(?:(?:\[[0-9A-Fa-f:.]+(?:%[\w.]+)?\]|[\w.%-]+)(?::\d{1,5})?(?:,(?:\[[0-9A-Fa-f:.]+(?:%[\w.]+)?\]|[\w.%-]+)(?::\d{1,5})?)*)?)(?:/(?<database>[^/?#@]*))?(?:\?(?<query>.*))?\z", RegexOptions.Singleline)]
    private static partial Regex Address();

    [GeneratedRegex(@"^(?<name>\[.*\]|[^:]*)(?::(?<port>\d+))?$")]
    private static partial Regex Host();
}
