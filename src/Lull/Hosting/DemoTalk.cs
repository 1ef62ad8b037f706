using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Lull.Replying;

namespace Lull.Hosting;

/// <summary>The demo's contact: says three things over HTTP and watches its own status until the reply is there.</summary>
internal sealed class DemoTalk(Uri server, PromptEcho prompts, TimeProvider clock, TextWriter output)
{
    private const string Contact = "contact_123";
    private static readonly string[] Messages = ["Hi there", "I have a question", "About gym membership"];
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), Look = TimeSpan.FromMilliseconds(500), Deadline = TimeSpan.FromSeconds(90);
    private string _shown = "";

    /// <returns>True when the one reply came.</returns>
    public async Task<bool> RunAsync(ReplyingOptions replying, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = server };
        output.WriteLine($"A server of its own at {server}, 5 s of silence, {(replying.IsRehearsal ? "the rehearsal writer" : replying.Model)}; nothing is sent to anybody.\n");
        foreach (var message in Messages)
        {
            await SayAsync(client, message, cancellationToken);
            await Task.Delay(Pause, clock, cancellationToken);
        }

        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < Deadline)
        {
            using var status = await StatusAsync(client, cancellationToken);
            if (status.RootElement.GetProperty("last_reply") is { ValueKind: JsonValueKind.Object } reply)
            {
                ShowReply(reply);
                return true;
            }

            ShowCountdown(status.RootElement);
            await Task.Delay(Look, clock, cancellationToken);
        }

        output.WriteLine($"\nNo reply within {Deadline.TotalSeconds:0} s. With a model, check OPENAI_API_KEY and OPENAI_BASE_URL; docs/troubleshooting.md has more.");
        return false;
    }

    private async Task SayAsync(HttpClient client, string message, CancellationToken cancellationToken)
    {
        var body = $$"""{"type":"contact.reply","contact":{"id":"{{Contact}}","name":"Demo Contact"},"message":"{{message}}"}""";
        using var content = new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json);
        using var response = await client.PostAsync("webhook", content, cancellationToken);
        response.EnsureSuccessStatusCode();
        output.WriteLine($"  contact: {message}");
    }

    private static async Task<JsonDocument> StatusAsync(HttpClient client, CancellationToken cancellationToken)
        => JsonDocument.Parse(await client.GetStringAsync($"batch-status/{Contact}", cancellationToken));

    private void ShowCountdown(JsonElement status)
    {
        if (status.GetProperty("batch") is { ValueKind: JsonValueKind.Object } batch)
        {
            var line = $"  {batch.GetProperty("state").GetString()}: {batch.GetProperty("message_count")} messages, {batch.GetProperty("time_remaining")} s to go";
            if (line != _shown)
            {
                output.Write(Console.IsOutputRedirected ? $"{line}\n" : $"\r{line,-60}");
                _shown = line;
            }
        }
    }

    private void ShowReply(JsonElement reply)
    {
        output.WriteLine();
        if (prompts.Last is { } prompt)
        {
            output.WriteLine("  what the writer was given, in one call:");
            foreach (var message in prompt.Batch.Messages)
            {
                output.WriteLine($"    - {message.Text}");
            }
        }

        output.WriteLine($"\n  the one reply to {reply.GetProperty("message_count")} messages:");
        foreach (var line in reply.GetProperty("text").GetString()!.Split('\n'))
        {
            output.WriteLine($"    {line}");
        }

        output.WriteLine("\nNext: lull init writes a .env, lull serves; the README shows the rest.");
    }
}
