using Lull.Hosting.Settings;
using Lull.Tests.Architecture;

namespace Lull.Tests.Hosting;

public sealed class SettingDocumentsTests
{
    private const string Heading = """
        Every setting of Lull with its default. Copy this file to .env and change what you need,
        or run `lull init`, which also makes fresh secrets. A real environment variable beats .env.
        An empty setting counts as not set. docs/configuration.md explains more.
        """;

    [Fact]
    public void The_example_file_is_the_catalogue()
    {
        var expected = EnvExample.Write(Heading);
        File.WriteAllText(Path.Combine(Repository.Root, "artifacts", "env.example"), expected);

        Assert.True(expected == Repository.Read("env.example"), "env.example is not what the catalogue says: cp artifacts/env.example env.example");
    }

    [Fact]
    public void The_example_file_used_as_it_is_sets_every_default()
    {
        using var folder = new TemporaryFolder();
        folder.Write(".env", Repository.Read("env.example"));
        var sources = new SettingSources(new Dictionary<string, string>(), SettingSources.OfProcess(folder.Path).DotEnv);

        var settings = LullSettings.Read(sources);
        var defaults = SettingsOf.Read();

        Assert.Equal(SettingCatalogue.All.Select(setting => setting.Name).Order(), sources.DotEnv.Keys.Order());
        Assert.Equal(defaults.InForce.Select(setting => (setting.Name, setting.Value)), settings.InForce.Select(setting => (setting.Name, setting.Value)));
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void The_operators_table_has_a_row_for_every_setting_with_its_default_and_for_nothing_else()
    {
        var rows = Repository.Read("docs/configuration.md").Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(cells => cells[1].Trim('`'), cells => cells[2]);

        Assert.Equal(SettingCatalogue.All.Select(setting => setting.Name).Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(SettingCatalogue.All, setting => Assert.StartsWith(setting.Default.Length > 0 ? $"`{setting.Default}`" : "empty", rows[setting.Name], StringComparison.Ordinal));
    }

    [Fact]
    public void Every_default_is_itself_allowed_and_explained()
        => Assert.All(SettingCatalogue.All, setting =>
        {
            Assert.True(setting.Default.Length > 0 || setting.DefaultNote is not null, $"{setting.Name} has neither a default nor a word on what holds without one.");
            Assert.EndsWith(".", setting.Meaning, StringComparison.Ordinal);
        });
}
