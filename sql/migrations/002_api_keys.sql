-- API keys: what web servers let in, and as whom.

CREATE TABLE ledger.api_keys (
    name text COLLATE "C" PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('teller', 'operator', 'auditor')),
    accounts text[],
    secret_hash bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint
);
COMMENT ON TABLE ledger.api_keys IS
    'Who may come in through a web server: by a secret, as one of the roles. None is ever removed.';
COMMENT ON COLUMN ledger.api_keys.accounts IS
    'The only accounts it is for: ids, and prefixes with a * at their end; NULL: all.';
COMMENT ON COLUMN ledger.api_keys.secret_hash IS 'SHA-256 of the secret, which is nowhere else.';
