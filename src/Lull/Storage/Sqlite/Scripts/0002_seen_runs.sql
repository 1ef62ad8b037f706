-- What a second copy is known by is laid down beside its message, in append order, and looked up in memory; every 65,536 keys become one sorted run.
-- An index in the order of the keys would touch one page for each webhook, more of them the larger the store is.
ALTER TABLE messages ADD COLUMN keys BLOB;
UPDATE messages SET keys = found.keys
FROM (SELECT message, unhex(group_concat(hex(hash), '')) AS keys FROM seen GROUP BY message) AS found
WHERE messages.id = found.message;
DROP TABLE seen;

-- A run: the newest message in it, a filter that says which keys are surely not in it, and the first key of each chunk.
CREATE TABLE seen_runs (run INTEGER PRIMARY KEY, up_to INTEGER NOT NULL, filter BLOB NOT NULL, firsts BLOB NOT NULL);

-- Keys and message ids in the order of the keys, a page full in each.
CREATE TABLE seen_chunks (id INTEGER PRIMARY KEY, entries BLOB NOT NULL);

-- Keys that are in no run yet and whose message row does not hold them: erased, or interpreted again.
CREATE TABLE seen_loose (hash BLOB PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID;
