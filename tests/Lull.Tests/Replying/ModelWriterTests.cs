using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using Lull.Replying;
using Lull.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Lull.Tests.Replying;

public sealed class ModelWriterTests : IAsyncLifetime
{
    private const string Key = "sk-very-secret";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new(Bursts.Now);
    private readonly RecordedLog _log = new();
    private FakeModel _model = null!;
    private ServiceProvider _services = null!;

    public async ValueTask InitializeAsync()
    {
        _model = await FakeModel.StartAsync();
        _services = Services(new() { ApiKey = Key, BaseUrl = _model.BaseUrl, Model = "gpt-4o-mini", SystemPrompt = "You answer for the gym.", MaxTokens = 123 });
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task One_call_answers_the_whole_burst()
    {
        _model.Next(ModelAnswer.Says(" From 20 a month!\n"));

        var written = Assert.IsType<ReplyOutcome.Written>(await WriteAsync("Hi there", "I have a question", "Prices?"));

        Assert.Equal("From 20 a month!", written.Reply.Text);
        Assert.False(written.Reply.IsRehearsal);
        Assert.Equal("gpt-4o-mini", written.Reply.Model);
        Assert.True(written.Reply.Tokens is { Input: > 0, Output: > 0 });
        var call = Assert.Single(_model.Calls);
        Assert.Equal("You answer for the gym.", call.System);
        Assert.EndsWith("\nHi there\nI have a question\nPrices?", call.LastUser, StringComparison.Ordinal);
        Assert.Equal($"Bearer {Key}", call.Authorization);
        Assert.All(call.Body.GetProperty("messages").EnumerateArray(), message => Assert.Equal(JsonValueKind.String, message.GetProperty("content").ValueKind));
        Assert.Equal(123, call.Member("max_tokens"));
        Assert.Null(call.Member("max_completion_tokens"));
    }

    [Fact]
    public async Task The_echo_shows_which_messages_were_given()
    {
        var written = Assert.IsType<ReplyOutcome.Written>(await WriteAsync("one", "two"));

        Assert.Equal("echo: one\ntwo", written.Reply.Text);
    }

    [Fact]
    public async Task A_server_that_needs_no_key_is_asked_without_one()
    {
        await using var services = Services(new() { BaseUrl = _model.BaseUrl, Model = "local" });

        Assert.IsType<ReplyOutcome.Written>(await services.GetRequiredService<IReplyWriter>().WriteAsync(Bursts.Of("hi"), TestContext.Current.CancellationToken));
        Assert.Equal("local", Assert.Single(_model.Calls).Model);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(409)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(529)]
    public async Task A_passing_failure_is_worth_another_try_and_is_not_retried_here(int status)
    {
        _model.Next(ModelAnswer.Fails(status));

        Assert.Null(Assert.IsType<ReplyOutcome.TryLater>(await WriteAsync("hi")).After);
        Assert.Single(_model.Calls);
    }

    [Fact]
    public async Task Retry_after_is_passed_on_in_seconds_and_as_a_date()
    {
        _model.Next(ModelAnswer.Fails(429, "rate_limit_exceeded").RetryAfter("7"), ModelAnswer.Fails(503).RetryAfter(Bursts.Now.AddSeconds(90).ToString("r", CultureInfo.InvariantCulture)));

        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<ReplyOutcome.TryLater>(await WriteAsync("hi")).After);
        Assert.Equal(TimeSpan.FromSeconds(90), Assert.IsType<ReplyOutcome.TryLater>(await WriteAsync("hi")).After);
    }

    [Fact]
    public async Task Faults_of_the_set_up_are_told_apart_from_faults_that_pass()
    {
        ModelAnswer[] faults =
        [
            ModelAnswer.InvalidKey, ModelAnswer.Fails(403), ModelAnswer.ModelNotFound, ModelAnswer.InsufficientQuota, ModelAnswer.Fails(402),
            ModelAnswer.Fails(400, "unsupported_parameter"), ModelAnswer.Fails(400, null, "API key not valid. Please pass a valid API key."),
            new() { Status = 404, Body = "404 page not found", ContentType = "text/plain" }, new() { Body = "<html>Welcome</html>", ContentType = "text/html" },
            new() { Body = """{"error":"Unexpected endpoint"}""" }, new() { Body = """{"object":"chat.completion","model":"x","choices":[]}""" },
            ModelAnswer.Fails(302).With("Location", "https://elsewhere.example/"),
        ];
        foreach (var fault in faults)
        {
            _model.Next(fault);
            var reason = Assert.IsType<ReplyOutcome.SetupFault>(await WriteAsync("the contact's words")).Reason;
            Assert.DoesNotContain("the contact's words", reason, StringComparison.Ordinal);
            Assert.DoesNotContain("sk-", reason, StringComparison.Ordinal);
        }

        Assert.Equal(faults.Length, _model.Calls.Count);
    }

