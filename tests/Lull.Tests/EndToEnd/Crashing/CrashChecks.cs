using System.Text.Json;
using Lull.Tests.Harness;

namespace Lull.Tests.EndToEnd.Crashing;

/// <summary>What the outside world must show after the last restart: asked of Lull's API, of the model and of GHL's own record.</summary>
internal static class CrashChecks
{
    private const int MaxRestarts = 2;

    /// <summary>On PostgreSQL a message has its time before it is committed, and a node may be killed or kept waiting in between.</summary>
    private static readonly TimeSpan CommitsWithin = TimeSpan.FromSeconds(2);

    /// <summary>Waits until every acknowledged message has come to its end; the fates.</summary>
    public static async Task<IReadOnlyList<Fate>> EndedAsync(CrashWorld world, IEnumerable<Said> said, TimeSpan? patience = null)
    {
        List<Fate> fates = [];
        foreach (var one in said)
        {
            fates.Add(await world.UntilAsync(async () => new Fate(one, await world.FateAsync(one)), fate => fate.IsEnded, $"{one} is forgotten", patience));
        }

        return fates;
    }

    /// <summary>Every violation, as a sentence; none is what is promised.</summary>
    public static IEnumerable<string> Violations(CrashWorld world, IReadOnlyList<Fate> fates)
        => Violations(
            new Outside(world.Model, world.Ghl, $"{world.Lull.Id}", TimeSpan.FromSeconds(world.Stage.MaxWaitSeconds), world.Database is null ? TimeSpan.Zero : CommitsWithin * world.Speed), fates);

    /// <summary>The same of any number of processes.</summary>
    public static IEnumerable<string> Violations(Outside world, IReadOnlyList<Fate> fates)
    {
        foreach (var contact in fates.GroupBy(fate => fate.Said.Contact))
        {
            var replies = world.Ghl.SentTo(contact.Key);
            var (times, batches) = (contact.ToList(), contact.SelectMany(fate => fate.Batches).ToHashSet());
            foreach (var fate in contact)
            {
                foreach (var violation in OfOne(world, fate, replies))
                {
                    yield return violation;
                }
            }

            foreach (var violation in batches.SelectMany(batch => Stale(world, times, batch)))
            {
                yield return violation;
            }
        }
    }

    /// <summary>One fate; answered means in exactly one reply that GHL has, which is one answer of the model to a prompt that held the message.</summary>
    private static IEnumerable<string> OfOne(Outside world, Fate fate, IReadOnlyList<string> replies)
    {
        var count = replies.Count(reply => reply.Contains(fate.Said.Text, StringComparison.Ordinal));
        if (count > 1)
        {
            yield return $"{fate.Said} is in {count} replies: {string.Join(" | ", replies)}; {fate.Json}";
        }

        if (fate.State == "answered" && count == 0 && !fate.IsRecorded)
        {
            yield return $"{fate.Said} counts as answered, and GHL has no reply to it: {fate.Json}";
        }

        if (fate.State == "answered" && !world.Model.Calls.Any(call => fate.Reply.Contains(call.Burst.Trim(), StringComparison.Ordinal) && call.Burst.Contains(fate.Said.Text, StringComparison.Ordinal)))
        {
            yield return $"{fate.Said} was in no prompt that was answered with «{fate.Reply}»";
        }

        if (fate.State != "answered" && fate.Reason.Length == 0)
        {
            yield return $"{fate.Said} is {fate.State} without a reason: {fate.Json}";
        }

        // What waits for nobody's word must not have gone out, unless nobody could find out.
        if (fate.State != "answered" && count > 0 && fate.Reason != "delivery_unknown")
        {
            yield return $"{fate.Said} is {fate.State} ({fate.Reason}), but GHL has a reply to it: {fate.Json}";
        }
    }

