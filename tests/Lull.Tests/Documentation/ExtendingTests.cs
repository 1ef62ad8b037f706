using System.Net;
using System.Threading.Channels;
using Lull.Extensions;
using Lull.Receiving;
using Lull.Tests.Receiving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Lull.Tests.Documentation;

public sealed class ExtendingTests
{
    private static CancellationToken Deadline => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("OrderPaidNotifier.cs")]
    [InlineData("HelpDeskDialect.cs")]
    public async Task The_page_shows_the_very_code_that_is_compiled(string file)
    {
        var root = Root();
        var page = await File.ReadAllTextAsync(Path.Combine(root, "docs", "extending.md"), Deadline);
        var code = await File.ReadAllTextAsync(Path.Combine(root, "tests", "Lull.Tests", "Documentation", file), Deadline);

        Assert.Contains($"```csharp\n{code}```\n", page.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_handler_of_the_page_posts_its_note()
    {
        var chat = new Chat();
        await using var server = await ReceivingServer.StartAsync(configure: services =>
        {
            services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("TEAM_CHAT_URL", "http://chat.invalid/hook")]).Build());
            services.AddWebhookHandler<OrderPaidNotifier>();
            services.AddHttpClient("").ConfigurePrimaryHttpMessageHandler(() => chat);
        });

        using var response = await server.PostAsync("""{"type":"order.paid","order":{"number":"A-17"}}""");

        var answer = await response.JsonAsync();
        Assert.Equal(("recorded", "event"), (answer.GetProperty("outcome").GetString(), answer.GetProperty("reason").GetString()));
        var note = await chat.Notes.Reader.ReadAsync(Deadline).AsTask().InTime();
        Assert.Equal($$"""http://chat.invalid/hook {"id":"{{answer.GetProperty("id").GetString()}}","text":"Order A-17 is paid."}""", note);
    }

    [Fact]
    public async Task The_dialect_of_the_page_makes_messages()
    {
        await using var server = await ReceivingServer.StartAsync(configure: services => services.AddWebhookDialect<HelpDeskDialect>());

        using var response = await server.PostAsync("""{"ticket":{"requester_id":"u7"},"comment":{"id":"k1","text":"Hello"}}""");
        using var wrong = await server.PostAsync("""{"ticket":{},"comment":{"id":"k1","text":"Hello"}}""");

        Assert.Equal("batched", await response.OutcomeAsync());
        var message = server.Store.Arrivals[0].Message!;
        Assert.Equal((new ConversationId("default", "u7"), "k1", "Hello"), (message.Conversation, message.ExternalId, message.Text));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Lull.slnx")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }

    private sealed class Chat : HttpMessageHandler
    {
        public Channel<string> Notes { get; } = Channel.CreateUnbounded<string>();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Notes.Writer.WriteAsync($"{request.RequestUri} {await request.Content!.ReadAsStringAsync(cancellationToken)}", cancellationToken);
            return new(HttpStatusCode.OK);
        }
    }
}
