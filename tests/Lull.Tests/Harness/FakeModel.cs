using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lull.Tests.Harness;

/// <summary>
/// An OpenAI-compatible server (<c>POST /v1/chat/completions</c>, not streaming) that records every call and misbehaves as told. Without a script it echoes what the contact said last,
/// so that a test can see in the reply which messages it answers.
/// </summary>
internal sealed class FakeModel : IAsyncDisposable
{
    private readonly ConcurrentQueue<ModelAnswer> _script = new();
    private readonly Record<ModelCall> _calls = new();
    private FakeServer? _server;
    private int _numbers;
    private int _open;
    private int _mostAtOnce;

    private FakeModel()
    {
    }

    /// <summary>What <c>OPENAI_BASE_URL</c> is set to.</summary>
    public Uri BaseUrl => new(_server!.Address, "/v1");

    /// <summary>Every call so far.</summary>
    public IReadOnlyList<ModelCall> Calls => _calls.All;

    /// <summary>Answers every call that <see cref="Next"/> has no answer for.</summary>
    public Func<ModelCall, ModelAnswer> Otherwise { get; set; } = _ => ModelAnswer.Echo;

    /// <summary>The most calls that stood unanswered at any time. A call counts no more as soon as its answer is begun, so the caller never seems to make more than it does.</summary>
    public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

    public static async Task<FakeModel> StartAsync(int port = 0)
    {
        var fake = new FakeModel();
        fake._server = await FakeServer.StartAsync(app => app.MapPost("/v1/chat/completions", fake.CompleteAsync), port);
        return fake;
    }

    /// <summary>The answers of the next calls, in order, each used once.</summary>
    public void Next(params ReadOnlySpan<ModelAnswer> answers)
    {
        foreach (var answer in answers)
        {
            _script.Enqueue(answer);
        }
    }

    /// <summary>The oldest call not yet taken by this method.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public Task<ModelCall> NextCallAsync(TimeSpan deadline) => _calls.NextAsync(deadline);

    /// <summary>All calls that match, once there are at least <paramref name="count"/>.</summary>
    public Task<IReadOnlyList<ModelCall>> WaitForCallsAsync(Func<ModelCall, bool> match, int count, TimeSpan deadline) => _calls.WaitForAsync(match, count, deadline);

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task CompleteAsync(HttpContext context)
    {
        using var json = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = new ModelCall(Interlocked.Increment(ref _numbers), context.Request.Headers.Authorization, json.RootElement.Clone(), ended.Task);
        var answer = _script.TryDequeue(out var scripted) ? scripted : Otherwise(call);
        Begin();
        _calls.Add(call);
        try
        {
            try
            {
                if (answer.Gate is { } gate)
                {
                    await gate.PassAsync(context.RequestAborted);
                }
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }

            await AnswerAsync(context, call, answer);
            ended.TrySetResult(true);
        }
        catch (OperationCanceledException)
        {
            ended.TrySetResult(false);
        }
    }

    private void Begin()
    {
        var open = Interlocked.Increment(ref _open);
        for (var most = _mostAtOnce; open > most; most = _mostAtOnce)
        {
            Interlocked.CompareExchange(ref _mostAtOnce, open, most);
        }
    }

    private static async Task AnswerAsync(HttpContext context, ModelCall call, ModelAnswer answer)
    {
        if (answer.IsCut)
        {
            context.Abort();
            return;
        }

        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        await context.Response.WriteAsync(answer.Body ?? Completion(call, answer), context.RequestAborted);
    }

    private static string Completion(ModelCall call, ModelAnswer answer)
    {
        var text = answer.Text ?? $"echo: {call.Burst}";
        var (input, output) = (call.Messages.Sum(message => message.Text.Length) / 4, text.Length / 4);
        return new JsonObject
        {
            ["id"] = $"chatcmpl-{call.Number}",
            ["object"] = "chat.completion",
            ["created"] = 1_700_000_000,
            ["model"] = call.Model,
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
                ["finish_reason"] = answer.FinishReason,
            }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = input, ["completion_tokens"] = output, ["total_tokens"] = input + output },
        }.ToJsonString();
    }
}
