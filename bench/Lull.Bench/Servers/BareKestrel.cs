using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Lull.Bench.Servers;

/// <summary>The yardstick: Kestrel that takes a webhook's JSON and answers Lull's JSON, and does nothing between the two.</summary>
internal static class BareKestrel
{
    /// <summary>The word under which the benchmark starts itself again as this server.</summary>
    public const string Word = "bare-kestrel";

    /// <summary>Serves on a free loopback port until its standard input ends, which it does when the benchmark does.</summary>
    public static async Task ServeAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync(cancellationToken);
        Console.WriteLine($"Listening on {app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
        await Console.In.ReadToEndAsync(cancellationToken);
        await app.StopAsync(CancellationToken.None);
    }

    private static async Task AnswerAsync(HttpContext http)
    {
        var webhook = await JsonSerializer.DeserializeAsync(http.Request.BodyReader, BareJson.Default.BareWebhook, http.RequestAborted);
        var body = JsonSerializer.SerializeToUtf8Bytes(BareAnswer.To(webhook!), BareJson.Default.BareAnswer);
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
