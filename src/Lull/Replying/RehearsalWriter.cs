using System.Globalization;
using System.Text;

namespace Lull.Replying;

/// <summary>Stands in for a model that is not set up: says so, and shows what a model would have been given, so that a newcomer sees the batching at work.</summary>
internal sealed partial class RehearsalWriter(PromptLibrary prompts, ReplyingOptions options, ILogger<RehearsalWriter> log) : IReplyWriter
{
    public const string WriterName = "rehearsal";

    public string Name => WriterName;

    public Task<ReplyOutcome> WriteAsync(ReplyRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Log.Rehearsed(log, request.Batch.Conversation, request.Batch.Messages.Count);
        return Task.FromResult<ReplyOutcome>(new ReplyOutcome.Written(new(Text(request), WriterName, IsRehearsal: true, default)));
    }

    private string Text(ReplyRequest request)
    {
        var messages = request.Batch.Messages;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"This is a rehearsal: no model wrote this, and nobody is sent it. Set OPENAI_API_KEY (or OPENAI_BASE_URL) to have a model answer.\n");
        text.Append(CultureInfo.InvariantCulture, $"It would be given {Count(messages.Count, "message")} to answer at once:\n");
        for (var i = 0; i < messages.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i + 1}. \"{Cut.To(Prompt.Text(messages[i]), options.MessageMaxChars)}\"\n");
        }

        var earlier = request.History.Count == 0 ? "no earlier messages" : Count(request.History.Count, "earlier message");
        return text.Append(CultureInfo.InvariantCulture, $"With {earlier} of this conversation and the prompt \"{prompts.For(request.Batch).Name}\".").ToString();
    }

    private static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Debug, "Rehearsal for {Conversation}: {Count} messages in one burst")]
        public static partial void Rehearsed(ILogger logger, ConversationId conversation, int count);
    }
}
