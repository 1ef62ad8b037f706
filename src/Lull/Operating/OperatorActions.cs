namespace Lull.Operating;

/// <summary>The record of what the operator changed: one log line for each action.</summary>
internal sealed partial class OperatorActions(ILogger<OperatorActions> logger)
{
    /// <param name="action">What was done, for example <c>force</c>.</param>
    /// <param name="target">The conversation, batch, location or <c>everything</c>; never a secret.</param>
    public void Done(string action, string target) => Log.Done(logger, action, target);

    private static partial class Log
    {
        [LoggerMessage(4020, LogLevel.Information, "Operator: {Action} of {Target}.")]
        public static partial void Done(ILogger logger, string action, string target);
    }
}
