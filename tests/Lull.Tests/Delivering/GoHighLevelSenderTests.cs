using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lull.Delivering;
using Lull.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Delivering;

public sealed class GoHighLevelSenderTests : IAsyncLifetime
{
    private const string Token = "pit-very-secret-token";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 18, 5, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly RecordedLog _log = new();
    private FakeGoHighLevel _ghl = null!;
    private ServiceProvider _services = null!;

    public async ValueTask InitializeAsync()
    {
        _ghl = await FakeGoHighLevel.StartAsync(_time);
        _services = Services(_ghl.BaseUrl);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _ghl.DisposeAsync();
    }

    [Fact]
    public async Task A_reply_goes_out_on_the_contacts_channel_from_the_number_that_was_written_to()
    {
        var delivered = Assert.IsType<DeliveryOutcome.Delivered>(await SendAsync("Friday 3pm works!"));

        var attempt = Assert.Single(_ghl.Attempts);
        Assert.Equal("""{"type":"SMS","contactId":"ann","message":"Friday 3pm works!","fromNumber":"\u002B15550100002"}""", attempt.Body.GetRawText());
        Assert.Equal($"Bearer {Token}", attempt.Authorization);
        Assert.Equal("2021-04-15", attempt.Version);
        Assert.Equal(Assert.Single(_ghl.Sent).Id, delivered.ExternalId);
        Assert.Equal(["Friday 3pm works!"], _ghl.SentTo("ann"));
    }

    [Theory]
    [InlineData("IG", null)]
    [InlineData("WhatsApp", "shop@example.invalid")]
    [InlineData("SMS", "12345")]
    public async Task An_address_that_is_no_phone_number_is_left_out(string channel, string? address)
    {
        await Sender.SendAsync(new(new("LOC1", "ann"), new(channel, address), "ok"), TestContext.Current.CancellationToken);

        Assert.Equal($$"""{"type":"{{channel}}","contactId":"ann","message":"ok"}""", Assert.Single(_ghl.Attempts).Body.GetRawText());
    }

    [Fact]
    public async Task A_refusal_is_told_in_the_vendors_words()
    {
        _ghl.NextSend(GhlAnswer.DndActive);

        Assert.Equal(new DeliveryOutcome.Refused("Cannot send message as DND is active for SMS."), await SendAsync("hi"));
        Assert.Empty(_ghl.Sent);
    }

    [Fact]
    public async Task A_rate_limit_is_waited_for_as_long_as_asked()
    {
        _ghl.NextSend(
            GhlAnswer.RateLimited(retryAfter: "3", intervalMilliseconds: 10_000),
            GhlAnswer.RateLimited(retryAfter: Now.AddSeconds(20).ToString("r", CultureInfo.InvariantCulture)),
            GhlAnswer.RateLimited(intervalMilliseconds: 2_500),
            GhlAnswer.RateLimited());

        TimeSpan?[] waits = [await WaitAsync(), await WaitAsync(), await WaitAsync(), await WaitAsync()];

        Assert.Equal([TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(10)], waits);
        Assert.Empty(_ghl.Sent);

        async Task<TimeSpan?> WaitAsync() => Assert.IsType<DeliveryOutcome.NotSent>(await SendAsync("hi")).After;
    }

    [Fact]
    public async Task A_send_whose_answer_is_cut_off_is_in_doubt_and_never_repeated_here()
    {
        _ghl.NextSend(GhlAnswer.AcceptThenCut, GhlAnswer.Cut, GhlAnswer.AcceptThenFail(500), GhlAnswer.AcceptThenFail(502));

        for (var i = 0; i < 4; i++)
        {
            Assert.IsType<DeliveryOutcome.Unknown>(await SendAsync($"number {i}"));
        }

        Assert.Equal(4, _ghl.Attempts.Count);
        Assert.Equal(["number 0", "number 2", "number 3"], _ghl.SentTo("ann"));
    }

