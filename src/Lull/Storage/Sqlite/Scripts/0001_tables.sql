-- Instants are Unix milliseconds of the store's clock, ids grow with time (Messages/MessageId.cs).
-- Every webhook is one row: the message row is its own journal entry.
CREATE TABLE messages (
    id           INTEGER PRIMARY KEY,
    outcome      INTEGER NOT NULL,
    batch        INTEGER,
    received_at  INTEGER NOT NULL,
    reopened_at  INTEGER,
    said_at      INTEGER,
    location     TEXT,
    contact      TEXT,
    channel      TEXT,
    address      TEXT,
    external_id  TEXT,
    dialect      TEXT NOT NULL,
    type         TEXT,
    reason       TEXT,
    error        TEXT,
    duplicate_of INTEGER,
    origin       INTEGER,
    text         TEXT,
    attachments  TEXT,
    profile      TEXT,
    headers      TEXT NOT NULL,
    body         BLOB NOT NULL
);

-- What is open is found by one scan of this index in append order; a claim takes the row out of it.
CREATE INDEX messages_open ON messages (id) WHERE batch IS NULL AND outcome = 1;
CREATE INDEX messages_events ON messages (id) WHERE outcome <> 1;

CREATE TABLE batches (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL UNIQUE,
    conversation INTEGER NOT NULL,
    location     TEXT NOT NULL,
    contact      TEXT NOT NULL,
    channel      TEXT NOT NULL,
    address      TEXT,
    state        INTEGER NOT NULL,
    attempt      INTEGER NOT NULL DEFAULT 1,
    restarts     INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    lost         INTEGER NOT NULL DEFAULT 0,
    first_at     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    retry_at     INTEGER NOT NULL DEFAULT 0,
    retry_until  INTEGER,
    fault        TEXT,
    reason       TEXT,
    message_ids  TEXT NOT NULL,
    running      INTEGER NOT NULL DEFAULT 0,
    reply        TEXT,
    model        TEXT,
    rehearsal    INTEGER NOT NULL DEFAULT 0,
    tokens_in    INTEGER NOT NULL DEFAULT 0,
    tokens_out   INTEGER NOT NULL DEFAULT 0,
    ended_at     INTEGER
);

-- At most one unfinished batch per conversation, whatever races.
CREATE UNIQUE INDEX batches_unfinished ON batches (conversation) WHERE state < 10;
CREATE INDEX batches_by_conversation ON batches (conversation, id);
CREATE INDEX batches_for_operator ON batches (state, id) WHERE state IN (12, 13);

CREATE TABLE steps (
    batch   INTEGER NOT NULL,
    id      INTEGER NOT NULL,
    name    TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    detail  TEXT,
    PRIMARY KEY (batch, id)
) WITHOUT ROWID;

CREATE TABLE deliveries (
    batch            INTEGER NOT NULL,
    part             INTEGER NOT NULL,
    state            TEXT NOT NULL,
    location         TEXT NOT NULL,
    external_id      TEXT,
    intent_at        INTEGER NOT NULL,
    ended_at         INTEGER,
    not_there        INTEGER NOT NULL DEFAULT 0,
    unreadable_since INTEGER,
    PRIMARY KEY (batch, part)
) WITHOUT ROWID;

-- One send of the vendor's is never taken for two replies.
CREATE UNIQUE INDEX deliveries_external ON deliveries (location, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE contacts (
    contact       TEXT NOT NULL,
    location      TEXT NOT NULL,
    profile       TEXT,
    first_seen    INTEGER NOT NULL,
    last_reply_at INTEGER,
    PRIMARY KEY (contact, location)
) WITHOUT ROWID;

-- Keyed hashes of what a second copy is known by, in buckets of a week: a look-up touches two, pruning drops whole ones.
CREATE TABLE seen (
    bucket  INTEGER NOT NULL,
    hash    BLOB NOT NULL,
    message INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (bucket, hash)
) WITHOUT ROWID;

CREATE TABLE forces (
    location TEXT NOT NULL,
    contact  TEXT NOT NULL,
    up_to    INTEGER NOT NULL,
    PRIMARY KEY (location, contact)
) WITHOUT ROWID;

CREATE TABLE silences (
    location TEXT NOT NULL,
    contact  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    until    INTEGER,
    PRIMARY KEY (location, contact, reason)
) WITHOUT ROWID;

-- An empty location is everything.
CREATE TABLE pauses (location TEXT PRIMARY KEY, reason TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE faults (target TEXT PRIMARY KEY, reason TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER) WITHOUT ROWID;
CREATE TABLE cursors (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tokens (day TEXT PRIMARY KEY, input INTEGER NOT NULL, output INTEGER NOT NULL, wasted INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE attention (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    cause      TEXT NOT NULL,
    text       TEXT NOT NULL,
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    told_at    INTEGER,
    cleared_at INTEGER
);
CREATE INDEX attention_open ON attention (cause) WHERE cleared_at IS NULL;