    [Fact]
    public async Task A_refusal_of_this_very_burst_is_no_fault_of_the_set_up()
    {
        ModelAnswer[] refusals =
        [
            ModelAnswer.Fails(400, "context_length_exceeded"), ModelAnswer.Fails(422), ModelAnswer.Fails(400, "content_filter"), ModelAnswer.ContentFilter,
            new() { Status = 403, Body = """{"error":{"code":403,"message":"flagged","metadata":{"reasons":["x"],"flagged_input":"the contact's words"}}}""" },
            new() { Body = """{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":null,"refusal":"I cannot help."}}]}""" },
        ];
        foreach (var refusal in refusals)
        {
            _model.Next(refusal);
            Assert.DoesNotContain("the contact's words", Assert.IsType<ReplyOutcome.Refused>(await WriteAsync("the contact's words")).Reason, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t ")]
    [InlineData("<think>hm</think>")]
    public async Task Nothing_but_white_space_is_an_empty_answer(string text)
    {
        _model.Next(ModelAnswer.Says(text));

        Assert.True(Assert.IsType<ReplyOutcome.Empty>(await WriteAsync("hi")).Tokens.Input > 0);
    }

    [Fact]
    public async Task A_reply_that_must_not_go_out_unseen_is_kept_with_its_reason()
    {
        _model.Next(ModelAnswer.Says("Hi {{name}}, come by!"));

        var held = Assert.IsType<ReplyOutcome.NotFit>(await WriteAsync("hi"));

        Assert.Equal("the reply contains a template marker", held.Reason);
        Assert.Equal("Hi {{name}}, come by!", held.Reply.Text);
    }

    [Fact]
    public async Task A_cut_connection_and_a_dead_server_are_worth_another_try()
    {
        _model.Next(ModelAnswer.Cut);
        Assert.IsType<ReplyOutcome.TryLater>(await WriteAsync("hi"));

        await _model.DisposeAsync();
        Assert.IsType<ReplyOutcome.TryLater>(await WriteAsync("hi"));
    }

    [Fact]
    public async Task The_reply_timeout_ends_the_call()
    {
        _model.Next(ModelAnswer.Echo.After(new Gate()));

        var writing = WriteAsync("hi");
        var call = await _model.NextCallAsync(Deadline);
        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.Contains("REPLY_TIMEOUT", Assert.IsType<ReplyOutcome.TryLater>(await writing).Reason, StringComparison.Ordinal);
        Assert.False(await call.Ended.WaitAsync(Deadline, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_callers_cancellation_throws_and_hangs_up()
    {
        using var newer = new CancellationTokenSource();
        _model.Next(ModelAnswer.Echo.After(new Gate()));

        var writing = Writer.WriteAsync(Bursts.Of("hi"), newer.Token);
        var call = await _model.NextCallAsync(Deadline);
        await newer.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        Assert.False(await call.Ended.WaitAsync(Deadline, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Message_texts_are_logged_at_trace_only_and_the_key_never()
    {
        _model.Next(ModelAnswer.Says("the reply's words"), ModelAnswer.Fails(400, null, "bad: the contact's words"), ModelAnswer.InvalidKey);
        await WriteAsync("the contact's words");
        await WriteAsync("the contact's words");
        await WriteAsync("the contact's words");

        Assert.Contains(_log.Lines, line => line.Level == LogLevel.Trace && line.Text.Contains("the contact's words", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, line => line.Level != LogLevel.Trace && line.Text.Contains("'s words", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, line => line.Text.Contains(Key, StringComparison.Ordinal));
        Assert.Contains(_log.Lines, line => line.Level == LogLevel.Debug && line.Text.Contains(Bursts.Ann.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_and_tokens_are_counted_by_outcome()
    {
        var seen = new Record<(string Name, string Tag, long Value)>();
        using var listener = new MeterListener();
        var meters = _services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add((instrument.Name, $"{(tags.Length > 0 ? tags[0].Value : "")}", value)));
        listener.Start();
        _model.Next(ModelAnswer.Says("fine"), ModelAnswer.Fails(500));

        await WriteAsync("hi");
        await WriteAsync("hi");

        Assert.Contains(seen.All, one => one is ("lull_model_calls", "written", 1));
        Assert.Contains(seen.All, one => one is ("lull_model_calls", "try_later", 1));
        Assert.Contains(seen.All, one => one is ("lull_model_tokens", "input", > 0));
        Assert.Contains(seen.All, one => one is ("lull_model_tokens", "output", > 0));
    }

    private IReplyWriter Writer => _services.GetRequiredService<IReplyWriter>();

    private Task<ReplyOutcome> WriteAsync(params string[] texts) => Writer.WriteAsync(Bursts.Of(texts), TestContext.Current.CancellationToken);

    private ServiceProvider Services(ReplyingOptions options) => new ServiceCollection()
        .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log))
        .AddSingleton<TimeProvider>(_time)
        .AddReplying(options)
        .BuildServiceProvider();
}
