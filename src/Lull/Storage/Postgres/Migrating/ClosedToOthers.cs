namespace Lull.Storage.Postgres.Migrating;

/// <summary>
/// Nobody but the owner may see anything of Lull's: on some hosts (Supabase) other roles of the database are served to the world, and whoever made the database may have granted them everything
/// that will ever be made. Run after every script, so that none can forget it.
/// </summary>
internal static class ClosedToOthers
{
    /// <summary>For this transaction: the schemas' names, <c>$1</c>, since a block takes no parameters.</summary>
    public const string Name = "SELECT set_config('lull.closing', array_to_json($1::text[])::text, true)";

    /// <summary>Roles of a host's public interface are named where they exist; PUBLIC is everybody.</summary>
    public const string Close = """
        DO $$
        DECLARE place text; strangers text; thing record;
        BEGIN
            SELECT string_agg(quote_ident(rolname), ', ') INTO strangers FROM pg_roles WHERE rolname IN ('anon', 'authenticated') AND rolname <> current_user;
            strangers := concat_ws(', ', 'PUBLIC', strangers);
            FOR place IN SELECT json_array_elements_text(current_setting('lull.closing')::json) LOOP
                EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %s', place, strangers);
                EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %s', place, strangers);
                EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA %I FROM %s', place, strangers);
                EXECUTE format('REVOKE ALL ON ALL ROUTINES IN SCHEMA %I FROM %s', place, strangers);
                FOR thing IN
                    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = place AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
                LOOP
                    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', place, thing.relname);
                END LOOP;
            END LOOP;
        END $$;
        """;
}
