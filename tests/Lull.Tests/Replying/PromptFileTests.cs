using System.Text.Json;
using FsCheck.Xunit;
using Lull.Replying;

namespace Lull.Tests.Replying;

public sealed class PromptFileTests
{
    private const string Good = """
        default: You answer for everybody.
        sources:
          Gym-Ads:
            instructions: You answer gym leads.
            opening: Hi! Saw our ad?
        channels:
          sms: Keep it very short.
        locations:
          LOC1:
            instructions: You answer for location one.
            sources:
              gym-ads: You answer gym leads of location one.
            channels:
              WhatsApp:
                instructions: You answer location one on WhatsApp.
                facts: "Map: https://maps.example/1"
          LOC2: You answer for location two.
        """;

    [Theory]
    [InlineData("other", "Email", null, "default")]
    [InlineData("other", "Email", "unknown", "default")]
    [InlineData("other", "SMS", "unknown", "channels.sms")]
    [InlineData("other", "SMS", " GYM-ads ", "sources.Gym-Ads")]
    [InlineData("LOC1", "SMS", null, "locations.LOC1")]
    [InlineData("LOC1", "SMS", "Gym-Ads", "locations.LOC1.sources.gym-ads")]
    [InlineData("LOC1", "whatsapp", "unknown", "locations.LOC1.channels.WhatsApp")]
    [InlineData("LOC2", "SMS", "gym-ads", "locations.LOC2")]
    [InlineData("loc2", "Email", null, "default")]
    public void The_most_fitting_prompt_is_chosen(string location, string channel, string? source, string name)
    {
        var load = PromptFile.Parse("prompts.yaml", Good);

        Assert.Empty(load.Errors);
        Assert.Equal(name, load.Book!.Choose(location, channel, source).Name);
    }

    [Fact]
    public void A_prompt_has_instructions_facts_and_an_opening()
    {
        var book = PromptFile.Parse("prompts.yaml", Good).Book!;

        Assert.Equal(new PromptText("sources.Gym-Ads", "You answer gym leads.", null, "Hi! Saw our ad?"), book.Choose("x", "SMS", "gym-ads"));
        Assert.Equal("Map: https://maps.example/1", book.Choose("LOC1", "WhatsApp", null).Facts);
    }

    [Theory]
    [InlineData("", "must hold one YAML document")]
    [InlineData("- a", "must hold one YAML document")]
    [InlineData("a: [", "not valid YAML")]
    [InlineData("default: x\ndefault: y", "not valid YAML")]
    [InlineData("sources: {}", "line 1: `default` is missing")]
    [InlineData("default: x\nsource: {}", "line 2: `source` is not known; known here: default, sources, channels, locations")]
    [InlineData("default:\n  instructons: x", "line 2: `default.instructons` is not known")]
    [InlineData("default:\n  opening: x", "line 2: `default.instructions` is missing")]
    [InlineData("default: 5", "line 1: `default` must be text, not 5")]
    [InlineData("default: true", "line 1: `default` must be text, not true")]
    [InlineData("default:", "line 1: `default` is empty")]
    [InlineData("default: ''", "line 1: `default` is empty")]
    [InlineData("default: null", "line 1: `default` is empty")]
    [InlineData("default: [a]", "line 1: `default` must be text")]
    [InlineData("default: x\nsources: y", "line 2: `sources` must be a mapping")]
    [InlineData("default: x\nsources:\n  a: y\n  A: z", "line 4: `sources.A` is there twice")]
    [InlineData("default: x\nlocations:\n  L:\n    sources:\n      a: y", "line 4: `locations.L.instructions` is missing")]
    [InlineData("default: x\nlocations:\n  L:\n    instructions: x\n    sources:\n      a:\n        facts: y", "line 7: `locations.L.sources.a.instructions` is missing")]
    [InlineData("default: &d\n  instructions: x\n  facts: *d", "`default.facts` must be text")]
    public void What_is_wrong_is_named_with_line_and_key(string yaml, string error)
    {
        var load = PromptFile.Parse("prompts.yaml", yaml);

        Assert.Null(load.Book);
        Assert.Contains(load.Errors, message => message.StartsWith("prompts.yaml", StringComparison.Ordinal) && message.Contains(error, StringComparison.Ordinal));
    }

    [Fact]
    public void All_errors_are_told_together()
        => Assert.Equal(3, PromptFile.Parse("prompts.yaml", "default: 1\nx: y\nchannels: z").Errors.Count);

    [Property(MaxTest = 1000)]
    public bool Any_text_gives_a_book_or_errors_and_never_throws(byte[] picks)
    {
        string[] parts = ["default", "sources", "locations", ": ", ":", "\n", "\n  ", "\n    ", "x", "- ", "[", "]", "{", "}", "&a ", "*a", "? ", "!!int ", "|", ">", "\"", "'", "#", "%", "---\n", "\t", "5", "~", "\0", "<<: "];

        var load = PromptFile.Parse("prompts.yaml", string.Concat(picks.Select(pick => parts[pick % parts.Length])));

        return load.Book is null != (load.Errors.Count == 0);
    }

    [Fact]
    public void The_example_that_ships_loads()
    {
        var load = PromptLibrary.Load(Path.Combine(Repository.Root, "prompts.example.yaml"));

        Assert.Empty(load.Errors);
        Assert.NotEqual(load.Book!.General.Own, load.Book.Choose("any", "SMS", "gym-ads"));
    }

    [Fact]
    public void The_schema_that_ships_knows_the_same_keys()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "prompts.schema.json")));

        Assert.Equal(["default", "sources", "channels", "locations"], Keys(schema.RootElement));
        Assert.Equal(["instructions", "facts", "opening"], Keys(schema.RootElement.GetProperty("$defs").GetProperty("entry")));
        Assert.Equal(["instructions", "facts", "opening", "sources", "channels"], Keys(schema.RootElement.GetProperty("$defs").GetProperty("section")));
    }

    private static IEnumerable<string> Keys(JsonElement element) => element.GetProperty("properties").EnumerateObject().Select(property => property.Name);
}
