using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>What a node asks about all the batches it holds at once.</summary>
internal static class LeaseRows
{
    // A batch whose lease ran out and that nobody took up is still its holder's: the attempt says so.
    private const string Extend = """
        UPDATE lull.batches b SET lease_until = $3 FROM unnest($1::bigint[], $2::int[]) AS h(id, attempt)
        WHERE b.id = h.id AND b.attempt = h.attempt AND b.state < 10 AND b.lease_until > 0 RETURNING b.id, b.attempt
        """;

    private const string SelectNewer = """
        SELECT b.id, b.attempt, b.first_at FROM lull.batches b JOIN unnest($1::bigint[], $2::int[]) AS h(id, attempt) ON b.id = h.id AND b.attempt = h.attempt
        WHERE b.state < 10 AND b.restarts < $3 AND EXISTS (
            SELECT FROM lull.messages m WHERE m.conversation = b.conversation AND m.batch IS NULL AND m.outcome = 1
            AND m.location = b.location AND m.contact = b.contact AND m.channel = b.channel AND m.address IS NOT DISTINCT FROM b.address)
        """;

    public static async Task<IReadOnlyList<BatchTicket>> RenewAsync(PostgresSession sql, IReadOnlyList<BatchTicket> held, DateTimeOffset now)
    {
        var renewed = await sql.QueryAsync(
            Extend, row => new BatchTicket(row.GetInt64(0), row.GetInt32(1)), Ids(held), Attempts(held), (now + BatchWrites.Lease).ToColumn());
        return [.. held.Where(renewed.Contains)];
    }

    public static async Task<IReadOnlyList<BatchTicket>> WithNewerAsync(
        PostgresSession sql, IReadOnlyList<BatchTicket> running, BurstWindow window, DateTimeOffset now)
    {
        var newer = (await sql.QueryAsync(
            SelectNewer,
            row => (Ticket: new BatchTicket(row.GetInt64(0), row.GetInt32(1)), FirstAt: row.Instant(2)),
            Ids(running),
            Attempts(running),
            BatchSteps.MaxRestarts)).Where(batch => now < window.CapAt(batch.FirstAt)).Select(batch => batch.Ticket).ToHashSet();
        return [.. running.Where(newer.Contains)];
    }

    private static long[] Ids(IReadOnlyList<BatchTicket> tickets) => [.. tickets.Select(ticket => ticket.Batch)];

    private static int[] Attempts(IReadOnlyList<BatchTicket> tickets) => [.. tickets.Select(ticket => ticket.Attempt)];
}