    /// <summary>
    /// A send was decided on while something newer of that contact was stored and in no batch: lawful only after two restarts, or once the max wait from the first message had passed.
    /// </summary>
    private static IEnumerable<string> Stale(Outside world, List<Fate> fates, string batch)
    {
        var members = fates.Where(fate => fate.Batches.Contains(batch)).ToList();
        var steps = members[0].Steps.Where(step => step.Batch == batch).ToList();

        // From when it was said, also where an operator gave it back later.
        var cap = members.Min(fate => fate.Steps[0].At) + world.MaxWait;
        for (var i = 0; i < steps.Count; i++)
        {
            var (name, at) = (steps[i].Name, steps[i].At);
            if (name != "sending" || at >= cap || steps.Take(i).Count(step => step is { Name: "released", Detail: "a newer message" }) >= MaxRestarts)
            {
                continue;
            }

            // In the same millisecond nobody can tell which was first.
            var newer = fates.Where(fate => !members.Contains(fate) && fate.OpenedAt(batch) + world.CommitsWithin < at && fate.FirstClaimAfter(fate.OpenedAt(batch)) > at).ToList();
            if (newer.Count > 0)
            {
                yield return $"{batch} of {world.Name} was sent at {at:O} though {newer[0].Said} had been said: {newer[0].Json}; {members[0].Json}";
            }
        }
    }
}

/// <summary>What Lull cannot see is checked against.</summary>
/// <param name="Name">Of the process or the database.</param>
/// <param name="MaxWait">As it is set.</param>
/// <param name="CommitsWithin">How long after its id was given a message may become visible to a send that is decided on another node.</param>
internal sealed record Outside(FakeModel Model, FakeGoHighLevel Ghl, string Name, TimeSpan MaxWait, TimeSpan CommitsWithin);

/// <summary>One step of a fate.</summary>
internal sealed record FateStep(string Name, DateTimeOffset At, string? Batch, string? Detail);

/// <summary>What Lull says of one message.</summary>
internal sealed class Fate(Said said, JsonElement json)
{
    public Said Said => said;

    public JsonElement Json => json;

    public string State => Text("state");

    public string Reason => Text("reason");

    public string Reply => IsAnswered ? json.GetProperty("reply").GetProperty("text").GetString()! : "";

    public bool IsRecorded => IsAnswered && json.GetProperty("reply").GetProperty("recorded").GetBoolean();

    /// <summary>What waits for a pause or a fault to end is shown as held too; it goes on by itself.</summary>
    public bool IsEnded => State is "answered" or "suppressed" or "dead_lettered" || (State == "held" && Text("release").StartsWith("POST /held/", StringComparison.Ordinal));

    public IReadOnlyList<FateStep> Steps { get; } =
    [
        .. json.GetProperty("steps").EnumerateArray().Select(step => new FateStep(
            step.GetProperty("name").GetString()!, step.GetProperty("at").GetDateTimeOffset(), step.GetProperty("batch_id").GetString(), step.GetProperty("detail").GetString())),
    ];

    public IReadOnlyList<string> Batches => field ??= [.. Steps.Select(step => step.Batch).OfType<string>().Distinct()];

    public override string ToString() => json.ToString();

    private bool IsAnswered => State == "answered" && json.GetProperty("reply").ValueKind == JsonValueKind.Object;

    /// <summary>When the message became open before it came into the batch: it was received, or given back.</summary>
    public DateTimeOffset OpenedAt(string batch) => Steps.Where(step => step.Name is "received" or "reopened").Last().At is var last && Batches.Contains(batch) && Batches[0] == batch
        ? Steps[0].At
        : last;

    /// <summary>The first claim of a batch of this message after <paramref name="instant"/>; never, when there was none.</summary>
    public DateTimeOffset FirstClaimAfter(DateTimeOffset instant)
        => Steps.FirstOrDefault(step => step.Batch is not null && step.At >= instant)?.At ?? DateTimeOffset.MaxValue;

    private string Text(string member) => json.GetProperty(member).GetString() ?? "";
}
