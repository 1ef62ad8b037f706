using Lull.Hosting.Settings;

namespace Lull.Hosting;

/// <summary>Shows the one idea of Lull within ten seconds: three messages, one reply.</summary>
internal static class DemoCommand
{
    /// <summary>A server of its own: whatever could reach a customer, or be reached, is taken back to its default.</summary>
    private static readonly Dictionary<string, string> Overrides = new(StringComparer.Ordinal)
    {
        ["HOST"] = "127.0.0.1",
        ["PORT"] = "0",
        ["MESSAGE_BATCH_WAIT_TIME"] = "5",
        ["DELIVERY"] = "record",
        ["LOG_LEVEL"] = "Warning",
        ["LOG_FORMAT"] = "text",
    };

    private static readonly string[] ModelSettings =
    [
        "OPENAI_API_KEY", "OPENAI_API_KEY_FILE", "OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_SYSTEM_PROMPT", "PROMPTS_FILE", "REPLY_MAX_TOKENS", "REPLY_TIMEOUT",
    ];

    public static async Task<int> RunAsync(TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("lull-demo-");
        try
        {
            var settings = LullSettings.Read(Sources(SettingSources.OfProcess(Environment.CurrentDirectory), folder.FullName), Rooms.SettingChecks);
            var prompts = new PromptEcho();
            await using var app = LullHost.Build(settings, builder => prompts.Follow(builder.Services));
            await LullHost.StartAsync(app, settings, cancellationToken);
            var talk = new DemoTalk(new Uri(StartSummary.AddressOf(app, settings.Hosting)), prompts, TimeProvider.System, output);
            var answered = await talk.RunAsync(settings.Replying, cancellationToken);
            await app.StopAsync(CancellationToken.None);
            return answered ? ExitCodes.Done : ExitCodes.Failed;
        }
        catch (BadSettingsException e)
        {
            ServeCommand.Explain(e, error);
            return ExitCodes.BadSettings;
        }
        catch (Exception e) when (e is HttpRequestException or StoreUnavailableException or CannotListenException)
        {
            error.WriteLine($"The demo could not be shown: {e.Message}");
            return ExitCodes.Failed;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Only what the model needs is taken from the operator's own settings.</summary>
    internal static SettingSources Sources(SettingSources own, string folder)
    {
        var chosen = new Dictionary<string, string>(Overrides, StringComparer.Ordinal) { ["DATA_DIR"] = folder };
        foreach (var name in ModelSettings)
        {
            if (own.Find(name) is { Value.Length: > 0 } found)
            {
                chosen[name] = found.Value;
            }
        }

        return new(chosen, new Dictionary<string, string>());
    }
}
