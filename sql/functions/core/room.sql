-- Room core: Core.
-- What every other room builds on: locking, checking, posting, keys, refusals.
-- What its functions return, and what they refuse.

CREATE TABLE engine.refusals (
    code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    hint text NOT NULL
);
COMMENT ON TABLE engine.refusals IS 'Every refusal; each room adds its own when it is loaded.';
COMMENT ON COLUMN engine.refusals.hint IS
    'What is wrong and what would do; a template, see engine.hint.';

CREATE TABLE engine.operations (
    operation text COLLATE "C" PRIMARY KEY,
    title text NOT NULL,
    about text NOT NULL
);
COMMENT ON TABLE engine.operations IS
    'Every operation that a leg can be of; each room adds its own when it is loaded.';

CREATE TABLE engine.operator_arguments (
    argument text PRIMARY KEY
);
COMMENT ON TABLE engine.operator_arguments IS
    'What only operators may give to a function that writes: engine.part_operators sees to it.';
INSERT INTO engine.operator_arguments (argument) VALUES
('timestamp'), ('overdraft_limit'), ('privileged');

CREATE TABLE engine.terms (
    name text NOT NULL,
    places text[] NOT NULL,
    schema jsonb NOT NULL,
    description text NOT NULL,
    checked boolean NOT NULL DEFAULT false,
    PRIMARY KEY (name, places)
);
COMMENT ON TABLE engine.terms IS
    'What every argument and column of schema bank means; each room adds the terms it introduces.';
COMMENT ON COLUMN engine.terms.places IS
    'Where the name means this: functions and types, or "arguments" for the arguments of all '
    'functions. Empty: everywhere else.';
COMMENT ON COLUMN engine.terms.description IS
    'Said of a column that may be NULL, it says when it is: that is how callers know.';
COMMENT ON COLUMN engine.terms.schema IS
    'JSON Schema beyond what the SQL type says (a number is 0 to 2^53-1). What a place says goes '
    'over what holds everywhere, and null takes a member away.';
COMMENT ON COLUMN engine.terms.checked IS
    'Whether the shell is to refuse what does not fit the schema, since no function does.';

