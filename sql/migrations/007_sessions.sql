-- Sessions: who has signed in to a web server's console, with an API key.

ALTER TABLE ledger.settings
ADD COLUMN session_idle_ms bigint NOT NULL DEFAULT 1800000
CHECK (session_idle_ms BETWEEN 300000 AND 31536000000),
ADD COLUMN session_most_ms bigint NOT NULL DEFAULT 43200000
CHECK (session_most_ms BETWEEN 300000 AND 31536000000);
COMMENT ON COLUMN ledger.settings.session_idle_ms IS
    'After how many milliseconds without a request a session of the console has ended. When it was '
    'used is noted to a minute, so it may end a minute sooner.';
COMMENT ON COLUMN ledger.settings.session_most_ms IS
    'How long a session of the console lasts at most, ms, however busy it is.';

CREATE TABLE ledger.sessions (
    session_hash bytea PRIMARY KEY CHECK (octet_length(session_hash) = 32),
    api_key text COLLATE "C" NOT NULL REFERENCES ledger.api_keys (name),
    begun_at bigint NOT NULL,
    used_at bigint NOT NULL
);
CREATE INDEX sessions_of_key ON ledger.sessions (api_key, begun_at);
CREATE INDEX sessions_by_use ON ledger.sessions (used_at);
COMMENT ON TABLE ledger.sessions IS
    'Who has signed in to a web server''s console. No part of the books: nothing seals it.';
COMMENT ON COLUMN ledger.sessions.session_hash IS
    'SHA-256 of the secret in the cookie, which is nowhere else.';
COMMENT ON COLUMN ledger.sessions.api_key IS 'With which key it was begun; it may what that may.';
COMMENT ON COLUMN ledger.sessions.used_at IS 'When it was used last, ms, to a minute.';
