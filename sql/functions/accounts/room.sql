-- Room accounts: Accounts.
-- Opening accounts, their status, limits and metadata, and what they can be in.
-- What its functions return, and what they refuse.

CREATE TYPE bank.account_opened AS (
    account_id text,
    created boolean,
    currency text,
    status text,
    balance bigint,
    available bigint,
    overdraft_limit bigint,
    transaction_id bigint,
    "timestamp" bigint,
    metadata jsonb
);
COMMENT ON TYPE bank.account_opened IS 'The account as it was opened.';

CREATE TYPE bank.account AS (
    account_id text,
    currency text,
    status text,
    collecting boolean,
    balance bigint,
    available bigint,
    held bigint,
    pending_cashback bigint,
    overdraft_limit bigint,
    version bigint,
    head text,
    last_timestamp bigint,
    next_cashback_due bigint,
    created_at bigint,
    metadata jsonb
);
COMMENT ON TYPE bank.account IS 'A whole account, its balances as of now.';

CREATE TYPE bank.currency_created AS (
    currency text,
    exponent bigint,
    created boolean
);
COMMENT ON TYPE bank.currency_created IS 'A unit that accounts can be in.';

CREATE TYPE bank.currency AS (
    currency text,
    exponent bigint
);
COMMENT ON TYPE bank.currency IS 'A unit that accounts can be in, and its decimals.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('status', '{account,account_opened}', '{"enum": ["active", "frozen", "blocked", "closed"]}', 'What the account may do: `frozen` stops its debits, `blocked` its credits too, `closed` is for ever.'),
('created', '{}', '{}', 'Whether it is new.'),
('overdraft_limit', '{}', '{}', 'How far below zero the account may go, in minor units.'),
('collecting', '{}', '{}', 'Whether the account collects its credits without a lock.'),
('head', '{}', '{}', 'The hash of the account''s newest entry.'),
('last_timestamp', '{}', '{}', 'When the account''s newest entry counts, milliseconds since the epoch.'),
('next_cashback_due', '{}', '{}', 'When the next cashback is due, milliseconds since the epoch. NULL where none is pending.'),
('search', '{}', '{"minLength": 1, "maxLength": 100}', 'Only accounts that have each of these words, in any order: in their account_id, or in a text or number of their metadata, however deep; as a part of it, with accents or without, in capitals or not, as the locale of the database has them.'),
('status', '{list_accounts}', '{"enum": ["active", "frozen", "blocked", "closed"]}', 'Only accounts of this status.'),
('currency', '{list_accounts}', '{}', 'Only accounts in this currency.'),
('sort', '{}', '{"enum": ["account_id", "balance", "created_at", "last_timestamp"]}', 'By which column; accounts that are equal in it go by account_id.'),
('currency', '{create_account}', '{}', 'A code of ISO 4217, or a unit of the bank''s own.'),
('currency', '{create_currency}', '{"minLength": 3, "maxLength": 12}', '3 to 12 of A to Z, 0 to 9 and _, the first of them a letter.'),
('exponent', '{create_currency,currency,currency_created}', '{"maximum": 18}', 'The number of decimals of its minor unit. It never changes.'),
('after', '{list_currencies}', '{}', 'The currency seen last.'),
('metadata', '{account,account_opened,set_account_metadata}', '{}', 'The client''s own JSON object about the account: 16384 bytes, 1000 values and 32 levels at most, no number beyond 1e308, no NUL characters.');

-- No function refuses these, so the shell does.
INSERT INTO engine.terms (name, places, schema, description, checked) VALUES
('after', '{list_accounts,list_balances}', '{"minLength": 1, "maxLength": 64}', 'The account_id seen last.', true);

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL001', 'invalid_account_id', 'This cannot be an account id: {reason}. Use 1 to 64 characters in NFC, none of control and none that cannot be seen, no blank at either end, no leading @, no /balance or the like at the end.'),
('TL301', 'account_exists', 'There is an account {"account_id"} already, and ids are unique for ever; choose another.'),
('TL309', 'currency_exists', 'There is a currency {currency} already, with {exponent} decimals, which it keeps; choose another code.'),
('TL331', 'status_unchanged', 'The account is {account_status} already.'),
('TL332', 'account_collecting', 'Have the account stop collecting first.'),
('TL333', 'balance_not_zero', 'The balance is {balance}: move it away, or pay it in, first.'),
('TL334', 'hold_open', '[Holds of other accounts are to be captured to it, {holds_to_it} of them][Holds reserve {held} of it]: capture or release them first.'),
('TL335', 'cashback_pending', 'A cashback of {pending_cashback} is pending: wait until {next_cashback_due}, or refund its payment, first.'),
('TL336', 'overdraft_in_use', 'Give at least {lowest}, which the account has drawn and reserved.'),
('TL337', 'account_not_ahead', '{"account_id"} is not ahead of the clock: its newest entry is of {last_timestamp}, and it is {now}.');

INSERT INTO engine.operations (operation, title, about) VALUES
('open', 'Account opened', 'The account was opened.'),
('freeze_account', 'Account frozen', 'It was frozen.'),
('block_account', 'Account blocked', 'It was blocked.'),
('unfreeze_account', 'Account active again', 'It was made active again.'),
('close_account', 'Account closed', 'It was closed.'),
('set_overdraft_limit', 'Overdraft limit changed', 'Its overdraft limit was changed.'),
('set_account_metadata', 'Account metadata changed', 'Its metadata were changed.'),
('rewind_account', 'Account brought back to the clock', 'It was brought back to the clock, which it was ahead of.'),
('create_currency', 'Currency made', 'A currency was made; on @ledger.');
