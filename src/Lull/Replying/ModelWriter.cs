using Microsoft.Extensions.AI;

namespace Lull.Replying;

/// <summary>Has a language model write the reply: one call, no retries, every way it can end an outcome.</summary>
internal sealed partial class ModelWriter(
    IChatClient client, PromptLibrary prompts, ReplyingOptions options, ModelMetrics metrics, TimeProvider time, ILogger<ModelWriter> log) : IReplyWriter
{
    public string Name => options.Model;

    /// <exception cref="OperationCanceledException">The caller cancelled; the timeout does not throw.</exception>
    public async Task<ReplyOutcome> WriteAsync(ReplyRequest request, CancellationToken cancellationToken)
    {
        var prompt = prompts.For(request.Batch);
        var messages = Prompt.Build(request, prompt, options.PromptMaxChars, options.MessageMaxChars);
        var id = request.Batch.Conversation;
        Log.Asked(log, id, messages);

        var started = time.GetTimestamp();
        try
        {
            var (outcome, tokens) = await AskAsync(messages, prompt, id, cancellationToken);
            var took = time.GetElapsedTime(started);
            metrics.Ended(NameOf(outcome), took, tokens);
            Tell(id, outcome, took, tokens);
            return outcome;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            metrics.Ended("cancelled", time.GetElapsedTime(started), default);
            throw;
        }
    }

    private async Task<(ReplyOutcome Outcome, TokenUse Tokens)> AskAsync(IReadOnlyList<ChatMessage> messages, PromptText prompt, ConversationId id, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var response = await client.GetResponseAsync(messages, new() { MaxOutputTokens = options.MaxTokens }, either.Token);
            var tokens = new TokenUse(response.Usage?.InputTokenCount ?? 0, response.Usage?.OutputTokenCount ?? 0);
            return (Judge(response, tokens, prompt, id), tokens);
        }
        catch (ModelCallException error) when (!cancellationToken.IsCancellationRequested)
        {
            Log.Refused(log, id, error.Failure.Sentence);
            return (timeout.IsCancellationRequested ? TimedOut() : ModelFaults.Sort(error.Failure), default);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (TimedOut(), default);
        }
        catch (ModelCallException)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    private ReplyOutcome Judge(ChatResponse response, TokenUse tokens, PromptText prompt, ConversationId id)
    {
        if (response.FinishReason == ChatFinishReason.ContentFilter)
        {
            return new ReplyOutcome.Refused("the model's content filter stopped the reply");
        }

        var text = ReplyCheck.Clean(response.Text);
        Log.Answered(log, id, text);
        if (text.Length == 0)
        {
            return response.Messages.SelectMany(message => message.Contents).Any(content => content is ErrorContent)
                ? new ReplyOutcome.Refused("the model declined to answer")
                : new ReplyOutcome.Empty(tokens);
        }

        var reply = new Reply(text, response.ModelId ?? options.Model, IsRehearsal: false, tokens);
        return ReplyCheck.Objection(text, prompt) is { } objection ? new ReplyOutcome.NotFit(objection, reply) : new ReplyOutcome.Written(reply);
    }

    private ReplyOutcome.TryLater TimedOut() => new($"the model did not answer within {options.Timeout.TotalSeconds:0} s (REPLY_TIMEOUT)", null);

    private static string NameOf(ReplyOutcome outcome) => outcome switch
    {
        ReplyOutcome.Written => "written",
        ReplyOutcome.TryLater => "try_later",
        ReplyOutcome.SetupFault => "setup_fault",
        ReplyOutcome.Refused => "refused",
        ReplyOutcome.Empty => "empty",
        _ => "not_fit",
    };

    private void Tell(ConversationId id, ReplyOutcome outcome, TimeSpan took, TokenUse tokens)
    {
        switch (outcome)
        {
            case ReplyOutcome.Written:
                Log.Written(log, id, took.TotalSeconds, tokens.Input, tokens.Output);
                break;
            case ReplyOutcome.TryLater { Reason: var reason }:
                Log.NotWritten(log, id, reason);
                break;
            case ReplyOutcome.SetupFault { Reason: var reason }:
                Log.NotWritten(log, id, reason);
                break;
            case ReplyOutcome.Refused { Reason: var reason }:
                Log.NotWritten(log, id, reason);
                break;
            case ReplyOutcome.NotFit { Reason: var reason }:
                Log.NotWritten(log, id, reason);
                break;
            default:
                Log.NotWritten(log, id, "the model answered nothing; REPLY_MAX_TOKENS may be too small for a model that thinks first");
                break;
        }
    }

    private static partial class Log
    {
        public static void Asked(ILogger logger, ConversationId conversation, IReadOnlyList<ChatMessage> messages)
        {
            if (logger.IsEnabled(LogLevel.Trace))
            {
                Prompt(logger, conversation, string.Join("\n", messages.Select(message => $"{message.Role}: {message.Text}")));
            }
        }

        [LoggerMessage(2010, LogLevel.Debug, "Reply written for {Conversation} in {Seconds:0.0} s, {Input} tokens in, {Output} out")]
        public static partial void Written(ILogger logger, ConversationId conversation, double seconds, long input, long output);

        [LoggerMessage(2011, LogLevel.Debug, "No reply for {Conversation}: {Reason}")]
        public static partial void NotWritten(ILogger logger, ConversationId conversation, string reason);

        [LoggerMessage(2012, LogLevel.Trace, "Prompt for {Conversation}:\n{Prompt}")]
        private static partial void Prompt(ILogger logger, ConversationId conversation, string prompt);

        [LoggerMessage(2013, LogLevel.Trace, "Model's answer for {Conversation}: {Text}")]
        public static partial void Answered(ILogger logger, ConversationId conversation, string text);

        [LoggerMessage(2014, LogLevel.Trace, "Model's refusal for {Conversation}: {Sentence}")]
        public static partial void Refused(ILogger logger, ConversationId conversation, string? sentence);
    }
}
