-- Room proof: Proof.
-- Showing that the books are intact.
-- What its functions return, and what they refuse.

-- The view engine.installed, which note.sql fills this from, as the last reload or migration has
-- left it.
CREATE TABLE engine.release (
    kind text NOT NULL,
    name text NOT NULL,
    definition bytea NOT NULL,
    owner text NOT NULL,
    privileges text NOT NULL,
    PRIMARY KEY (kind, name)
);
COMMENT ON TABLE engine.release IS
    'Every object of the three schemas as the last reload or migration has left it.';

-- What a digest seals of one account: its newest leg then.
CREATE TYPE engine.seal AS (
    account_id text,
    version bigint,
    head bytea
);

CREATE TYPE bank.digest AS (
    transaction_id bigint,
    "timestamp" bigint,
    accounts bigint,
    legs bigint,
    root text,
    sums bigint[],  -- noqa: LT01
    weighted_sums bigint[]  -- noqa: LT01
);
COMMENT ON TYPE bank.digest IS
    'What to keep outside the database: it covers every entry that was there.';

CREATE TYPE bank.digest_verification AS (
    ok boolean,
    finding text,
    account_id text,
    version bigint,
    transaction_id bigint,
    "timestamp" bigint,
    accounts bigint,
    legs bigint
);
COMMENT ON TYPE bank.digest_verification IS
    'Whether all that was sealed is there unchanged; if not, what is the first to differ, and how.';

CREATE TYPE bank.violation AS (
    account_id text,
    found json
);
COMMENT ON TYPE bank.violation IS 'One thing that is wrong: where, and what was found.';

CREATE TYPE bank.verification AS (
    "check" text,
    ok boolean,
    violations bigint,
    sample json
);
COMMENT ON TYPE bank.verification IS 'Whether a promise of the ledger is kept.';

CREATE TYPE bank.sequence_lag AS (
    sequence text,
    drawn bigint,
    in_use bigint
);
COMMENT ON TYPE bank.sequence_lag IS 'A sequence whose next number is taken already.';

CREATE TYPE bank.sequence_advance AS (
    sequence text,
    old_value bigint,
    new_value bigint
);
COMMENT ON TYPE bank.sequence_advance IS 'A sequence that was brought past the numbers in use.';

CREATE TYPE bank.proof AS (
    proof_number bigint,
    kind text,
    begun_at bigint,
    ended_at bigint,
    violations bigint,
    clean boolean,
    actor text,
    sha256 text,
    finding text,
    lost_at bigint,
    legs_seen bigint,
    legs bigint
);
COMMENT ON TYPE bank.proof IS
    'That the ledger was verified, or a digest taken and held against the one before it.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('sequence', '{}', '{}', 'Its name.'),
