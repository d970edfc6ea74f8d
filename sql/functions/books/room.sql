-- Room books: Books.
-- Balances, histories and statements, now and as of any moment.
-- What its functions return, and what they refuse.

CREATE TYPE bank.balance AS (
    account_id text,
    balance bigint,
    available bigint,
    held bigint,
    pending_cashback bigint,
    currency text,
    "timestamp" bigint
);
COMMENT ON TYPE bank.balance IS 'What an account holds, or held at a moment.';

CREATE TYPE bank.history_line AS (
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    value_at bigint,
    operation text,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    deposited boolean,
    refers_to bigint,
    metadata jsonb,
    posting_metadata jsonb,
    details jsonb,
    version bigint,
    hash text
);
COMMENT ON TYPE bank.history_line IS 'One entry of an account''s history.';

CREATE TYPE bank.statement_line AS (
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    value_at bigint,
    operation text,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    deposited boolean,
    refers_to bigint,
    metadata jsonb,
    posting_metadata jsonb,
    details jsonb,
    version bigint,
    hash text,
    "time" text,
    value_time text,
    title text,
    description text
);
COMMENT ON TYPE bank.statement_line IS
    'One entry of a statement: that of the history, and how it is told to its account''s holder.';

CREATE TYPE bank.leg AS (
    transaction_id bigint,
    leg integer,
    "timestamp" bigint,
    recorded_at bigint,
    value_at bigint,
    operation text,
    account_id text,
    currency text,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    refers_to bigint,
    metadata jsonb,
    posting_metadata jsonb,
    details jsonb,
    version bigint,
    hash text
);
COMMENT ON TYPE bank.leg IS
    'One side of a transaction. The house''s side has no balance, version or hash, and neither '
    'has a credit that a collecting account has not folded into its balance yet.';

CREATE TYPE bank.reference AS (
    transaction_id bigint,
    "timestamp" bigint,
    operation text,
    account_id text,
    contra_account_id text,
    currency text,
    amount bigint,
    legs bigint
);
COMMENT ON TYPE bank.reference IS
    'A transaction that refers to another one, by the first of its entries that do.';

CREATE TYPE bank.house_entry AS (
    entry_id text,
    transaction_id bigint,
    "timestamp" bigint,
    value_at bigint,
    operation text,
    amount bigint,
    currency text,
    contra_account_id text,
    payment_ref text,
    refers_to bigint,
    metadata jsonb,
    posting_metadata jsonb,
    details jsonb
);
COMMENT ON TYPE bank.house_entry IS 'What went through a house account, from the house''s side.';

CREATE TYPE bank.found AS (
    kind text,
    id text,
    account_id text,
    transaction_id bigint,
    amount bigint,
    currency text,
    "timestamp" bigint
);
COMMENT ON TYPE bank.found IS 'A thing that is called by what was looked for.';

CREATE TYPE bank.audited_leg AS (
    leg integer,
    account_id text,
    operation text,
    recorded_at bigint,
    actor text,
    version bigint,
    previous_hash text,
    hash text
);
COMMENT ON TYPE bank.audited_leg IS
    'An entry of a transaction: who posted it, and where it stands in its account''s chain.';

CREATE TYPE bank.operation_total AS (
    operation text,
    count bigint,
    credits numeric,
    debits numeric
);
COMMENT ON TYPE bank.operation_total IS 'All entries of one operation in a statement.';

CREATE TYPE bank.statement AS (
    account_id text,
    holder text,
    currency text,
    exponent integer,
    since bigint,
    until bigint,
    time_zone text,
    opening_time text,
    closing_time text,
    as_of bigint,
    as_of_time text,
    opening bigint,
    credits numeric,
    debits numeric,
    closing bigint,
    totals json,
    transactions json
);
COMMENT ON TYPE bank.statement IS 'A period of an account: closing = opening + credits - debits.';

CREATE TYPE bank.balance_bucket AS (
    since bigint,
    until bigint,
    closing bigint,
    lowest bigint,
    highest bigint
);
COMMENT ON TYPE bank.balance_bucket IS
    'A part of a period: the balance at its end, and the lowest and highest in it.';

CREATE TYPE bank.trial_line AS (
    currency text,
    account_id text,
    balance numeric
);
COMMENT ON TYPE bank.trial_line IS
    'A house account, or all customers together as @customers; the lines of a currency sum to '
    'zero.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('balance_after', '{}', '{"minimum": -9007199254740991}', 'What the account then had, in minor units.'),
