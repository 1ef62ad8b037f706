using System.Globalization;
using Lull.Operating;

namespace Lull.Hosting.Settings;

/// <summary>Reads each setting once, by its kind, and gathers every violation instead of stopping at the first.</summary>
internal sealed class SettingsReader
{
    private readonly SettingSources _sources;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly List<SettingInForce> _inForce = [];
    private readonly List<SettingViolation> _violations = [];

    public SettingsReader(SettingSources sources)
    {
        _sources = sources;
        foreach (var setting in SettingCatalogue.All)
        {
            Read(setting);
        }
    }

    public IReadOnlyList<SettingInForce> InForce => _inForce;
    public IReadOnlyList<SettingViolation> Violations => _violations;

    /// <summary>The text in force, or null when nothing is set and there is no default.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    public bool IsSet(string name) => _inForce.First(setting => setting.Name == name).Source != SettingSources.FromDefault;

    /// <summary>True when nothing was set, as opposed to something that is not allowed.</summary>
    public bool IsMissing(string name)
        => Text(name) is null && _violations.All(violation => violation.Name != name && violation.Name != $"{name}_FILE");

    public bool Switch(string name) => bool.Parse(_values[name]);

    public long? Number(string name) => Text(name) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;

    public int Whole(string name) => (int)Number(name)!.Value;

    public TimeSpan Duration(string name) => Durations.TryParse(_values[name], out var seconds) ? TimeSpan.FromSeconds(seconds) : throw new FormatException(name);

    public Uri? Url(string name) => Text(name) is { } text ? new(text) : null;

    public IReadOnlyList<string> List(string name) => Text(name) is { } text ? SettingShapes.Split(text) : [];

    /// <summary>A variable of the environment that is no setting of Lull's but tells where it runs; null when empty.</summary>
    public string? Surroundings(string name) => _sources.Environment.GetValueOrDefault(name) is { } text && text.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>Notes what is wrong with a value in a sentence of its own; the value is not shown.</summary>
    public void Complain(string name, string sentence) => _violations.Add(new(name, null, sentence));

    /// <summary>Notes a violation of a rule between settings.</summary>
    public void Refuse(string name, string allowed)
    {
        var setting = SettingCatalogue.Find(name);
        _violations.Add(Text(name) is { } value ? SettingViolation.Of(setting, value, allowed) : new(name, null, allowed));
    }

    private void Read(Setting setting)
    {
        var (value, source) = Find(setting);
        if (value.Length > 0 && !IsAllowed(setting, value))
        {
            _violations.Add(SettingViolation.Of(setting, value));
            value = "";
        }

        if (value.Length == 0)
        {
            (value, source) = (setting.Default, SettingSources.FromDefault);
        }

        if (value.Length > 0)
        {
            _values[setting.Name] = value;
        }

        _inForce.Add(new(setting.Name, ShowInForce(setting, value), source, setting.IsSecret));
    }

    private (string Value, string Source) Find(Setting setting)
    {
        var direct = _sources.Find(setting.Name) ?? ("", SettingSources.FromDefault);
        if (!setting.IsSecret || _sources.Find($"{setting.Name}_FILE") is not { Value.Length: > 0 } file)
        {
            return direct;
        }

        if (direct.Value.Length > 0)
        {
            _violations.Add(new($"{setting.Name}_FILE", file.Value, $"one of {setting.Name} and {setting.Name}_FILE, not both"));
            return direct;
        }

        try
        {
            var text = File.ReadAllText(file.Value).Trim();
            if (text.Length > 0)
            {
                return (text, SettingSources.FromFile);
            }

            _violations.Add(new($"{setting.Name}_FILE", file.Value, "a file that is not empty"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _violations.Add(new($"{setting.Name}_FILE", file.Value, "a file that exists and that Lull may read"));
        }

        return ("", SettingSources.FromDefault);
    }

    private static bool IsAllowed(Setting setting, string value) => setting.IsValid(value) && setting.Kind switch
    {
        SettingKind.Number => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= setting.Min && number <= setting.Max,
        SettingKind.Duration => Durations.TryParse(value, out var seconds) && seconds >= setting.Min && seconds <= setting.Max,
        SettingKind.Switch => bool.TryParse(value, out _),
        SettingKind.Choice => setting.Choices.Contains(value, StringComparer.OrdinalIgnoreCase),
        SettingKind.Url => SettingShapes.IsUrl(value),
        _ => true,
    };

    /// <summary>Of a secret only whether there is one: null = not set.</summary>
    private static string? ShowInForce(Setting setting, string value) => (setting.IsSecret, value.Length > 0) switch
    {
        (true, true) => "set",
        (true, false) => null,
        (false, true) => SettingViolation.Show(setting, value),
        (false, false) => setting.DefaultNote,
    };
}
