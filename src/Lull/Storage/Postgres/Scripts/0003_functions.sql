-- compatible: yes
-- What a reply and a group of webhooks ask and write, as functions: their statements are parsed and planned once for each session of the database's, which a pooler keeps while clients come and go; nothing a client prepares
-- could last so long. Plans are made without sequential scans: one made for a table that is still empty must not be kept when it has grown.
-- A function that was released is never changed: nodes of the version before call it. A change has a new name. A parameter "of_…" says which row, "to_…" what it becomes.

-- What is open, the oldest first: every node looks for what is overdue every few seconds, and must not read all that is open for it. Only who says "id > 0" can be given this index: a plan
-- for one conversation, made while the table is empty and all indexes cost the same, went through all that was open with it.
CREATE INDEX IF NOT EXISTS messages_waiting ON {schema}.messages (id) WHERE batch IS NULL AND outcome = 1 AND id > 0;

-- What is open of a conversation, in the snapshot of the query that asks.
CREATE FUNCTION {schema}.open_of(
    of_conversation bigint, of_location text, of_contact text,
    OUT batch bigint, OUT name text, OUT channel text, OUT address text, OUT state smallint, OUT attempt integer, OUT restarts integer, OUT failures integer, OUT lost integer,
    OUT first_at bigint, OUT last_at bigint, OUT due_at bigint, OUT retry_at bigint, OUT retry_until bigint, OUT fault text, OUT reason text, OUT message_ids bigint[],
    OUT lease_until bigint, OUT just_written boolean, OUT force_used boolean, OUT forced_up_to bigint,
    OUT open_ids bigint[], OUT open_received_at bigint[], OUT open_reopened_at bigint[], OUT open_channels text[], OUT open_addresses text[])
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT b.id, b.name, b.channel, b.address, b.state, b.attempt, b.restarts, b.failures, b.lost, b.first_at, b.last_at, b.due_at, b.retry_at, b.retry_until, b.fault, b.reason,
           b.message_ids, b.lease_until, b.just_written, b.force_used
    INTO batch, name, channel, address, state, attempt, restarts, failures, lost, first_at, last_at, due_at, retry_at, retry_until, fault, reason,
         message_ids, lease_until, just_written, force_used
    FROM {schema}.batches b WHERE b.conversation = of_conversation AND b.location = of_location AND b.contact = of_contact AND b.state < 10;

    SELECT array_agg(m.id), array_agg(m.received_at), array_agg(m.reopened_at), array_agg(m.channel), array_agg(m.address)
    INTO open_ids, open_received_at, open_reopened_at, open_channels, open_addresses
    FROM (
        SELECT * FROM (
            SELECT m.id, m.received_at, m.reopened_at, m.channel, m.address FROM {schema}.messages m
            WHERE m.conversation = of_conversation AND m.batch IS NULL AND m.outcome = 1 AND m.location = of_location AND m.contact = of_contact OFFSET 0) m
        ORDER BY m.id) m;

    SELECT f.up_to INTO forced_up_to FROM {schema}.forces f WHERE f.location = of_location AND f.contact = of_contact;
END $$;

