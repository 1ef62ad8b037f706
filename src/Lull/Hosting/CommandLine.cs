using System.CommandLine;

namespace Lull.Hosting;

/// <summary>The words after <c>lull</c>; no word is <c>serve</c>.</summary>
internal static class CommandLine
{
    /// <returns>The process's exit code, one of <see cref="ExitCodes"/>.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter? output = null, TextWriter? error = null)
    {
        var configuration = new InvocationConfiguration
        {
            Output = output ?? Console.Out,
            Error = error ?? Console.Error,

            // The host drains on SIGTERM within SHUTDOWN_TIMEOUT; the default would end the process after two seconds.
            ProcessTerminationTimeout = null,
        };
        return Root().Parse(args).InvokeAsync(configuration);
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("Receives a contact's chat messages, waits for the lull in the burst, and answers once. Without a command it serves.")
        {
            Serve(),
            Demo(),
            Init(),
            Audit(),
            Migrate(),
        };
        root.SetAction(ServeAsync);
        return root;
    }

    private static Command Serve()
    {
        var command = new Command("serve", "Runs the server with the settings of the environment and of .env (docs/configuration.md). This is what no command does.");
        command.SetAction(ServeAsync);
        return command;
    }

    private static Command Demo()
    {
        var command = new Command("demo", "Sends three messages to a server of its own and shows countdown, prompt and the one reply. Sends nothing to anybody and leaves nothing behind.");
        command.SetAction((result, token) => DemoCommand.RunAsync(result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, token));
        return command;
    }

    private static Command Init()
    {
        var force = new Option<bool>("--force") { Description = "Overwrite the .env that is there." };
        var command = new Command("init", "Writes a .env with fresh secrets, readable by you alone, into the working directory.") { force };
        command.SetAction(result => InitCommand.Run(
            Environment.CurrentDirectory, result.GetValue(force), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return command;
    }

    private static Command Audit()
    {
        var command = new Command(
            "audit",
            "Proves of the store in DATABASE_URL, or else in DATA_DIR, that every message has one fate, every batch a lawful state and every reply one delivery record. "
            + "Reads only, also beside a running server. Exit code 1 if anything is wrong.");
        command.SetAction((result, token) => AuditCommand.RunAsync(result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, token));
        return command;
    }

    private static Command Migrate()
    {
        var check = new Option<bool>("--check") { Description = "Change nothing; list what is not applied, and end with 1 if there is any, with 0 if there is none: for pipelines." };
        var command = new Command(
            "migrate",
            "Brings the store in DATABASE_URL, or else in DATA_DIR, to this version. A server does it at its start by itself; apart it can be done before, by another user, or in a pipeline. "
            + "Safe beside running servers and by several processes at once.") { check };
        command.SetAction((result, token) => MigrateCommand.RunAsync(
            result.GetValue(check), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, token));
        return command;
    }

    private static Task<int> ServeAsync(ParseResult result, CancellationToken cancellationToken)
        => ServeCommand.RunAsync(result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, cancellationToken);
}