('drawn', '{}', '{}', 'The number that it has given last.'),
('in_use', '{}', '{}', 'The largest number in use.'),
('old_value', '{}', '{}', 'The number that it had given last.'),
('new_value', '{}', '{}', 'The number that it has given last now.'),
('patience', '{}', '{"minimum": 0, "maximum": 3600000}', 'How many milliseconds to wait for transactions at work to end.'),
('ledger_digest', '{}', '{"$ref": "#/components/schemas/digest"}', 'What to keep outside the database.'),
('digest', '{}', '{"$ref": "#/components/schemas/digest"}', 'A digest, as it was given.'),
('transaction_id', '{digest,digest_verification}', '{}', 'The entries of lower ids are what the digest covers.'),
('timestamp', '{digest}', '{}', 'All that was recorded before this moment is covered; milliseconds since the epoch.'),
('timestamp', '{digest_verification}', '{}', 'That of the digest, milliseconds since the epoch. NULL where it does not say.'),
('accounts', '{}', '{}', 'How many accounts.'),
('legs', '{}', '{}', 'How many entries.'),
('root', '{}', '{}', 'A hash of all that it covers.'),
('sums', '{}', '{"minItems": 256, "maxItems": 256, "items": {"type": "integer", "minimum": 0, "maximum": 2147483646}}', 'One number per bucket of accounts: they tell which account has changed.'),
('weighted_sums', '{}', '{"minItems": 256, "maxItems": 256, "items": {"type": "integer", "minimum": 0, "maximum": 2147483646}}', 'As `sums`, of numbers that depend on the account.'),
('ok', '{}', '{}', 'Whether it holds.'),
('finding', '{}', '{"enum": ["chain_broken", "account_missing", "history_differs", "recorded_before", "root_differs"]}', '`chain_broken`: the entry at `version` is not what was posted. `account_missing`, `history_differs`: the account, or its history as a whole, is not what was sealed. `recorded_before`: the entry at `version` came after the digest, and says that it was written long before. `root_differs`: the sums agree, but not the root or what it covers besides: either the digest is not as it was given, or the history is not, and whoever wrote it anew has made the sums collide. NULL where all is well.'),
('account_id', '{digest_verification}', '{}', 'The first account that differs. NULL where none does, or too many do to tell them apart.'),
('version', '{digest_verification}', '{}', 'The entry of that account at which the chain is broken. NULL where it is not.'),
('check', '{}', '{}', 'A name from view bank.checks.'),
('promise', '{}', '{}', 'What the check proves.'),
('by_account', '{}', '{}', 'Whether it can be asked about one account, too.'),
('violations', '{}', '{}', 'How many times it does not hold.'),
('sample', '{}', '{"type": "array", "items": {"$ref": "#/components/schemas/violation"}}', 'Three of them at most.'),
('account_id', '{violation}', '{"minLength": null, "maxLength": null}', 'Where: a customer or house account. NULL where it is of no account.'),
('found', '{}', '{}', 'What was found there.'),
('kind', '{begin_proof}', '{"enum": ["verification", "digest"]}', 'What is done.'),
('kind', '{proof,list_proofs}', '{"enum": ["verification", "digest", "digest_handed_out"]}', 'What was done. A digest is one that was kept, as who took it tells; of one that was handed out nobody knows.'),
('proof_number', '{}', '{"minimum": 1}', 'Rises with each that begins.'),
('begun_at', '{}', '{}', 'When it began, milliseconds since the epoch.'),
('ended_at', '{proof}', '{}', 'When it ended, milliseconds since the epoch. NULL while it goes on, or where it was lost.'),
('violations', '{proof}', '{}', 'How much was wrong: of a digest, whether the one before it was (1 or 0). NULL where it has not come to a result.'),
('violations', '{finish_proof}', '{}', 'How much was wrong: of a digest, whether the one before it was (1 or 0). Left out where it could not be done, or held against none.'),
('checks', '{finish_proof}', '{"type": "array", "items": {"$ref": "#/components/schemas/verification"}}', 'Of a verification, what verify_ledger answered.'),
('clean', '{}', '{}', 'Whether nothing was wrong. NULL where it has not come to a result.'),
('actor', '{proof}', '{}', 'The login that did it, and after a slash whom it named.'),
('sha256', '{}', '{}', 'Of the file of a digest, hexadecimal. NULL where there is none.'),
('finding', '{proof}', '{"enum": null}', 'What was wrong, or why it could not be done. NULL where all is well.'),
('finding', '{finish_proof}', '{"enum": null}', 'What was wrong, or why it could not be done.'),
('lost_at', '{}', '{}', 'When it is taken for lost unless it has ended before, milliseconds since the epoch: whoever did it was killed.'),
('legs_seen', '{proof}', '{}', 'How many entries have been looked at. NULL where nobody has told.'),
('legs', '{proof}', '{}', 'Of how many entries. NULL where nobody has told.'),
('legs_seen', '{note_progress}', '{}', 'How many entries have been looked at.'),
('legs', '{note_progress}', '{}', 'Of how many entries.'),
('every_ms', '{}', '{"maximum": 315576000000}', 'It is time where the last one has begun so many milliseconds ago; 0: in any case.'),
('lost_after_ms', '{}', '{"maximum": 604800000}', 'After how many milliseconds it is taken for lost, and another may begin.');

INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('after', '{list_proofs}', '{}', 'The proof_number seen last.', true);

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL151', 'proof_not_found', 'There is no proof {proof_number}: use one that list_proofs tells of.'),
('TL501', 'ledger_busy', 'A transaction that began before the digest has not ended within {patience} ms; end it, or try again.');