-- All that a step looks at, under the conversation's lock: each statement sees what was committed before the lock was had. The conversation is named, or that of a ticket's batch;
-- without a clock's time the batch was erased.
CREATE FUNCTION {schema}.look(
    of_ticket bigint, of_conversation bigint, of_location text, of_contact text, told bigint, of_external text,
    OUT clock bigint, OUT silence text, OUT is_paused boolean, OUT faults text[], OUT location text, OUT contact text,
    OUT batch bigint, OUT name text, OUT channel text, OUT address text, OUT state smallint, OUT attempt integer, OUT restarts integer, OUT failures integer, OUT lost integer,
    OUT first_at bigint, OUT last_at bigint, OUT due_at bigint, OUT retry_at bigint, OUT retry_until bigint, OUT fault text, OUT reason text, OUT message_ids bigint[],
    OUT lease_until bigint, OUT just_written boolean, OUT force_used boolean, OUT forced_up_to bigint,
    OUT open_ids bigint[], OUT open_received_at bigint[], OUT open_reopened_at bigint[], OUT open_channels text[], OUT open_addresses text[],
    OUT reply text, OUT model text, OUT rehearsal boolean, OUT tokens_in bigint, OUT tokens_out bigint,
    OUT intent_at bigint, OUT ended_at bigint, OUT not_there integer, OUT unreadable_since bigint, OUT external_of bigint)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF of_ticket IS NOT NULL THEN
        SELECT b.conversation, b.location, b.contact INTO of_conversation, of_location, of_contact FROM {schema}.batches b WHERE b.id = of_ticket;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;

    PERFORM pg_advisory_xact_lock(of_conversation);
    clock := {schema}.now_ms(told);
    location := of_location;
    contact := of_contact;
    SELECT s.reason INTO silence FROM {schema}.silences s
    WHERE s.location = of_location AND s.contact = of_contact AND (s.until IS NULL OR s.until > look.clock) ORDER BY s.since LIMIT 1;
    is_paused := EXISTS (SELECT FROM {schema}.pauses p WHERE p.location IN ('', of_location));
    faults := ARRAY(SELECT f.target FROM {schema}.faults f);

    SELECT o.* INTO batch, name, channel, address, state, attempt, restarts, failures, lost, first_at, last_at, due_at, retry_at, retry_until, fault, reason, message_ids,
                    lease_until, just_written, force_used, forced_up_to, open_ids, open_received_at, open_reopened_at, open_channels, open_addresses
    FROM {schema}.open_of(of_conversation, of_location, of_contact) o;

    IF look.batch IS NOT NULL THEN
        SELECT b.reply, b.model, b.rehearsal, b.tokens_in, b.tokens_out, d.intent_at, d.ended_at, d.not_there, d.unreadable_since
        INTO reply, model, rehearsal, tokens_in, tokens_out, intent_at, ended_at, not_there, unreadable_since
        FROM {schema}.batches b LEFT JOIN {schema}.deliveries d ON d.batch = b.id AND d.part = 1 WHERE b.id = look.batch;
    END IF;

    IF of_external IS NOT NULL THEN
        SELECT d.batch INTO external_of FROM {schema}.deliveries d WHERE d.location = of_location AND d.external_id = of_external;
    END IF;
END $$;

-- What a claim needs beside the state: what was said, in the order it was said; what is known of the contact, locked until the commit, so that a webhook that brings a profile at this moment
-- adds to what is written; and where names are asked about, which of them are taken and the id of a new batch.
CREATE FUNCTION {schema}.claim_texts(
    of_ids bigint[], of_location text, of_contact text, of_names text[],
    OUT contact_profile text, OUT taken text[], OUT next_batch bigint,
    OUT ids bigint[], OUT texts text[], OUT received_at bigint[], OUT said_at bigint[], OUT attachments text[], OUT profiles text[])
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT array_agg(m.id), array_agg(m.text), array_agg(m.received_at), array_agg(m.said_at), array_agg(m.attachments), array_agg(m.profile)
    INTO ids, texts, received_at, said_at, attachments, profiles
    FROM (
        SELECT m.id, m.text, m.received_at, m.said_at, m.attachments, m.profile FROM {schema}.messages m
        WHERE m.id = ANY(of_ids) ORDER BY COALESCE(m.said_at, m.received_at), m.id) m;

    SELECT c.profile INTO contact_profile FROM {schema}.contacts c WHERE c.contact = of_contact AND c.location = of_location FOR UPDATE;
    IF of_names IS NOT NULL THEN
        taken := ARRAY(SELECT b.name FROM {schema}.batches b WHERE b.name = ANY(of_names));
        next_batch := nextval(pg_get_serial_sequence('{schema}.batches', 'id'));
    END IF;
END $$;

-- A page of a conversation's batches, newest first, each with its messages in the order they were said.
CREATE FUNCTION {schema}.said_before(of_conversation bigint, of_location text, of_contact text, before bigint, page integer)
RETURNS TABLE (batch bigint, batch_name text, batch_state smallint, why text, answer text, ended bigint,
               ids bigint[], texts text[], received_ats bigint[], said_ats bigint[], attachment_lists text[])
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT b.id, b.name, b.state, b.reason, b.reply, b.ended_at, said.ids, said.texts, said.received_ats, said.said_ats, said.attachment_lists
    FROM (
        SELECT * FROM {schema}.batches b
        WHERE b.conversation = of_conversation AND b.location = of_location AND b.contact = of_contact AND b.id < before ORDER BY b.id DESC LIMIT page) b
    CROSS JOIN LATERAL (
        SELECT array_agg(m.id) AS ids, array_agg(m.text) AS texts, array_agg(m.received_at) AS received_ats, array_agg(m.said_at) AS said_ats,
               array_agg(m.attachments) AS attachment_lists
        FROM (
            SELECT m.id, m.text, m.received_at, m.said_at, m.attachments FROM {schema}.messages m
            WHERE m.id = ANY(b.message_ids) ORDER BY COALESCE(m.said_at, m.received_at), m.id) m) said
    ORDER BY b.id DESC;
