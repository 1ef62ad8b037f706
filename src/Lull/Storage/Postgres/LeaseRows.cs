using Lull.Storage.Ledger;

namespace Lull.Storage.Postgres;

/// <summary>What a node asks about all the batches it holds at once.</summary>
internal static class LeaseRows
{
    // A batch whose lease ran out and that nobody took up is still its holder's: the attempt says so. One that is being sent (5) keeps the lease of its fence, within which the send ends.
    private const string Extend = """
        UPDATE lull.batches b SET lease_until = CASE b.state WHEN 5 THEN b.lease_until ELSE $3 END FROM unnest($1::bigint[], $2::int[]) AS h(id, attempt)
        WHERE b.id = ANY($1) AND b.id = h.id AND b.attempt = h.attempt AND b.state < 10 AND b.lease_until > 0 RETURNING b.id, b.attempt
        """;

    // Batch by batch, whatever the planner thinks of tables that have grown since they were last analysed: going through all that is open for each would cost more with every burst.
    private const string SelectNewer = """
        SELECT b.id, b.attempt, b.first_at FROM unnest($1::bigint[], $2::int[]) AS h(id, attempt)
        CROSS JOIN LATERAL (SELECT * FROM lull.batches WHERE id = h.id AND attempt = h.attempt AND state < 10 AND restarts < $3 OFFSET 0) b
        CROSS JOIN LATERAL (
            SELECT m.id FROM lull.messages m WHERE m.conversation = b.conversation AND m.batch IS NULL AND m.outcome = 1
            AND m.location = b.location AND m.contact = b.contact AND m.channel = b.channel AND m.address IS NOT DISTINCT FROM b.address LIMIT 1) n
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
