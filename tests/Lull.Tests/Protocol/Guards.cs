namespace Lull.Tests.Protocol;

/// <summary>Every rule of the protocol that can be taken away from the model. Each is there because without it something below goes wrong.</summary>
[Flags]
internal enum Guards
{
    None = 0,

    /// <summary>A webhook is acknowledged only once its message is committed.</summary>
    CommitBeforeAcknowledging = 1 << 0,

    /// <summary>A claim takes the rows it saw, not "everything up to this id": ids may be committed out of order.</summary>
    ClaimTakesTheRowsItSaw = 1 << 1,

    /// <summary>At most one unfinished batch per conversation (the unique partial index).</summary>
    OneUnfinishedBatch = 1 << 2,

    /// <summary>What is being worked on under a live lease is not given to another.</summary>
    LiveLeaseIsRespected = 1 << 3,

    /// <summary>A lease that nobody renews ends; then others may take over.</summary>
    LeasesEnd = 1 << 4,

    /// <summary>Recovery looks for what is overdue: a lost wake costs time only.</summary>
    RecoveryFindsOverdue = 1 << 5,

    /// <summary>Every step after the claim carries the attempt's number and does nothing when a later attempt was made.</summary>
    StepsCarryTheTicket = 1 << 6,

    /// <summary>The fence lets nobody through whose lease has ended.</summary>
    FenceNeedsLiveLease = 1 << 7,

    /// <summary>The fence looks for something newer just before the send.</summary>
    FenceLooksForNewer = 1 << 8,

    /// <summary>The intent to send is committed before the socket is touched.</summary>
    IntentBeforeSend = 1 << 9,

    /// <summary>A send starts only with 12 s of lease left.</summary>
    TwelveSecondsLeft = 1 << 10,

    /// <summary>A batch in <c>sending</c> is taken over only 10 s after its lease ended.</summary>
    TenSecondsGrace = 1 << 11,

    /// <summary>A send ends by its own timeout; nothing is accepted long after it.</summary>
    SendsTimeOut = 1 << 12,

    /// <summary>A send that was taken over is looked for before anything is sent again.</summary>
    UnknownIsReadBack = 1 << 13,

    /// <summary>The first look comes 15 s after the send ended.</summary>
    WaitBeforeReading = 1 << 14,

    /// <summary>"Not there" needs two looks: what was accepted need not be seen at once.</summary>
    ReadTwice = 1 << 15,

    /// <summary>What is recorded for another reply is no match.</summary>
    MatchIsNotAnothers = 1 << 16,

    All = (1 << 17) - 1,
}