('contra_account_id', '{}', '{}', 'Where the money came from or went to, a house account such as @external too. NULL where none moved.'),
('payment_ref', '{}', '{}', 'The payment it belongs to. NULL where there is none.'),
('details', '{}', '{}', 'What the ledger itself says of the entry. NULL where that is nothing.'),
('deposited', '{}', '{}', 'For cashbacks, whether it is posted or only due. NULL for everything else.'),
('amount', '{event,history_line,house_entry,leg,reference,statement_line}', '{"minimum": -9007199254740991}', 'Minor units (cents): + credit, - debit.'),
('search', '{find}', '{}', 'An account_id, the id of a payment, hold, schedule or monitor, or the number of a transaction; in capitals or not.'),
('kind', '{found}', '{"enum": ["account", "transaction", "payment", "hold", "schedule", "monitor"]}', 'What it is.'),
('id', '{found}', '{}', 'What it is called.'),
('account_id', '{found}', '{"minLength": null, "maxLength": null}', 'The account itself, whose it is, or the first that a transaction touches; @ledger for what belongs to none.'),
('transaction_id', '{found}', '{}', 'The transaction that made it. NULL for accounts and schedules.'),
('amount', '{found}', '{"minimum": -9007199254740991}', 'Minor units (cents); of a transaction + credit, - debit. NULL for accounts and monitors.'),
('timestamp', '{found}', '{}', 'When it counts or was made, milliseconds since the epoch.'),
('transaction_id', '{list_references}', '{"minimum": 1}', 'The transaction that is referred to.'),
('legs', '{reference}', '{"minimum": 1}', 'How many of its entries refer to it.'),
('entry_id', '{}', '{"pattern": "^[1-9][0-9]{0,15}-[1-9][0-9]{0,4}$"}', 'Its transaction and its leg.'),
('house_account_id', '{list_house_entries}', '{"pattern": "^@[a-z][a-z0-9_]{0,62}$"}', 'Which house account, such as @fees.'),
('contra_account_id', '{house_entry}', '{}', 'The customer on the other side.'),
('currency', '{list_house_entries}', '{}', 'Only entries in this currency.'),
('after', '{list_house_entries}', '{"pattern": "^[1-9][0-9]{0,15}-[1-9][0-9]{0,4}$"}', 'The entry_id seen last.'),
('previous_hash', '{}', '{}', 'That of the account''s entry before it. NULL for the first of an account, and until a collected credit is folded.'),
('account_id', '{audited_leg}', '{"minLength": null, "maxLength": null}', 'A customer account, or @ledger for what belongs to none.'),
('account_id', '{leg}', '{"minLength": null, "maxLength": null}', 'A customer account, or a house account such as @external.'),
('account_id', '{trial_line}', '{"minLength": null, "maxLength": null}', 'A house account, or @customers for all customers together.'),
('balance', '{trial_line}', '{"minimum": null, "maximum": null}', 'Minor units (cents); over many entries it may leave 2^53.'),
('currency', '{trial_balance}', '{}', 'Of which currency; of all that are in use if left out.'),
('balance_after', '{leg}', '{}', 'What the account then had, in minor units. NULL for the house, and until a collected credit is folded.'),
('version', '{leg}', '{}', 'Number of the account''s entries up to this one. NULL for the house, and until a collected credit is folded.'),
('version', '{audited_leg}', '{}', 'Number of the account''s entries up to this one. NULL until a collected credit is folded.'),
('hash', '{audited_leg}', '{}', 'SHA-256 over this entry and previous_hash. NULL until a collected credit is folded.'),
('hash', '{leg}', '{}', 'SHA-256 over this entry and the hash of the account''s previous one. NULL for the house, and until a collected credit is folded.'),
('recorded_at', '{audited_leg,leg,history_line,statement_line}', '{}', 'When it was written, milliseconds since the epoch, by the server''s clock. NULL while it is not posted.'),
('transaction_id', '{history_line,statement_line}', '{}', 'Rises with time on every account. NULL while a cashback is due but not posted.'),
('hash', '{history_line,statement_line}', '{}', 'SHA-256 over this entry and the hash of the account''s previous one. NULL while it is not posted.'),
('metadata', '{event,history_line,house_entry,leg,statement_line}', '{}', 'The client''s own JSON object, as it was given. NULL where there is none.'),
('timestamp', '{get_balance,list_balances,list_transactions,trial_balance}', '{}', 'As of this moment, milliseconds since the epoch; now if left out.'),
('since', '{}', '{}', 'Where the period begins, milliseconds since the epoch.'),
('until', '{}', '{"minimum": 0, "maximum": 9007199254740992}', 'Where the period ends, milliseconds since the epoch; no longer part of it.'),
('since', '{get_statement}', '{}', 'Where the period begins, milliseconds since the epoch; with the account if left out.'),
('until', '{get_statement}', '{}', 'Where the period ends, milliseconds since the epoch, no longer part of it; now if left out.'),
('buckets', '{}', '{"minimum": 1, "maximum": 1000}', 'Into how many equal parts; fewer where the period has fewer milliseconds.'),
('extremes', '{}', '{}', 'Whether the lowest and the highest balance are told as well, for which all entries of the period are read.'),
('closing', '{}', '{"minimum": -9007199254740991}', 'The balance at the end, in minor units.'),
('opening', '{}', '{"minimum": -9007199254740991}', 'The balance at the beginning, in minor units.'),
('lowest', '{}', '{"minimum": -9007199254740991}', 'The lowest balance in it, in minor units. NULL without extremes.'),
('highest', '{}', '{"minimum": -9007199254740991}', 'The highest balance in it, in minor units. NULL without extremes.'),
('credits', '{}', '{}', 'What came in, in minor units; over many entries it may leave 2^53.'),
('debits', '{}', '{}', 'What went out, in minor units; over many entries it may leave 2^53.'),
('count', '{}', '{}', 'How many entries.'),
('time_zone', '{}', '{}', 'In which times are told: a name of pg_timezone_names, such as Europe/Berlin.'),
('time', '{}', '{}', 'When it counts, in the time zone and by ISO 8601.'),
('value_time', '{}', '{}', 'When it counts for the bookkeeper, in the time zone and by ISO 8601.'),
('opening_time', '{}', '{}', 'Where the period begins, in the time zone and by ISO 8601.'),
('closing_time', '{}', '{}', 'The last millisecond of the period, in the time zone and by ISO 8601.'),
('as_of', '{}', '{}', 'When it was made, milliseconds since the epoch, if the period was not over then, so that more may follow. NULL where it was over.'),
('as_of_time', '{}', '{}', 'The same in the time zone and by ISO 8601. NULL where the period was over.'),
('holder', '{}', '{}', 'Whose account it is: the member name of its metadata as they are now; NULL where there is none.'),
('description', '{}', '{}', 'What for: the member description of the posting''s metadata, else of the transaction''s; NULL where there is none.'),
('exponent', '{}', '{}', 'The number of decimals of the currency.'),
('totals', '{}', '{"type": "array", "items": {"$ref": "#/components/schemas/operation_total"}}', 'The entries by operation.'),
('transactions', '{}', '{"type": "array", "items": {"$ref": "#/components/schemas/statement_line"}}', 'The entries, oldest first; 10000 at most.'),
('operation', '{list_house_entries,list_transactions}', '{}', 'Only entries of this operation, one of bank.operations.'),
('by', '{}', '{"enum": ["timestamp", "value_at"]}', 'Whether an entry counts from its timestamp on, or from its value date.'),
('contra_account_id', '{list_transactions}', '{}', 'Only entries whose other side is this account, or a house account such as @external.'),
('payment_ref', '{list_transactions}', '{}', 'Only entries of this payment.'),
('metadata', '{list_transactions}', '{}', 'Only entries whose own metadata contains all of this JSON object.');

-- No function refuses these, so the shell does.
INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('after', '{list_transactions}', '{}', 'The version seen last.', true),
('after', '{list_references}', '{}', 'The transaction_id seen last.', true),
('amount_min', '{}', '{"minimum": -9007199254740991}', 'Only entries of this amount or more: minor units, signed.', true),
('amount_max', '{}', '{"minimum": -9007199254740991}', 'Only entries of this amount or less: minor units, signed; -100 is for debits of 100 and more.', true);

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL021', 'statement_too_long', 'Ask for a shorter period, or page through the transactions: it has {lines} lines, and {most} are the most.'),
('TL103', 'transaction_not_found', 'There is no transaction {transaction_id}: use one that an operation returned.');
