namespace Lull.Replying;

/// <summary>A model's server refused a call or could not be reached. The message holds nothing of the prompt and no secret.</summary>
internal sealed class ModelCallException(ModelFailure failure, Exception cause) : Exception(failure.ToString(), cause)
{
    public ModelFailure Failure { get; } = failure;
}

/// <summary>What the server said, as far as it tells faults apart.</summary>
internal sealed record ModelFailure
{
    /// <summary>0 when no answer came at all; 200 when there was one that cannot be understood.</summary>
    public int Status { get; init; }

    /// <summary>OpenAI's <c>error.code</c> or <c>error.type</c>, when it looks like one.</summary>
    public string? Code { get; init; }

    /// <summary>The server's own sentence. May quote the prompt: for decisions and the Trace log only.</summary>
    public string? Sentence { get; init; }

    /// <summary>True when the answer names what a moderation flagged.</summary>
    public bool IsFlagged { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public override string ToString() => Status == 0 ? "no answer" : Code is null ? $"{Status}" : $"{Status} {Code}";
}
