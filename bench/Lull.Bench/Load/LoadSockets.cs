namespace Lull.Bench.Load;

/// <summary>How the load generator's sockets work: an answer is handled by the thread that sees it come, which costs the shared cores least.</summary>
internal static class LoadSockets
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", RuntimePrefix = "DOTNET_";

    /// <summary>Call it before the first socket is opened.</summary>
    public static void AnswerInPlace() => Environment.SetEnvironmentVariable(InlineCompletions, "1");

    /// <summary>True for runtime settings that were given for the servers, for example to profile them.</summary>
    public static bool IsForServers(string variable) => variable.StartsWith(RuntimePrefix, StringComparison.Ordinal) && variable != InlineCompletions;
}
