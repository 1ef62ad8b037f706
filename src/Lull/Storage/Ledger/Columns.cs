using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lull.Storage.Ledger;

/// <summary>How values are laid down in columns: instants as Unix milliseconds, lists and profiles as JSON.</summary>
internal static class Columns
{
    public static long ToColumn(this DateTimeOffset instant) => instant.ToUnixTimeMilliseconds();

    public static object? ToColumn(this DateTimeOffset? instant) => instant?.ToUnixTimeMilliseconds();

    public static DateTimeOffset ToInstant(this long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static DateTimeOffset? ToInstant(this long? milliseconds) => milliseconds?.ToInstant();

    public static string? Write(ContactProfile? profile)
        => profile is null ? null : JsonSerializer.Serialize(profile, ColumnJson.Default.ContactProfile);

    public static ContactProfile? ReadProfile(string? column)
        => column is null ? null : JsonSerializer.Deserialize(column, ColumnJson.Default.ContactProfile);

    public static string? Write(IReadOnlyList<string> values)
        => values.Count == 0 ? null : JsonSerializer.Serialize(values, ColumnJson.Default.IReadOnlyListString);

    public static IReadOnlyList<string> ReadList(string? column)
        => column is null ? [] : JsonSerializer.Deserialize(column, ColumnJson.Default.IReadOnlyListString) ?? [];

    public static string Write(List<long> ids) => JsonSerializer.Serialize(ids, ColumnJson.Default.ListInt64);

    public static List<long> ReadIds(string column) => JsonSerializer.Deserialize(column, ColumnJson.Default.ListInt64) ?? [];
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ContactProfile))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(List<long>))]
internal sealed partial class ColumnJson : JsonSerializerContext;
