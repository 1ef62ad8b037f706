using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Lull.Tests.Hosting;

namespace Lull.Tests.Documentation;

/// <summary>The README's first minute, really taken.</summary>
public sealed partial class ReadmeCommandsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string FirstMinute => MarkdownFile.All.Single(file => file.Name == "README.md").Section("## One minute to the first reply");

    [Fact]
    public async Task The_commands_of_the_first_minute_make_a_batch_of_three()
    {
        var commands = CurlCommand.In(FirstMinute).ToList();
        await using var lull = await RunningLull.StartAsync();

        foreach (var message in commands.Where(command => command.Path == "/webhook"))
        {
            Assert.Equal("batched", (await AskAsync(lull, message, HttpStatusCode.OK)).GetProperty("outcome").GetString());
        }

        var status = await AskAsync(lull, commands.Single(command => command.Method == HttpMethod.Get), HttpStatusCode.OK);
        var force = await AskAsync(lull, commands.Single(command => command.Path.StartsWith("/force", StringComparison.Ordinal)), HttpStatusCode.Accepted);

        var batch = status.GetProperty("batch");
        Assert.Equal(3, batch.GetProperty("message_count").GetInt32());
        Assert.Equal(["Hi there", "I have a question", "About gym membership"], batch.GetProperty("messages").EnumerateArray().Select(text => text.GetString()));
        Assert.Equal(3, force.GetProperty("message_count").GetInt32());
    }

    [Fact]
    public async Task The_answers_it_shows_have_the_fields_of_the_real_ones()
    {
        var commands = CurlCommand.In(FirstMinute).ToList();
        var shown = JsonBlock().Matches(FirstMinute).Select(match => JsonElement.Parse(match.Groups[1].Value)).ToList();
        await using var lull = await RunningLull.StartAsync();

        var acknowledged = await AskAsync(lull, commands.First(command => command.Path == "/webhook"), HttpStatusCode.OK);
        var status = await AskAsync(lull, commands.Single(command => command.Method == HttpMethod.Get), HttpStatusCode.OK);

        Assert.Equal(Fields(acknowledged), Fields(shown[0]));
        Assert.Equal(Fields(status), Fields(shown[1]));
        Assert.Equal(Fields(status.GetProperty("batch")), Fields(shown[1].GetProperty("batch")));
    }

    private static async Task<JsonElement> AskAsync(RunningLull lull, CurlCommand command, HttpStatusCode expected)
    {
        using var request = command.ToRequest();
        using var answer = await lull.Client.SendAsync(request, Token);
        Assert.Equal(expected, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    private static IEnumerable<string> Fields(JsonElement json) => json.EnumerateObject().Select(field => field.Name);

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}
