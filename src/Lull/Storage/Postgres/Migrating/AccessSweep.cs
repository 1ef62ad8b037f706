namespace Lull.Storage.Postgres.Migrating;

/// <summary>
/// Takes from everybody but the owner what they were given on Lull's schemas, whoever's default it was: on Supabase the roles <c>anon</c> and <c>authenticated</c> are the public web,
/// and are given everything that is made. Row level security stays on as the second lock, should somebody grant the first one away. <c>service_role</c> is left alone: its key is the operator's, and it is held by nobody else.
/// Run after each script and in its transaction, so that nothing is ever open and no script can forget it. It touches only what is not as it should be, and so waits for nobody.
/// </summary>
internal static class AccessSweep
{
    /// <summary>$1 the names of the schemas. Gives the statements to run.</summary>
    public const string Statements = """
        WITH spaces AS (SELECT oid, nspname, nspacl, nspowner FROM pg_catalog.pg_namespace WHERE nspname = ANY($1)),
        tables AS (SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name FROM pg_catalog.pg_class c JOIN spaces s ON s.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
        things(kind, name, acl) AS (
            SELECT 'SCHEMA', format('%I', nspname), COALESCE(nspacl, acldefault('n', nspowner)) FROM spaces
            UNION ALL
            SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, name, COALESCE(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, relowner)) FROM tables
            UNION ALL
            SELECT 'ROUTINE', format('%I.%I(%s)', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), COALESCE(p.proacl, acldefault('f', p.proowner))
            FROM pg_catalog.pg_proc p JOIN spaces s ON s.oid = p.pronamespace
        ),
        strangers(oid, name) AS (
            SELECT 0::oid, 'PUBLIC'
            UNION ALL
            SELECT oid, format('%I', rolname) FROM pg_catalog.pg_roles WHERE rolname IN ('anon', 'authenticated')
        )
        SELECT DISTINCT format('REVOKE ALL ON %s %s FROM %s', things.kind, things.name, strangers.name)
        FROM things CROSS JOIN LATERAL aclexplode(things.acl) AS given JOIN strangers ON strangers.oid = given.grantee
        UNION ALL
        SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name) FROM tables WHERE relkind IN ('r', 'p') AND NOT relrowsecurity
        """;
}
