-- Room money: Money.
-- Deposits, withdrawals, transfers, exchange, reversals.
-- What its functions return, and what they refuse.

CREATE TYPE bank.receipt AS (
    transaction_id bigint,
    account_id text,
    amount bigint,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint
);
COMMENT ON TYPE bank.receipt IS 'What was moved, and what the account then had.';

CREATE TYPE bank.transfer_receipt AS (
    transaction_id bigint,
    source_account_id text,
    target_account_id text,
    amount bigint,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint
);
COMMENT ON TYPE bank.transfer_receipt IS 'What was moved; balance and available are the source''s.';

CREATE TYPE bank.reversal_leg AS (
    account_id text,
    amount bigint,
    balance bigint,
    available bigint
);
COMMENT ON TYPE bank.reversal_leg IS
    'One account of a reversal: what was moved, and what it then had.';

CREATE TYPE bank.reversal_receipt AS (
    transaction_id bigint,
    reverses bigint,
    operation text,
    reason text,
    forced boolean,
    currency text,
    "timestamp" bigint,
    legs json
);
COMMENT ON TYPE bank.reversal_receipt IS 'The mirror transaction.';

CREATE TYPE bank.exchange_receipt AS (
    transaction_id bigint,
    source_account_id text,
    target_account_id text,
    amount bigint,
    source_currency text,
    target_amount bigint,
    target_currency text,
    rate text,
    balance bigint,
    available bigint,
    "timestamp" bigint
);
COMMENT ON TYPE bank.exchange_receipt IS
    'What was exchanged; balance and available are the source''s.';

-- One movement of bank.post.
CREATE TYPE engine.posting AS (
    number bigint,
    source_account_id text,
    target_account_id text,
    amount bigint,
    metadata jsonb
);

-- How callers write one.
CREATE TYPE bank.posting AS (
    source_account_id text,
    target_account_id text,
    amount bigint,
    metadata jsonb
);
COMMENT ON TYPE bank.posting IS
    'One movement of money; either side may be a house account such as @fees, not both.';

CREATE TYPE bank.posted_account AS (
    account_id text,
    balance bigint,
    available bigint,
    currency text
);
COMMENT ON TYPE bank.posted_account IS 'What a customer''s account has after a transaction.';

CREATE TYPE bank.post_receipt AS (
    transaction_id bigint,
    postings bigint,
    refers_to bigint,
    accounts json,
    "timestamp" bigint
);
COMMENT ON TYPE bank.post_receipt IS
    'The transaction, and what every customer''s account that it touched then has.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('postings', '{arguments}', '{"type": "array", "minItems": 1, "maxItems": 1000, "items": {"$ref": "#/components/schemas/posting"}}', 'The movements, in the order in which they see each other.'),
('postings', '{post_receipt}', '{"minimum": 1}', 'How many movements it has.'),
('accounts', '{post_receipt}', '{"type": "array", "items": {"$ref": "#/components/schemas/posted_account"}}', 'Every customer''s account that it touched.'),
('metadata', '{posting}', '{}', 'The client''s own JSON object for this posting; NULL where there is none.'),
('source_account_id', '{posting}', '{}', 'The account that is debited, a customer''s or the house''s.'),
('target_account_id', '{posting}', '{}', 'The account that is credited, a customer''s or the house''s.'),
('target_amount', '{}', '{"minimum": 1}', 'What the target gets in its currency, in minor units (cents).'),
('amount', '{exchange,exchange_receipt}', '{}', 'What the source gives in its currency, in minor units (cents).'),
('amount', '{reversal_leg}', '{"minimum": -9007199254740991}', 'Minor units (cents): + credit, - debit.'),
('source_currency', '{}', '{}', 'ISO 4217, or a unit of the bank''s own.'),
('target_currency', '{}', '{}', 'ISO 4217, or a unit of the bank''s own.'),
('rate', '{}', '{}', 'Target per source in major units, as a decimal; the amounts are exact.'),
('force', '{}', '{}', 'Also where a party is frozen or cannot cover it.'),
('forced', '{}', '{}', 'Whether it was posted whatever the parties had.'),
('reverses', '{reversal_receipt}', '{}', 'The transaction that it undoes.'),
('operation', '{reversal_receipt}', '{}', 'That of the original.'),
('legs', '{reversal_receipt}', '{"type": "array", "items": {"$ref": "#/components/schemas/reversal_leg"}}', 'What the accounts got and gave, and then had.');

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL012', 'invalid_postings', 'Send an array of 1 to 1000 postings, each with source_account_id, target_account_id and amount: {reason}.'),
('TL318', 'refund_exceeds_transaction', 'Only {refundable} is left to give back from {"source_account_id"} to {"target_account_id"}, {required} was asked for.'),
('TL319', 'partly_refunded', 'Part of transaction {transaction_id} is given back already; give back the rest instead.'),
('TL011', 'not_reversible', 'What {operation} has posted cannot be reversed: deposits, withdrawals, transfers, captures, their refunds and posts can; refund payments.'),
('TL022', 'same_currency', 'Both accounts are in {currency}: use bank.transfer.'),
('TL317', 'already_reversed', 'The transaction was reversed by {reversed_by}; that happens once.');

INSERT INTO engine.operations (operation, title, about) VALUES
('deposit', 'Deposit', 'Money came in from outside.'),
('withdraw', 'Withdrawal', 'Money left to the outside.'),
('transfer', 'Transfer', 'Money moved between two accounts.'),
('exchange', 'Exchange', 'Money moved between accounts of two currencies.'),
('post', 'Posting', 'Money moved as the postings of a transaction say.'),
('reversal', 'Reversal', 'A transaction was undone by its mirror image.');