END $$;

-- Counts tokens for the day of the clock (UTC), and gives the day's total.
CREATE FUNCTION {schema}.spend_tokens(told bigint, spent_in bigint, spent_out bigint, spent_in_vain bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
DECLARE total bigint;
BEGIN
    INSERT INTO {schema}.tokens AS t (day, input, output, wasted)
    VALUES (to_char(to_timestamp({schema}.now_ms(told) / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD'), spent_in, spent_out, spent_in_vain)
    ON CONFLICT (day) DO UPDATE SET input = t.input + spent_in, output = t.output + spent_out, wasted = t.wasted + spent_in_vain
    RETURNING t.input + t.output INTO total;
    RETURN total;
END $$;

CREATE FUNCTION {schema}.save_batch(
    of_batch bigint, to_state smallint, to_attempt integer, to_restarts integer, to_failures integer, to_lost integer, to_first_at bigint, to_last_at bigint, to_due_at
    bigint, to_retry_at bigint, to_retry_until bigint, to_fault text, to_reason text, to_message_ids bigint[], to_lease_until bigint, to_owner text, to_just_written
    boolean, to_force_used boolean, to_ended_at bigint)
RETURNS void LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    UPDATE {schema}.batches SET
        state = to_state, attempt = to_attempt, restarts = to_restarts, failures = to_failures, lost = to_lost, first_at = to_first_at, last_at = to_last_at, due_at =
        to_due_at, retry_at = to_retry_at, retry_until = to_retry_until, fault = to_fault, reason = to_reason, message_ids = to_message_ids, lease_until = to_lease_until,
        owner = to_owner, just_written = to_just_written, force_used = to_force_used, ended_at = to_ended_at
    WHERE id = of_batch;
END $$;

CREATE FUNCTION {schema}.add_batch(
    of_batch bigint, to_state smallint, to_attempt integer, to_restarts integer, to_failures integer, to_lost integer, to_first_at bigint, to_last_at bigint, to_due_at
    bigint, to_retry_at bigint, to_retry_until bigint, to_fault text, to_reason text, to_message_ids bigint[], to_lease_until bigint, to_owner text, to_just_written
    boolean, to_force_used boolean, to_ended_at bigint, to_name text, to_conversation bigint, to_location text, to_contact text, to_channel text, to_address text)
RETURNS void LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO {schema}.batches (
        id, state, attempt, restarts, failures, lost, first_at, last_at, due_at, retry_at, retry_until, fault, reason, message_ids, lease_until, owner, just_written,
        force_used, ended_at, name, conversation, location, contact, channel, address)
    VALUES (
        of_batch, to_state, to_attempt, to_restarts, to_failures, to_lost, to_first_at, to_last_at, to_due_at, to_retry_at, to_retry_until, to_fault, to_reason,
        to_message_ids, to_lease_until, to_owner, to_just_written, to_force_used, to_ended_at, to_name, to_conversation, to_location, to_contact, to_channel, to_address);
END $$;

CREATE FUNCTION {schema}.take_messages(of_ids bigint[], to_batch bigint) RETURNS void LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    UPDATE {schema}.messages SET batch = to_batch WHERE id = ANY(of_ids) AND batch IS NULL;
END $$;

CREATE FUNCTION {schema}.add_step(of_batch bigint, at bigint, to_name text, to_attempt integer, to_detail text)
RETURNS void LANGUAGE plpgsql VOLATILE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO {schema}.steps (batch, id, name, attempt, detail) VALUES (of_batch, {schema}.next_id(at), to_name, to_attempt, to_detail);
END $$;

CREATE FUNCTION {schema}.save_reply(of_batch bigint, to_reply text, to_model text, to_rehearsal boolean, to_tokens_in bigint, to_tokens_out bigint)
RETURNS void LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    UPDATE {schema}.batches SET reply = to_reply, model = to_model, rehearsal = to_rehearsal, tokens_in = to_tokens_in, tokens_out = to_tokens_out WHERE id = of_batch;
END $$;

CREATE FUNCTION {schema}.save_contact(of_contact text, of_location text, to_profile text, at bigint) RETURNS void LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO {schema}.contacts AS c (contact, location, profile, first_seen) VALUES (of_contact, of_location, to_profile, at)
    ON CONFLICT (contact, location) DO UPDATE SET profile = excluded.profile WHERE c.profile IS DISTINCT FROM excluded.profile;
END $$;

-- A reply's intent: before a send, or in its place where nothing is sent.
CREATE FUNCTION {schema}.intend(of_batch bigint, to_state text, to_location text, at bigint) RETURNS void LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO {schema}.deliveries (batch, part, state, location, intent_at) VALUES (of_batch, 1, to_state, to_location, at)
    ON CONFLICT (batch, part) DO UPDATE SET state = excluded.state, intent_at = excluded.intent_at, ended_at = NULL, not_there = 0, unreadable_since = NULL;
END $$;

CREATE FUNCTION {schema}.delivered(of_batch bigint, to_external_id text, at bigint) RETURNS void LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    UPDATE {schema}.deliveries SET state = 'delivered', external_id = to_external_id, ended_at = COALESCE(ended_at, at) WHERE batch = of_batch;
END $$;

CREATE FUNCTION {schema}.replied(of_contact text, of_location text, at bigint) RETURNS void LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    UPDATE {schema}.contacts SET last_reply_at = at WHERE contact = of_contact AND location = of_location;
END $$;

-- What a group of webhooks must know: which of its keys were seen before, key by key, whatever the planner thinks of a bucket; when the contacts that are asked about had their last reply; and after that one clock reading for all, which the
-- ids carry: what is found to be a copy has an id behind that of the message it is a copy of.
CREATE FUNCTION {schema}.append_look(
    of_buckets integer[], of_hashes uuid[], of_locations text[], of_contacts text[], told bigint, many integer,
    OUT buckets integer[], OUT hashes uuid[], OUT messages bigint[], OUT locations text[], OUT contacts text[], OUT replied_at bigint[], OUT ids bigint[])
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT array_agg(s.bucket), array_agg(s.hash), array_agg(s.message) INTO buckets, hashes, messages
    FROM unnest(of_hashes) AS k(hash)
    CROSS JOIN LATERAL (SELECT s.bucket, s.hash, s.message FROM {schema}.seen s WHERE s.bucket = ANY(of_buckets) AND s.hash = k.hash OFFSET 0) s;
    IF of_contacts IS NOT NULL THEN
        SELECT array_agg(k.location), array_agg(k.contact), array_agg(c.last_reply_at) INTO locations, contacts, replied_at
        FROM unnest(of_locations, of_contacts) AS k(location, contact)
        CROSS JOIN LATERAL (
            SELECT c.last_reply_at FROM {schema}.contacts c WHERE c.contact = k.contact AND c.location = k.location AND c.last_reply_at IS NOT NULL OFFSET 0) c;
    END IF;

    told := {schema}.now_ms(told);
    ids := ARRAY(SELECT {schema}.next_id(told) FROM generate_series(1, many));
END $$;

-- Stores a group of webhooks: which of the conversations have a step under way, how many keys were remembered and changed (fewer than were meant: another node was faster), and the rows.
CREATE FUNCTION {schema}.append(
    of_conversations bigint[], at bigint, seen_buckets integer[], seen_hashes uuid[], seen_messages bigint[],
    changed_buckets integer[], changed_hashes uuid[], changed_messages bigint[], changed_formers bigint[],
    ids bigint[], conversations bigint[], outcomes smallint[], received_at bigint[], said_at bigint[], to_locations text[], to_contacts text[], channels text[], addresses text[],
    external_ids text[], dialects text[], types text[], reasons text[], errors text[], duplicates_of bigint[], texts text[], attachments text[], profiles text[], headers text[],
    bodies bytea[], OUT locations text[], OUT contacts text[], OUT added integer, OUT changed integer)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    SELECT array_agg(b.location), array_agg(b.contact) INTO locations, contacts
    FROM {schema}.batches b WHERE b.state < 10 AND b.lease_until > at AND b.conversation = ANY(of_conversations);

    -- Whoever comes second finds a row more than it saw, and changes one fewer than it meant to.
    INSERT INTO {schema}.seen (bucket, hash, message) SELECT * FROM unnest(seen_buckets, seen_hashes, seen_messages) ON CONFLICT (bucket, hash) DO NOTHING;
    GET DIAGNOSTICS added = ROW_COUNT;
    IF changed_buckets IS NOT NULL THEN
        UPDATE {schema}.seen s SET message = k.message FROM unnest(changed_buckets, changed_hashes, changed_messages, changed_formers) AS k(bucket, hash, message, former)
        WHERE s.bucket = k.bucket AND s.hash = k.hash AND s.message = k.former;
        GET DIAGNOSTICS changed = ROW_COUNT;
    END IF;

    INSERT INTO {schema}.messages (id, conversation, outcome, received_at, said_at, location, contact, channel, address, external_id, dialect, type, reason, error,
                                     duplicate_of, text, attachments, profile, headers, body)
    SELECT * FROM unnest(ids, conversations, outcomes, received_at, said_at, to_locations, to_contacts, channels, addresses, external_ids, dialects, types, reasons, errors,
                         duplicates_of, texts, attachments, profiles, headers, bodies);
END $$;

-- The same in one go for a group of which nothing was seen before, as it nearly always is: a transaction by itself. Without ids nothing was stored: a key is known, or the clock stands where
-- the keys belong to other buckets than were looked into. A key that another node stores at this moment violates the uniqueness, and nothing is stored either.
CREATE FUNCTION {schema}.append_new(
    of_buckets integer[], of_hashes uuid[], of_rows integer[], bucket_ms bigint, border_ms bigint, told bigint, of_conversations bigint[],
    conversations bigint[], outcomes smallint[], said_at bigint[], to_locations text[], to_contacts text[], channels text[], addresses text[],
    external_ids text[], dialects text[], types text[], reasons text[], errors text[], texts text[], attachments text[], profiles text[], headers text[],
    bodies bytea[], OUT ids bigint[], OUT locations text[], OUT contacts text[])
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE buckets integer[];
BEGIN
    IF EXISTS (
        SELECT FROM unnest(of_hashes) AS k(hash)
        CROSS JOIN LATERAL (SELECT FROM {schema}.seen s WHERE s.bucket = ANY(of_buckets) AND s.hash = k.hash OFFSET 0) s) THEN
        RETURN;
    END IF;

    told := {schema}.now_ms(told);
    buckets := ARRAY[(told - border_ms) / bucket_ms, (told + border_ms) / bucket_ms];
    IF NOT buckets <@ of_buckets THEN
        RETURN;
    END IF;

    IF buckets[1] = buckets[2] THEN
        buckets := buckets[1:1];
    END IF;

    ids := ARRAY(SELECT {schema}.next_id(told) FROM generate_series(1, cardinality(outcomes)));
    SELECT array_agg(b.location), array_agg(b.contact) INTO locations, contacts
    FROM {schema}.batches b WHERE b.state < 10 AND b.lease_until > told AND b.conversation = ANY(of_conversations);

    -- In the order in which all nodes write them, so that none waits in a circle.
    INSERT INTO {schema}.seen (bucket, hash, message)
    SELECT b.bucket, k.hash, ids[k.row] FROM unnest(of_hashes, of_rows) WITH ORDINALITY AS k(hash, row, place), unnest(buckets) AS b(bucket) ORDER BY k.place;

    INSERT INTO {schema}.messages (id, received_at, conversation, outcome, said_at, location, contact, channel, address, external_id, dialect, type, reason, error,
                                   text, attachments, profile, headers, body)
    SELECT r.id, told, r.conversation, r.outcome, r.said_at, r.location, r.contact, r.channel, r.address, r.external_id, r.dialect, r.type, r.reason, r.error,
           r.text, r.attachments, r.profile, r.headers, r.body
    FROM unnest(ids, conversations, outcomes, said_at, to_locations, to_contacts, channels, addresses, external_ids, dialects, types, reasons, errors, texts, attachments,
                profiles, headers, bodies)
         AS r(id, conversation, outcome, said_at, location, contact, channel, address, external_id, dialect, type, reason, error, text, attachments, profile, headers, body);
END $$;
