-- Room payments: Payments and cashback.
-- Payments, refunds, and the cashback that payments earn.
-- What its functions return, and what they refuse.

CREATE TYPE bank.cashback_promise AS (
    amount bigint,
    due_at bigint
);
COMMENT ON TYPE bank.cashback_promise IS 'What will be credited, and when.';

CREATE TYPE bank.cashback_state AS (
    promised bigint,
    amount bigint,
    clawed_back bigint,
    due_at bigint,
    status text,
    transaction_id bigint
);
COMMENT ON TYPE bank.cashback_state IS 'What became of the cashback of a payment.';

CREATE TYPE bank.payment_receipt AS (
    payment_id text,
    transaction_id bigint,
    account_id text,
    amount bigint,
    fee bigint,
    merchant_account_id text,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint,
    cashback json
);
COMMENT ON TYPE bank.payment_receipt IS 'What was paid, and the cashback promised for it.';

CREATE TYPE bank.payment AS (
    payment_id text,
    account_id text,
    transaction_id bigint,
    amount bigint,
    fee bigint,
    merchant_account_id text,
    refunded bigint,
    currency text,
    "timestamp" bigint,
    cashback json
);
COMMENT ON TYPE bank.payment IS 'A payment and its cashback.';

CREATE TYPE bank.cashback AS (
    payment_id text,
    account_id text,
    promised bigint,
    amount bigint,
    clawed_back bigint,
    created_at bigint,
    due_at bigint,
    status text,
    transaction_id bigint
);
COMMENT ON TYPE bank.cashback IS 'One cashback: what was promised and what became of it.';

CREATE TYPE bank.upcoming_cashback AS (
    since bigint,
    until bigint,
    currency text,
    count bigint,
    amount numeric
);
COMMENT ON TYPE bank.upcoming_cashback IS 'What cashback is due in a part of time and a currency.';

CREATE TYPE bank.settlement AS (
    settled bigint,
    amount bigint,
    remaining bigint
);
COMMENT ON TYPE bank.settlement IS 'What was credited, and how many cashbacks that are due remain.';

CREATE TYPE bank.refund_receipt AS (
    payment_id text,
    transaction_id bigint,
    account_id text,
    merchant_account_id text,
    amount bigint,
    refunded bigint,
    refundable bigint,
    cashback_cancelled bigint,
    cashback_clawed_back bigint,
    cashback_netted bigint,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint
);
COMMENT ON TYPE bank.refund_receipt IS
    'What was given back, and what cashback went with it; balance and available are the payer''s.';

CREATE TYPE bank.cashback_policy AS (
    currency text,
    rate_bps integer,
    delay_ms bigint,
    max_amount bigint
);
COMMENT ON TYPE bank.cashback_policy IS 'What a payment in a currency earns, and when.';

-- A line each, however long.
-- noqa: disable=LT05
INSERT INTO engine.terms (name, places, schema, description) VALUES
('payment_id', '{}', '{"pattern": "^payment[1-9][0-9]*$"}', 'Given by the payment.'),
('fee', '{}', '{}', 'Charged to the payer on top of the amount, in minor units; the bank keeps it.'),
('merchant_account_id', '{}', '{"minLength": 1, "maxLength": 64}', 'Who is paid; the bank''s @payments if left out.'),
('merchant_account_id', '{payment,payment_receipt,refund_receipt}', '{}', 'Who was paid. NULL where that was the bank''s @payments.'),
('cashback', '{}', '{"$ref": "#/components/schemas/cashback_promise"}', 'What will be credited, and when. NULL where it comes to nothing.'),
('cashback', '{payment}', '{"$ref": "#/components/schemas/cashback_state"}', 'What was promised, and what became of it. NULL where it came to nothing.'),
('amount', '{cashback,cashback_state}', '{"minimum": 0}', '`promised` less what refunds took away before it was deposited, in minor units.'),
('amount', '{refund_payment}', '{}', 'How much to give back, in minor units; all that is left if left out.'),
('since', '{upcoming_cashback}', '{}', 'Where the part begins, milliseconds since the epoch. NULL for what is overdue.'),
('until', '{upcoming_cashback}', '{}', 'Where the part ends, milliseconds since the epoch; no longer part of it. NULL for all that is later.'),
('count', '{upcoming_cashback}', '{"minimum": 1}', 'How many cashbacks are due in it.'),
('amount', '{upcoming_cashback}', '{"maximum": null}', 'What they come to, in minor units; over many it may leave 2^53.'),
('days', '{}', '{"minimum": 1, "maximum": 366}', 'How many days of the calendar have a part of their own; today is the first.'),
('time_zone', '{upcoming_cashbacks}', '{}', 'Whose days they are: a name of pg_timezone_names, such as Europe/Berlin.'),
('promised', '{}', '{"minimum": 1}', 'What the payment was promised, in minor units.'),
('clawed_back', '{}', '{}', 'What refunds took back after it was deposited, in minor units.'),
('transaction_id', '{cashback,cashback_state}', '{}', 'That deposited it. NULL until then.'),
('status', '{cashback,cashback_state,list_cashbacks}', '{"enum": ["pending", "deposited", "cancelled"]}', 'What became of the cashback.'),
('settled', '{}', '{}', 'How many were credited.'),
('refunded', '{}', '{}', 'What was given back of the whole payment, in minor units.'),
('refundable', '{}', '{}', 'What is left of the whole payment to give back, in minor units.'),
('cashback_cancelled', '{}', '{}', 'What pending cashback it cancelled, in minor units.'),
('cashback_clawed_back', '{}', '{}', 'What deposited cashback it took back, in minor units.'),
('cashback_netted', '{}', '{}', 'What of that the payer could not have covered without the refund, in minor units.'),
('rate_bps', '{}', '{"minimum": 0, "maximum": 10000}', 'Basis points of the amount paid: 200 are 2 %.'),
('delay_ms', '{}', '{"minimum": 0, "maximum": 315576000000}', 'Milliseconds from the payment to its cashback, ten years at most.'),
('max_amount', '{}', '{}', 'The most that one payment earns, in minor units; no cap if left out.'),
('max_amount', '{cashback_policy}', '{}', 'The most that one payment earns, in minor units. NULL where there is no cap.'),
('after', '{list_cashbacks,list_payments}', '{"pattern": "^payment[1-9][0-9]*$"}', 'The payment_id seen last.'),
('after', '{list_cashback_policies}', '{}', 'The currency seen last.');

INSERT INTO engine.refusals (code, name, hint) VALUES
('TL102', 'payment_not_found', 'There is no payment {"payment_id"}: use one that bank.pay returned.'),
('TL315', 'refund_exceeds_payment', 'Only {refundable} is left to refund of the payment, {required} was asked for.'),
('TL316', 'payment_refunded', 'All {refunded} of the payment is refunded already.');

INSERT INTO engine.operations (operation, title, about) VALUES
('pay', 'Payment', 'A payment, on both its sides.'),
('fee', 'Fee', 'What a payment cost its payer besides.'),
('refund', 'Refund', 'Part or all of a payment came back.'),
('cashback', 'Cashback', 'A cashback was credited.'),
('cashback_clawback', 'Cashback taken back', 'A cashback was taken back with a refund.'),
('set_cashback_policy', 'Cashback policy changed', 'What payments in a currency earn was changed; on @ledger.');