    [Fact]
    public async Task A_cut_on_a_connection_in_use_is_not_repeated_either()
    {
        await SendAsync("first");
        _ghl.NextSend(GhlAnswer.AcceptThenCut);

        Assert.IsType<DeliveryOutcome.Unknown>(await SendAsync("second"));
        Assert.Equal(["first", "second"], _ghl.SentTo("ann"));
    }

    [Fact]
    public async Task A_send_without_an_answer_ends_in_doubt_after_ten_seconds()
    {
        _ghl.NextSend(GhlAnswer.Accept.After(new Gate()));

        var sending = SendAsync("hi");
        await _ghl.NextAttemptAsync(Deadline);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.IsType<DeliveryOutcome.Unknown>(await sending);
    }

    [Fact]
    public async Task What_certainly_never_left_is_not_in_doubt()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();

        foreach (var address in (string[])[$"http://127.0.0.1:{port}", "http://no-such-host.invalid"])
        {
            await using var services = Services(new(address));
            var outcome = await services.GetRequiredService<IReplySender>().SendAsync(Reply("hi"), TestContext.Current.CancellationToken);
            Assert.Null(Assert.IsType<DeliveryOutcome.NotSent>(outcome).After);
        }
    }

    [Fact]
    public async Task A_host_that_does_not_take_the_connection_never_got_the_message()
    {
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(0);
        var address = (IPEndPoint)deaf.LocalEndPoint!;
        var fillers = Enumerable.Range(0, 8).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        var filling = fillers.Select(filler => filler.ConnectAsync(address)).ToList();
        await filling[0];

        await using var services = Services(new($"http://{address}"), TimeSpan.FromMilliseconds(400));
        var outcome = await services.GetRequiredService<IReplySender>().SendAsync(Reply("hi"), TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);
        Assert.Equal("GoHighLevel did not take the connection in time", Assert.IsType<DeliveryOutcome.NotSent>(outcome).Reason);
        fillers.ForEach(filler => filler.Dispose());
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        _ghl.NextSend(new GhlAnswer { Status = 307 }.With("Location", new Uri(_ghl.BaseUrl, "/conversations/messages").AbsoluteUri));

        Assert.IsType<DeliveryOutcome.SetupFault>(await SendAsync("hi"));
        Assert.Single(_ghl.Attempts);
        Assert.Empty(_ghl.Sent);
    }

    [Fact]
    public async Task The_token_is_in_no_log_and_no_reason_even_when_it_is_echoed()
    {
        _ghl.NextSend(GhlAnswer.Refuse(401, $"Invalid token {Token}"), GhlAnswer.Refuse(400, $"Bad header Bearer {Token}"));

        var first = Assert.IsType<DeliveryOutcome.SetupFault>(await SendAsync("the reply's words"));
        var second = Assert.IsType<DeliveryOutcome.Rejected>(await SendAsync("the reply's words"));

        Assert.DoesNotContain(Token, first.Reason + second.Reason, StringComparison.Ordinal);
        Assert.Equal(2, _log.Lines.Count(line => line.Level == LogLevel.Debug));
        Assert.DoesNotContain(_log.Lines, line => line.Text.Contains(Token, StringComparison.Ordinal) || line.Text.Contains("the reply's words", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_no_delivery_is_set_up_nothing_is_ever_sent()
    {
        await using var services = new ServiceCollection().AddLogging().AddDelivering(new() { BaseUrl = _ghl.BaseUrl }).BuildServiceProvider();
        var sender = services.GetRequiredService<IReplySender>();

        Assert.Contains("GHL_API_KEY", Assert.IsType<DeliveryOutcome.SetupFault>(await sender.SendAsync(Reply("hi"), TestContext.Current.CancellationToken)).Reason, StringComparison.Ordinal);
        Assert.IsType<ReadBackOutcome.Unreadable>(await sender.ReadBackAsync(Reply("hi"), Now, TestContext.Current.CancellationToken));
        Assert.Empty(_ghl.Attempts);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_send_in_doubt_is_found_again(bool isFlat, bool hasEpochDates)
    {
        (_ghl.IsFlat, _ghl.HasEpochDates) = (isFlat, hasEpochDates);
        _ghl.NextSend(GhlAnswer.AcceptThenCut);
        await SendAsync("Friday  3pm\nworks! ");

        Assert.Equal([Assert.Single(_ghl.Sent).Id], await CandidatesAsync("Friday 3pm works!"));
    }

    [Fact]
    public async Task Only_what_could_be_the_send_is_a_candidate()
    {
        _ghl.Add("ann", "hi", Now.AddMinutes(-3));
        _ghl.Add("ann", "hi", Now, direction: "inbound");
        _ghl.Add("ann", "hi", Now, direction: null);
        _ghl.Add("ann", "hi", Now, source: "app");
        _ghl.Add("ann", "hi", Now, source: "workflow");
        _ghl.Add("ann", "hi there", Now);
        _ghl.Add("bob", "hi", Now);
        var older = _ghl.Add("ann", "see you\u00a0at the café", Now.AddSeconds(-30));
        var newer = _ghl.Add("ann", " see you\r\nat the café\n", Now, source: null);

        Assert.Empty(await CandidatesAsync("hi"));
        Assert.Equal([older, newer], await CandidatesAsync("see you at the café"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_reads_back_over_pages_until_before_the_send(bool isFlat)
    {
        _ghl.IsFlat = isFlat;
        for (var i = 0; i < 150; i++)
        {
            _ghl.Add("ann", $"old {i}", Now.AddHours(-1).AddSeconds(i));
        }

        var sent = _ghl.Add("ann", "hi", Now.AddSeconds(-100));
        for (var i = 0; i < 250; i++)
        {
            _ghl.Add("ann", $"new {i}", Now.AddSeconds(-50), direction: "inbound");
        }

        Assert.Equal([sent], await CandidatesAsync("hi"));
        Assert.Equal(3, _ghl.Reads);
    }

    [Fact]
    public async Task A_conversation_that_is_not_there_holds_nothing() => Assert.Empty(await CandidatesAsync("hi"));

    [Fact]
    public async Task What_the_vendor_has_not_indexed_yet_is_found_by_a_later_read()
    {
        _ghl.LaggingReads = 1;
        await SendAsync("hi");

        Assert.Empty(await CandidatesAsync("hi"));
        Assert.Single(await CandidatesAsync("hi"));
    }

    [Fact]
    public async Task What_cannot_be_read_is_not_taken_for_absent()
    {
        _ghl.Add("ann", "hi", Now);
        GhlAnswer[] faults = [GhlAnswer.Refuse(401, "no"), GhlAnswer.Refuse(500, "no"), GhlAnswer.RateLimited(), GhlAnswer.Cut, new() { Status = 200, Body = "<html>" }, new() { Status = 200, Body = "{}" }];
        foreach (var fault in faults)
        {
            _ghl.NextRead(fault);
            Assert.IsType<ReadBackOutcome.Unreadable>(await ReadBackAsync("hi"));
            _ghl.NextRead(GhlAnswer.Accept, fault);
            Assert.IsType<ReadBackOutcome.Unreadable>(await ReadBackAsync("hi"));
        }
    }

    private IReplySender Sender => _services.GetRequiredService<IReplySender>();

    private static OutboundReply Reply(string text) => new(new("LOC1", "ann"), new("SMS", "+15550100002"), text);

    private Task<DeliveryOutcome> SendAsync(string text) => Sender.SendAsync(Reply(text), TestContext.Current.CancellationToken);

    private Task<ReadBackOutcome> ReadBackAsync(string text) => Sender.ReadBackAsync(Reply(text), Now.AddMinutes(-2), TestContext.Current.CancellationToken);

    private async Task<IReadOnlyList<string>> CandidatesAsync(string text) => Assert.IsType<ReadBackOutcome.Read>(await ReadBackAsync(text)).Candidates;

    private ServiceProvider Services(Uri baseUrl, TimeSpan? timeout = null) => new ServiceCollection()
        .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log))
        .AddSingleton<TimeProvider>(_time)
        .AddDelivering(new() { ApiKey = Token, LocationId = "LOC1", BaseUrl = baseUrl, Timeout = timeout ?? TimeSpan.FromSeconds(10) })
        .BuildServiceProvider();
}
