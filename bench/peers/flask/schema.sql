CREATE TABLE messages (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact     text NOT NULL,
    external_id text NOT NULL,
    text        text NOT NULL,
    body        text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    UNIQUE (contact, external_id)
);
