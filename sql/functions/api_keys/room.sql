-- Room api_keys: API keys.
-- Who may come in through a web server.
-- What its functions return, and what they refuse.

CREATE TYPE bank.api_key_created AS (
    name text,
    role text,
    accounts jsonb,
    secret text,
    created_at bigint,
    expires_at bigint
);
COMMENT ON TYPE bank.api_key_created IS 'An API key with its secret, which is not shown again.';

CREATE TYPE bank.api_key AS (
    name text,
    role text,
    accounts jsonb,
    created_at bigint,
    expires_at bigint,
    revoked_at bigint
);
COMMENT ON TYPE bank.api_key IS 'An API key without its secret.';

CREATE TYPE bank.identity AS (
    name text,
    role text,
    login_role text,
    accounts text [],
    expires_at bigint
);
COMMENT ON TYPE bank.identity IS 'Whose key it is: what a web server has each statement run as.';

CREATE TYPE bank.session_end AS (
    ended boolean
);
COMMENT ON TYPE bank.session_end IS 'What came of signing out.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('name', '{create_api_key,revoke_api_key,api_key,api_key_created}', '{"pattern": "^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$"}', 'Of the key, and of whoever comes in with it: 1 to 64 letters, digits and . _ : @ -, unique for ever; not `token`.'),
('name', '{identity}', '{}', 'Of whoever comes in, for the log.'),
('name', '{vouch}', '{"minLength": 1, "maxLength": 200}', 'Who it is, as the token says.'),
('role', '{}', '{"enum": ["teller", "operator", "auditor"]}', 'What it may do: that of the database''s role of this name.'),
('accounts', '{create_api_key,vouch}', '{"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 100}', 'The only accounts it is for: ids, and prefixes with a * at their end; all if left out.'),
('accounts', '{api_key,api_key_created,identity}', '{"type": "array", "items": {"type": "string"}}', 'The only accounts it is for: ids, and prefixes with a * at their end. NULL where it is for all.'),
('secret', '{api_key_created}', '{"pattern": "^pgt_[0-9a-f]{64}$"}', 'What comes with each request: `Authorization: Bearer` and this.'),
('expires_at', '{identity}', '{}', 'When it ends by itself, milliseconds since the epoch: nobody is to believe it any longer. NULL where it does not, or where whoever vouches says so.'),
('expires_at', '{api_key,api_key_created}', '{}', 'When it ends by itself, milliseconds since the epoch. NULL where it does not.'),
('revoked_at', '{}', '{}', 'When it was revoked, milliseconds since the epoch. NULL where it was not.'),
('login_role', '{}', '{}', 'The role of the database to take.'),
('secret_sha256', '{}', '{"pattern": "^[0-9a-f]{64}$"}', 'The SHA-256 of the secret, hexadecimal.'),
('session_sha256', '{}', '{"pattern": "^[0-9a-f]{64}$"}', 'The SHA-256 of the secret in the cookie, hexadecimal.'),
('ended', '{}', '{}', 'Whether there was such a session.'),
('after', '{list_api_keys}', '{}', 'The name seen last.');

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL350', 'api_key_exists', 'There is, or was, a key {"name"}: choose another name.'),
('TL150', 'api_key_not_found', 'There is no key {"name"}.'),
('TL401', 'invalid_api_key', 'Give the secret of a key that has neither expired nor been revoked.'),
('TL402', 'invalid_session', 'Sign in again: the session has ended, or there is no such.');

INSERT INTO engine.operations (operation, title, about) VALUES
('create_api_key', 'API key made', 'An API key was made.'),
('revoke_api_key', 'API key revoked', 'An API key was revoked.');
