namespace Lull.Hosting;

/// <summary>What the process tells whoever started it; the numbers are those of <c>sysexits.h</c> and are documented in <c>docs/configuration.md</c>.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The command did not do what it was asked to.</summary>
    public const int Failed = 1;

    /// <summary>The address cannot be listened on.</summary>
    public const int CannotListen = 69;

    /// <summary>Another process holds the store, or it cannot be opened now.</summary>
    public const int StoreUnavailable = 75;

    /// <summary>The other nodes have declared this one dead: it must be started again.</summary>
    public const int LeftCluster = 76;

    /// <summary>A setting is not allowed.</summary>
    public const int BadSettings = 78;
}
