using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Lull.Receiving.Dialects;

/// <summary>Turns <c>application/x-www-form-urlencoded</c> into the JSON it stands for: <c>message[body]</c> and <c>message.body</c> nest, <c>tags[]</c> is a list.</summary>
internal static partial class FormJson
{
    /// <summary>More fields are no webhook.</summary>
    public const int MaxFields = 1024;

    private const int MaxNesting = 8;

    /// <returns>False with a complaint when the form is none, or says two things of one name.</returns>
    public static bool TryConvert(ReadOnlySpan<byte> form, FieldErrors errors, [NotNullWhen(true)] out byte[]? json)
    {
        json = null;
        var root = new JsonObject();
        var fields = 0;
        foreach (var range in form.Split((byte)'&'))
        {
            var field = form[range];
            if (field.IsEmpty)
            {
                continue;
            }

            if (++fields > MaxFields)
            {
                errors.Add(WebhookJson.WholeBody, $"has more than {MaxFields} fields");
                return false;
            }

            if (!TryDecode(NameOf(field), out var name) || !TryDecode(ValueOf(field), out var value))
            {
                errors.Add(WebhookJson.WholeBody, "is not valid UTF-8");
                return false;
            }

            var steps = Steps(name);
            if (steps.Count > MaxNesting)
            {
                errors.Add(name, $"nests more than {MaxNesting} deep");
                return false;
            }

            if (!TryPlace(root, steps, value))
            {
                errors.Add(name, "is given twice, or both as a value and as a group");
                return false;
            }
        }

        json = Encoding.UTF8.GetBytes(root.ToJsonString());
        return true;
    }

    /// <summary>Where a field's value starts; the field's end when it has none.</summary>
    public static int ValueStart(ReadOnlySpan<byte> field) => field.IndexOf((byte)'=') is >= 0 and var equals ? equals + 1 : field.Length;

    public static bool TryDecode(ReadOnlySpan<byte> encoded, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var bytes = WebUtility.UrlDecodeToBytes(encoded.ToArray(), 0, encoded.Length);
        if (!Utf8.IsValid(bytes))
        {
            return false;
        }

        text = Encoding.UTF8.GetString(bytes);
        return true;
    }

    /// <summary>The names a field's name nests into: <c>message[body]</c> and <c>message.body</c> are <c>message</c>, <c>body</c>; the last of <c>tags[]</c> is empty.</summary>
    public static IReadOnlyList<string> Steps(string name)
    {
        if (Bracketed().Match(name) is { Success: true } brackets)
        {
            return [brackets.Groups[1].Value, .. brackets.Groups[2].Captures.Select(capture => capture.Value)];
        }

        // A custom field's display name may hold a dot; only plain words nest.
        return Dotted().IsMatch(name) ? name.Split('.') : [name];
    }

    public static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> field) => field.IndexOf((byte)'=') is >= 0 and var equals ? field[..equals] : field;

    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> field) => field[ValueStart(field)..];

    private static bool TryPlace(JsonObject root, IReadOnlyList<string> steps, string value)
    {
        var isList = steps.Count > 1 && (steps[^1].Length == 0 || int.TryParse(steps[^1], out _));
        var holder = root;
        foreach (var step in steps.Take(steps.Count - (isList ? 2 : 1)))
        {
            if (!holder.TryGetPropertyValue(step, out var next))
            {
                holder[step] = next = new JsonObject();
            }

            if (next is not JsonObject group)
            {
                return false;
            }

            holder = group;
        }

        return isList ? TryAppend(holder, steps[^2], value) : holder.TryAdd(steps[^1], JsonValue.Create(value));
    }

    private static bool TryAppend(JsonObject holder, string name, string value)
    {
        if (!holder.TryGetPropertyValue(name, out var list))
        {
            holder[name] = list = new JsonArray();
        }

        if (list is not JsonArray array)
        {
            return false;
        }

        array.Add(JsonValue.Create(value));
        return true;
    }

    [GeneratedRegex(@"^([^\[\]]+)(?:\[([^\[\]]*)\])+$", RegexOptions.CultureInvariant)]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$", RegexOptions.CultureInvariant)]
    private static partial Regex Dotted();
}
