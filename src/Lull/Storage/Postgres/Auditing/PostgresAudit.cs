using Lull.Storage.Ledger.Auditing;
using Lull.Storage.Postgres.Connecting;
using Lull.Storage.Postgres.Migrating;
using Npgsql;

namespace Lull.Storage.Postgres.Auditing;

/// <summary>Walks the tables one after another in one read-only snapshot, beside whatever the nodes do: no writer waits for it.</summary>
internal sealed class PostgresAudit(PostgresDatabase database, TimeProvider time) : IAudit
{
    private static readonly string Listed = $"""
        SELECT b.id AS batch, {BatchRules.Counted("j.value")}
        FROM lull.batches b LEFT JOIN LATERAL unnest(b.message_ids) AS j(value) ON true LEFT JOIN lull.messages m ON m.id = j.value
        GROUP BY b.id
        """;

    private const string LastSteps = "SELECT DISTINCT ON (batch) batch, name, attempt FROM lull.steps ORDER BY batch, id DESC";

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>One audit on a connection of its own, whether or not servers are running.</summary>
    /// <exception cref="StoreUnavailableException">There is no store there that this Lull can read; the message says why.</exception>
    public static async Task<AuditReport> RunAsync(PostgresOptions options, int limit, CancellationToken cancellationToken)
    {
        await using var source = PostgresSource.Open(options);
        try
        {
            if (await new Migrator(source, options).MissingAsync(cancellationToken) is { Count: > 0 } missing)
            {
                throw new StoreUnavailableException(
                    $"There is no store in the schema {options.Schema} of {ConnectionText.Show(options.ConnectionString)} that this Lull can read ({string.Join(", ", missing.Select(script => script.Name))} not applied). "
                    + "Check DATABASE_URL and DATABASE_SCHEMA; lull migrate brings a store up to date.");
            }

            return await new PostgresAudit(new(source, options), TimeProvider.System).AuditAsync(limit, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new StoreUnavailableException(
                $"There is no store in the schema {options.Schema} of {ConnectionText.Show(options.ConnectionString)} that this Lull can read ({exception.MessageText}). "
                + "Check DATABASE_URL and DATABASE_SCHEMA; lull migrate brings a store up to date.",
                exception);
        }
    }

    /// <exception cref="StoreUnavailableException">The database cannot be read now; the message says why.</exception>
    public async Task<AuditReport> AuditAsync(int limit, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var started = time.GetTimestamp();
            var findings = new AuditFindings(limit);
            await database.ReadAsync(sql => WalkAsync(sql, new(findings, AuditDialect.Postgres)), cancellationToken);
            return findings.Report(time.GetElapsedTime(started));
        }
        finally
        {
            _one.Release();
        }
    }

    private static async Task<bool> WalkAsync(PostgresSession sql, AuditTally tally)
    {
        // For this transaction alone: a pooler's next one is not bound by it.
        await sql.ExecuteAsync("SET TRANSACTION READ ONLY");
        await sql.EachAsync(
            MessageRules.Select(AuditDialect.Postgres),
            row => tally.Message(row.GetInt64(0), row.GetInt64(1), row.NumberOrNull(2), row.TextOrNull(3), row.NumberOrNull(4), row.GetInt64(5)));
        tally.CountMessages();
        await sql.EachAsync(
            BatchRules.Select(AuditDialect.Postgres, Listed, LastSteps), row => tally.Batch(row.GetString(0), row.GetInt64(1), row.GetInt64(2)));
        await sql.EachAsync(
            DeliveryRules.Select(AuditDialect.Postgres),
            row => tally.Delivery(row.GetInt64(0), row.TextOrNull(1), row.GetInt64(2), row.GetString(3), row.GetInt64(4)));
        foreach (var rule in (IEnumerable<AuditRule>)[.. OtherRules.All(AuditDialect.Postgres), .. NodeRules.All])
        {
            await sql.EachAsync(rule.Broken, row => tally.Other(rule, row.GetString(0)));
        }

        await sql.EachAsync(NodeRules.Key.Broken, row =>
        {
            var id = new ConversationId(row.GetString(1), row.GetString(2));
            if (row.NumberOrNull(0) != id.Hash)
            {
                tally.Other(NodeRules.Key, $"{id.Location}/{id.Contact}");
            }
        });
        return true;
    }
}
