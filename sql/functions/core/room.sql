-- Room core: what every other room builds on: locking, checking, posting, keys, refusals.
-- What its functions return, and what they refuse.

CREATE TABLE engine.refusals (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    hint text NOT NULL
);
COMMENT ON TABLE engine.refusals IS 'Every refusal; each room adds its own when it is loaded.';

CREATE TABLE engine.checks (
    "check" text PRIMARY KEY,
    promise text NOT NULL,
    finder text NOT NULL
);
COMMENT ON TABLE engine.checks IS
    'What bank.verify_ledger looks at, and the function of this schema that finds what breaks it.';

-- One thing that is wrong in the ledger: which check of bank.checks it breaks, where, and how.
CREATE TYPE engine.violation AS (
    "check" text,
    account_id text,
    found json
);

-- A refusal as data: its name and numbers.
CREATE TYPE engine.refusal AS (
    name text,
    detail json
);

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.refusals (code, name, hint) VALUES
('TL002', 'invalid_amount', 'Give a whole number of minor units, 1 to 9007199254740991.'),
('TL003', 'invalid_timestamp', 'Give milliseconds since the epoch, 0 to 9007199254740991.'),
('TL004', 'unknown_currency', 'Use a code of ledger.currencies, or add yours to it.'),
('TL005', 'invalid_metadata', 'Give a JSON object of at most 16384 bytes.'),
('TL006', 'invalid_idempotency_key', 'Use 1 to 255 characters.'),
('TL007', 'invalid_argument', 'See the function''s comment for what this argument takes.'),
('TL008', 'same_account', 'Name two different accounts.'),
('TL009', 'currency_mismatch', 'Both accounts must have the same currency.'),
('TL010', 'idempotency_key_reused', 'This key was used for another request; use a new one.'),
('TL020', 'invalid_period', 'Give a since that is not after until.'),
('TL101', 'account_not_found', 'Open the account first, or check the spelling of its id.'),
('TL201', 'operator_required', 'Only members of bank_operator may give this argument.'),
('TL302', 'insufficient_funds', 'The amount must not exceed what is available.'),
('TL303', 'account_frozen', 'A frozen account can be credited but not debited.'),
('TL304', 'account_blocked', 'A blocked account can be neither debited nor credited.'),
('TL305', 'account_closed', 'A closed account stays closed for ever.'),
('TL306', 'timestamp_in_past', 'Give a timestamp not older than the newest leg of each account.'),
('TL307', 'balance_limit_exceeded', 'Balance, pending cashback and overdraft limit must fit 9007199254740991.');
