using System.Text.Json;
using System.Text.Json.Nodes;
using Lull.Hosting;
using Lull.Tests.EndToEnd.Cluster;
using Lull.Tests.Harness;
using Lull.Tests.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.EndToEnd.Moving;

/// <summary>Real servers one after another, each on a store that came from the one before, between one model and one GHL.</summary>
internal sealed class OneLull : IAsyncDisposable
{
    private readonly List<LullProcess> _started = [];

    private OneLull(FakeModel model, FakeGoHighLevel ghl) => (Model, Ghl) = (model, ghl);

    public FakeModel Model { get; }

    public FakeGoHighLevel Ghl { get; }

    /// <summary>For files that outlive a server.</summary>
    public TemporaryFolder Folder { get; } = new();

    public static async Task<OneLull> CreateAsync()

        // Dated ahead: Lull looks for its sends from the intent on.
        => new(await FakeModel.StartAsync(), await FakeGoHighLevel.StartAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(1))));

    public LullProcess Lull(params (string Name, string Value)[] settings)
    {
        var lull = new LullProcess(
            [
                ("OPENAI_BASE_URL", Model.BaseUrl.ToString()), ("OPENAI_API_KEY", "sk-test"), ("GHL_API_KEY", "pit-test"), ("GHL_LOCATION_ID", "loc1"),
                ("GHL_BASE_URL", Ghl.BaseUrl.ToString()), ("REPLY_HISTORY_MESSAGES", "0"),
                .. settings.Any(setting => setting.Name == "MESSAGE_BATCH_WAIT_TIME") ? settings : [.. settings, ("MESSAGE_BATCH_WAIT_TIME", "5")],
            ],
            speed: 1);
        _started.Add(lull);
        return lull;
    }

    /// <summary>Runs a command of Lull's to its end, which must be a good one; returns what it says at a line.</summary>
    public async Task<string> RunAsync(string[] words, string upTo, params (string Name, string Value)[] settings)
    {
        using var command = StartedCommand.Start(Folder.Path, words, settings);
        var line = await command.ReadToAsync(upTo);
        Assert.Equal((ExitCodes.Done, ""), await command.EndAsync());
        return line;
    }

    /// <summary>Says something, and waits for the answer.</summary>
    public async Task AnsweredAsync(LullProcess lull, string contact, string text)
    {
        Assert.True(await lull.SayAsync(text, contact, $"id-{text}"));
        await UntilAnsweredAsync(lull, contact, text);
    }

    public async Task UntilAnsweredAsync(LullProcess lull, string contact, string text)
    {
        await SeveralNodes.UntilAsync(() => FateAsync(lull, contact, text), fate => fate.GetProperty("state").GetString() == "answered", $"{text} is not answered");
        Assert.Single(Ghl.SentTo(contact), reply => reply.Contains(text, StringComparison.Ordinal));
    }

    public static Task<JsonElement> FateAsync(LullProcess lull, string contact, string text)
        => lull.GetAsync($"/messages?external_id={Uri.EscapeDataString($"id-{text}")}&contact={contact}");

    /// <summary>What it answers, but for the moment of the answer.</summary>
    public static async Task<string> ShownAsync(LullProcess lull, string path)
    {
        var answer = JsonNode.Parse((await lull.GetAsync(path)).GetRawText())!.AsObject();
        answer.Remove("timestamp");
        return answer.ToJsonString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var lull in _started)
        {
            await lull.DisposeAsync();
        }

        await Model.DisposeAsync();
        await Ghl.DisposeAsync();
        Folder.Dispose();
    }
}
