using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Lull.Replying;

/// <summary>Reads the prompts file (<c>docs/prompts.schema.json</c>), strictly: a key that is not known would silently never be used. Every error names its line and key.</summary>
internal sealed class PromptFile
{
    private static readonly string[] TextKeys = ["instructions", "facts", "opening"];

    private readonly string _name;
    private readonly List<string> _errors = [];

    private PromptFile(string name) => _name = name;

    /// <summary>The book, or what is wrong with the text. Never throws for what the text holds.</summary>
    /// <param name="name">The file's name, for the errors.</param>
    public static PromptLoad Parse(string name, string yaml)
    {
        var file = new PromptFile(name);
        var book = file.Parse(yaml);
        return file._errors is [] ? new(book, []) : new(null, file._errors);
    }

    private PromptBook? Parse(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        try
        {
            var stream = new YamlStream();
            stream.Load(parser);
            if (stream.Documents is [{ RootNode: YamlMappingNode root }])
            {
                return Book(root);
            }

            _errors.Add($"{_name}: must hold one YAML document with at least the key `default`");
        }
        catch (YamlException error)
        {
            _errors.Add($"{_name} line {error.Start.Line}: not valid YAML: {error.Message}");
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // What the YAML library throws for some mappings that end too early.
            _errors.Add($"{_name} line {parser.Current?.Start.Line ?? 1}: not valid YAML");
        }

        return null;
    }

    private PromptBook? Book(YamlMappingNode root)
    {
        var keys = Known(root, "", ["default", "sources", "channels", "locations"]);
        if (!keys.TryGetValue("default", out var own))
        {
            Fault(root, "`default` is missing: it answers whoever no other prompt is for");
        }

        var general = Section("", own is null ? null : Text(own, "default"), keys);
        var locations = Entries(keys, "", "locations", StringComparer.Ordinal, Location);
        return general is null ? null : new() { General = general, Locations = locations };
    }

    private PromptSection? Location(YamlNode node, string path)
    {
        if (node is not YamlMappingNode map)
        {
            return Text(node, path) is { } text ? new() { Own = text } : null;
        }

        var keys = Known(map, path, [.. TextKeys, "sources", "channels"]);
        return Section(path, Text(map, path, keys), keys);
    }

    private PromptSection? Section(string path, PromptText? own, Dictionary<string, YamlNode> keys)
    {
        var sources = Entries(keys, path, "sources", StringComparer.OrdinalIgnoreCase, Text);
        var channels = Entries(keys, path, "channels", StringComparer.OrdinalIgnoreCase, Text);
        return own is null ? null : new() { Own = own, Sources = sources, Channels = channels };
    }

    private Dictionary<string, T> Entries<T>(Dictionary<string, YamlNode> keys, string path, string key, StringComparer comparer, Func<YamlNode, string, T?> read)
        where T : class
    {
        var found = new Dictionary<string, T>(comparer);
        if (!keys.TryGetValue(key, out var node))
        {
            return found;
        }

        path = Join(path, key);
        if (node is not YamlMappingNode map)
        {
            Fault(node, $"`{path}` must be a mapping of names to prompts");
            return found;
        }

        foreach (var (nameNode, entry) in map.Children)
        {
            var name = (nameNode as YamlScalarNode)?.Value?.Trim() ?? "";
            if (name.Length is 0 or > 256)
            {
                Fault(nameNode, $"a name in `{path}` must be text of 1 to 256 characters");
            }
            else if (read(entry, Join(path, name)) is { } value && !found.TryAdd(name, value))
            {
                Fault(nameNode, $"`{Join(path, name)}` is there twice; upper and lower case are the same here");
            }
        }

        return found;
    }

    private PromptText? Text(YamlNode node, string path)
        => node is YamlMappingNode map ? Text(map, path, Known(map, path, TextKeys))
            : String(node, path) is { } instructions ? new(path, instructions, null, null)
            : null;

    private PromptText? Text(YamlMappingNode map, string path, Dictionary<string, YamlNode> keys)
    {
        string? Part(string key) => keys.TryGetValue(key, out var node) ? String(node, Join(path, key)) : null;

        var (instructions, facts, opening) = (Part("instructions"), Part("facts"), Part("opening"));
        if (!keys.ContainsKey("instructions"))
        {
            Fault(map, $"`{Join(path, "instructions")}` is missing: a prompt is used whole, nothing is taken over from another one");
        }

        return instructions is null ? null : new(path, instructions, facts, opening);
    }

    private string? String(YamlNode node, string path)
    {
        if (node is not YamlScalarNode { Value: { } value } scalar)
        {
            Fault(node, $"`{path}` must be text");
            return null;
        }

        if (string.IsNullOrWhiteSpace(value) || (scalar.Style == ScalarStyle.Plain && value is "~" or "null" or "Null" or "NULL"))
        {
            Fault(node, $"`{path}` is empty: write a text or leave the key out");
            return null;
        }

        if (scalar.Style == ScalarStyle.Plain && IsNoText(value))
        {
            Fault(node, $"`{path}` must be text, not {value}: put it in quotes if it is meant so");
            return null;
        }

        return value.Trim();
    }

    /// <summary>What YAML itself reads as a number or a truth value when it is not quoted.</summary>
    private static bool IsNoText(string value)
        => bool.TryParse(value, out _) || double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out _);

    private Dictionary<string, YamlNode> Known(YamlMappingNode map, string path, IReadOnlyList<string> known)
    {
        var keys = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (keyNode, value) in map.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value ?? "";
            if (known.Contains(key))
            {
                keys[key] = value;
            }
            else
            {
                Fault(keyNode, $"`{Join(path, key)}` is not known; known here: {string.Join(", ", known)}");
            }
        }

        return keys;
    }

    private void Fault(YamlNode node, string message) => _errors.Add($"{_name} line {node.Start.Line}: {message}");

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