CREATE TABLE engine.checks (
    "check" text PRIMARY KEY,
    promise text NOT NULL,
    finder text NOT NULL,
    by_account boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE engine.checks IS
    'What bank.verify_ledger looks at, and the function of this schema that finds what breaks it.';
COMMENT ON COLUMN engine.checks.by_account IS
    'Whether the finder can be asked about one account, and bank.verify_account looks at it, too.';

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
INSERT INTO engine.terms (name, places, schema, description) VALUES
('account_id', '{}', '{"minLength": 1, "maxLength": 64}', 'Chosen by the client, unique for ever: any Unicode in NFC but what controls or cannot be seen (emoji joined of several hold such), no blank at either end, no leading @, no name of something that belongs to an account after a slash at the end, as in cs/balance.'),
('amount', '{}', '{"minimum": 1}', 'Minor units (cents).'),
('balance', '{}', '{"minimum": -9007199254740991}', 'What the account has, in minor units (cents).'),
('held', '{}', '{}', 'What open holds reserve, in minor units.'),
('available', '{}', '{"minimum": -9007199254740991}', 'What may be spent, in minor units: balance - held + overdraft limit.'),
('pending_cashback', '{}', '{}', 'What was promised and is not due yet, in minor units.'),
('currency', '{}', '{}', 'ISO 4217, or a unit of the bank''s own.'),
('status', '{}', '{}', 'Where it stands.'),
('timestamp', '{}', '{}', 'When it counts, milliseconds since the epoch.'),
('timestamp', '{arguments}', '{}', 'When it counts, milliseconds since the epoch; the server''s clock if left out. Never before the newest entry of an account involved.'),
('value_at', '{}', '{}', 'When it counts for the bookkeeper, milliseconds since the epoch; the past as it was posted does not change.'),
('value_at', '{arguments}', '{}', 'When it counts for the bookkeeper, milliseconds since the epoch, where that is another time than that of posting; it may lie in the past.'),
('leg', '{}', '{"minimum": 1, "maximum": 32767}', 'Its number among the entries of its transaction; the house''s side has that of the entry it belongs to.'),
('refers_to', '{}', '{"minimum": 1}', 'The transaction that it reverses, or gives back a part of; NULL where there is none.'),
('refers_to', '{arguments}', '{"minimum": 1}', 'The transaction of which it gives back a part: never more than that moved along the same path.'),
('actor', '{}', '{}', 'The login that posted it, and after a slash whom it named.'),
('posting_metadata', '{}', '{}', 'The client''s own JSON object for this posting; NULL where there is none.'),
('metadata', '{}', '{}', 'The client''s own JSON object, kept with the entry: 16384 bytes, 1000 values and 32 levels at most, no number beyond 1e308, no NUL characters.'),
('idempotency_key', '{}', '{"minLength": 1, "maxLength": 255}', 'Repeats of a request with the same key are answered as the first was, and nothing happens again. A key belongs to the account that this is about, of a transfer the one that pays, whoever calls.'),
('idempotency_key', '{create_webhook,post}', '{"minLength": 1, "maxLength": 255}', 'Repeats of a request with the same key are answered as the first was, and nothing happens again. A key belongs to the login that calls.'),
('reason', '{}', '{"minLength": 1, "maxLength": 500}', 'For whoever reads the log: 1 to 500 characters.'),
('transaction_id', '{}', '{"minimum": 1}', 'Rises with time on every account.'),
('version', '{}', '{}', 'Number of the account''s entries up to this one.'),
('hash', '{}', '{}', 'SHA-256 over this entry and the hash of the account''s previous one.'),
('operation', '{}', '{}', 'What was done.'),
('source_account_id', '{}', '{"minLength": 1, "maxLength": 64}', 'The account that is debited.'),
('target_account_id', '{}', '{"minLength": 1, "maxLength": 64}', 'The account that is credited.'),
('created_at', '{}', '{}', 'When it was made, milliseconds since the epoch.'),
('recorded_at', '{}', '{}', 'When it was written, milliseconds since the epoch, by the server''s clock.'),
('expires_at', '{}', '{}', 'When it ends by itself, milliseconds since the epoch; never if left out.'),
('due_at', '{}', '{}', 'When it is due, milliseconds since the epoch.'),
('remaining', '{}', '{}', 'How many that are due remain.'),
('about', '{}', '{}', 'What it says.'),
('title', '{}', '{}', 'What was done, in words for account holders.'),
('after', '{}', '{}', 'Where the page begins: the last one seen.'),
('order', '{}', '{"enum": ["asc", "desc"]}', 'asc: in the order that is told of here; desc: the other way round, so that a list that is told of as oldest first begins with the newest. `after` goes on in that order.'),
('code', '{}', '{}', 'The name of the refusal.'),
('detail', '{}', '{}', 'The numbers of the refusal.'),
('code', '{refusals}', '{}', 'The SQLSTATE.'),
('name', '{}', '{}', 'What programs tell refusals apart by: the MESSAGE of the error.'),
('hint', '{}', '{}', 'What to do about it: the HINT of the error.'),
('limit', '{expire_holds,fold_collected,number_events,run_schedules,settle_cashbacks}', '{"maximum": 100000}', 'How many at most.');

-- No function refuses these, so the shell does.
INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('limit', '{}', '{"minimum": 1, "maximum": 1000}', 'How many at most; to callers from SQL, NULL means all.', true);

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL002', 'invalid_amount', 'Give a whole number of minor units, 1 to 9007199254740991[, not {amount}][, not {target_amount}].'),
('TL003', 'invalid_timestamp', 'Give milliseconds since the epoch, 0 to 9007199254740991[, not {timestamp}][, not {value_at}].'),
('TL004', 'unknown_currency', 'There is no currency {"currency"}: use a code of ISO 4217, or one made by create_currency.'),
('TL005', 'invalid_metadata', 'Give a JSON object of at most 16384 bytes, 1000 values and 32 levels, without numbers beyond 1e308[, not {given}][, not of {bytes} bytes][, not with {reason}].'),
('TL006', 'invalid_idempotency_key', 'Use 1 to 255 characters, not {length}.'),
('TL007', 'invalid_argument', '{argument} must be {expected}[, not {"value"}].'),
('TL008', 'same_account', 'Name two different accounts, not {"account_id"} twice.'),
('TL009', 'currency_mismatch', 'Both accounts must have the same currency, not {source_currency} and {target_currency}.'),
('TL010', 'idempotency_key_reused', 'The key {"idempotency_key"} was used for another request ({first_operation}); use a new one.'),
('TL020', 'invalid_period', 'Give a since that is not after until: {since} is after {until}.'),
('TL101', 'account_not_found', 'There is no account {"account_id"}: open it first, or check the spelling of its id.'),
('TL201', 'limited_to_accounts', 'The key is for some accounts alone[, and {"account_id"} is none of them: {"accounts"}]; what is about others, or about all, is not for it.'),
('TL302', 'insufficient_funds', 'Only {available} is available, {required} was asked for.'),
('TL303', 'account_frozen', '{"account_id"} is frozen: it can be credited but not debited.'),
('TL304', 'account_blocked', '{"account_id"} is blocked: it can be neither debited nor credited.'),
('TL305', 'account_closed', '{"account_id"} is closed, and stays so for ever.'),
('TL338', 'quota_exceeded', 'There are {in_use} of {allowed} that may be: end one that is not needed, or have {quota} of ledger.settings raised.'),
('TL308', 'timestamp_in_future', 'Give a timestamp of at most {latest}; {timestamp} is ahead of the clock, and would lead the account there.'),
('TL306', 'timestamp_in_past', 'Give a timestamp not older than the newest leg of each account, {last_timestamp}; this is {timestamp}.'),
('TL307', 'balance_limit_exceeded', 'Balance, pending cashback and overdraft limit must fit 9007199254740991; {balance}, {pending_cashback} and {overdraft_limit} leave no room for {amount}.');

-- What engine.prepare finds under the locks: the two accounts (other: NULL for the house), the time
-- at which the transaction counts and the server clock (ms), the answer of an earlier request with
-- the same key, the hash of this one, and the hash by which the first leg seals the key.
CREATE TYPE engine.parties AS (
    account ledger.accounts,
    other ledger.accounts,
    "timestamp" bigint,
    recorded_at bigint,
    response json,
    request_hash bytea,
    key_hash bytea
);

-- What engine.value_shift tells: legs, and minor units.
CREATE TYPE engine.shift AS (
    legs bigint,
    amount numeric
);

-- A leg to be posted by engine.post_legs: by how much it changes balance (amount), held and
-- pending_cashback, and due_at where something falls due on the account that was not there before.
-- actor is NULL for whoever posts it.
CREATE TYPE engine.draft AS (
    account_id text,
    transaction_id bigint,
    leg integer,
    "timestamp" bigint,
    value_at bigint,
    operation text,
    amount bigint,
    held bigint,
    pending_cashback bigint,
    due_at bigint,
    contra_account_id text,
    payment_ref text,
    refers_to bigint,
    folded_in bigint,
    actor text,
    on_behalf_of text,
    metadata jsonb,
    posting_metadata jsonb,
    details jsonb,
    key_hash bytea
);
