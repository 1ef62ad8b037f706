using System.Text;
using Lull.Hosting.Settings;
using Lull.Storage.Postgres.Connecting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Lull.Hosting;

/// <summary>What a person who has just started Lull wants to know.</summary>
/// <param name="Address">Where it listens, as a URL that works on this machine.</param>
/// <param name="Store">Which store, and where.</param>
internal sealed record StartSummary(string Address, string Store, BurstWindow Window, LullSettings Settings)
{
    private const string Contact = "contact_123";

    public static async Task<StartSummary> OfAsync(WebApplication app, LullSettings settings, CancellationToken cancellationToken)
    {
        var window = await app.Services.GetRequiredService<BurstWindows>().CurrentAsync(cancellationToken);
        var store = app.Services.GetRequiredService<IMessageStore>().Kind;
        return new(AddressOf(app, settings.Hosting), $"{store}, {PlaceOf(settings.Storage)}", window, settings);
    }

    /// <summary>The address that is really listened on, once the server runs.</summary>
    public static string AddressOf(WebApplication app, HostingOptions options)
    {
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        var port = bound is null ? options.Port : BindingAddress.Parse(bound).Port;
        return $"http://{ListeningAddress.InUrl(options.Addresses[0])}:{port}";
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append($"\nLull {ProductVersion.Text} listens on {Address}\n\n");
        text.Append($"  store     {Store}\n");
        if (Settings.Hosting.Cluster is { Address: not null } cluster)
        {
            text.Append($"  node      {NodeOf(cluster)}\n");
        }

        text.Append($"  replies   {(Settings.Replying.IsRehearsal ? "rehearsal (OPENAI_API_KEY or OPENAI_BASE_URL brings a model)" : Settings.Replying.Model)}\n");
        text.Append($"  delivery  {(Settings.Conversations.RecordOnly ? "record: nothing is sent to anybody" : "send, through GoHighLevel")}\n");
        text.Append($"  waits     {Window.Wait.TotalSeconds:0} s of silence, at most {Window.MaxWait.TotalSeconds:0} s\n");
        text.Append($"  docs      {PublicAddress}/docs\n");
        if (Settings.Hosting.StartsPaused)
        {
            text.Append("  PAUSED    nothing is written or sent until POST /resume\n");
        }

        text.Append("\nSend a message (several within the wait get one reply):\n");
        text.Append($"  curl -X POST {Address}/webhook -H 'Content-Type: application/json'{Proof("WEBHOOK_SECRET", "X-Webhook-Secret: ")} \\\n");
        text.Append($$"""    -d '{"type":"contact.reply","contact":{"id":"{{Contact}}"},"message":"Hi there"}'""").Append('\n');
        text.Append("See what becomes of it:\n");
        text.Append($"  curl {Address}/batch-status/{Contact}{Proof("ADMIN_TOKEN", "Authorization: Bearer ")}\n\n");
        return text.ToString();
    }

    private static string PlaceOf(StorageOptions storage) => storage.Postgres is { } postgres
        ? $"{ConnectionText.Show(postgres.ConnectionString)}, schema {postgres.Schema}"
        : Path.GetFullPath(storage.DataDirectory);

    private static string NodeOf(ClusterOptions cluster) => $"{cluster.Address}:{cluster.Port}, cluster {cluster.ClusterId}";

    private string PublicAddress => Settings.Hosting.PublicUrl?.ToString().TrimEnd('/') ?? Address;

    /// <summary>A header that fetches the secret from where it is set, so that the line can be pasted and shows nothing.</summary>
    private string Proof(string name, string header) => Settings.InForce.First(setting => setting.Name == name).Source switch
    {
        SettingSources.FromDotEnv => $""" -H "{header}$(sed -n 's/^{name}=//p' .env | cut -d, -f1)" """.TrimEnd(),
        SettingSources.FromFile => $""" -H "{header}$(cut -d, -f1 "${name}_FILE")" """.TrimEnd(),
        SettingSources.FromEnvironment => $""" -H "{header}${name}" """.TrimEnd(),
        _ => "",
    };
}
