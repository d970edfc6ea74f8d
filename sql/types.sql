-- What the functions return, in the order in which a reader wants the columns.
-- Amounts are minor units, times are milliseconds since the epoch, hashes are hexadecimal.

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

CREATE TYPE bank.balance AS (
    account_id text,
    balance bigint,
    available bigint,
    held bigint,
    pending_cashback bigint,
    currency text,
    "timestamp" bigint
);

-- deposit, withdraw
CREATE TYPE bank.receipt AS (
    transaction_id bigint,
    account_id text,
    amount bigint,
    balance bigint,
    available bigint,
    currency text,
    "timestamp" bigint
);

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

CREATE TYPE bank.settlement AS (
    settled bigint,
    amount bigint,
    remaining bigint
);

-- refunded and refundable are of the whole payment, the cashback columns of this refund.
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

-- hold, capture_hold, release_hold: amount is what the call reserved, captured or released,
-- released what it made available again.
CREATE TYPE bank.hold_receipt AS (
    hold_id text,
    transaction_id bigint,
    account_id text,
    target_account_id text,
    amount bigint,
    captured bigint,
    released bigint,
    remaining bigint,
    status text,
    expires_at bigint,
    balance bigint,
    available bigint,
    held bigint,
    currency text,
    "timestamp" bigint
);

CREATE TYPE bank.hold_state AS (
    hold_id text,
    account_id text,
    target_account_id text,
    amount bigint,
    captured bigint,
    remaining bigint,
    status text,
    currency text,
    created_at bigint,
    expires_at bigint,
    closed_at bigint,
    transaction_id bigint,
    metadata jsonb
);

CREATE TYPE bank.expiration AS (
    expired bigint,
    amount bigint,
    remaining bigint
);

-- One line of an account's history.
CREATE TYPE bank.history_line AS (
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    operation text,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    deposited boolean,
    reverses bigint,
    metadata jsonb,
    details jsonb,
    version bigint,
    hash text
);

-- One side of a transaction; the house side has no balance, version or hash.
CREATE TYPE bank.leg AS (
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    operation text,
    account_id text,
    currency text,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    reverses bigint,
    metadata jsonb,
    details jsonb,
    version bigint,
    hash text
);

-- One thing that is wrong in the ledger: which check of bank.checks it breaks, where, and how.
CREATE TYPE bank.violation AS (
    "check" text,
    account_id text,
    found json
);

-- What a digest seals of one account: its newest leg then.
CREATE TYPE bank.seal AS (
    account_id text,
    version bigint,
    head bytea
);

-- Kept outside the database; see bank.ledger_digest.
CREATE TYPE bank.digest AS (
    transaction_id bigint,
    "timestamp" bigint,
    accounts bigint,
    legs bigint,
    root text,
    sums bigint[],  -- noqa: LT01
    weighted_sums bigint[]  -- noqa: LT01
);

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

CREATE TYPE bank.verification AS (
    "check" text,
    ok boolean,
    violations bigint,
    sample json
);

-- batch: an item as parsed. payer and payee are what its operation makes of the accounts named;
-- chain groups items that post whole or not at all; request is what its key stands for.
CREATE TYPE bank.batch_item AS (
    item bigint,
    chain bigint,
    operation text,
    payer text,
    payee text,
    amount bigint,
    fee bigint,
    "timestamp" bigint,
    metadata jsonb,
    idempotency_key text,
    request text
);

-- batch: what became of an item. status is posted, replayed or refused.
CREATE TYPE bank.batch_result AS (
    item bigint,
    status text,
    operation text,
    transaction_id bigint,
    payment_id text,
    account_id text,
    balance bigint,
    available bigint,
    "timestamp" bigint,
    cashback json,
    code text,
    detail json
);

-- A refusal as data: its name and numbers.
CREATE TYPE bank.refusal AS (
    name text,
    detail json
);

-- A leg as the readers of the event stream get it.
CREATE TYPE bank.event AS (
    event_id bigint,
    type text,
    account_id text,
    version bigint,
    transaction_id bigint,
    "timestamp" bigint,
    recorded_at bigint,
    amount bigint,
    balance_after bigint,
    contra_account_id text,
    payment_ref text,
    reverses bigint,
    details jsonb,
    metadata jsonb,
    hash text
);

-- create_monitor, delete_monitor, list_monitors
CREATE TYPE bank.monitor AS (
    monitor_id text,
    account_id text,
    field text,
    comparison text,
    value bigint,
    triggered boolean,
    created_at bigint,
    transaction_id bigint,
    metadata jsonb
);

-- schedule_transfer, cancel_schedule, get_schedule, list_schedules
CREATE TYPE bank.schedule AS (
    schedule_id text,
    source_account_id text,
    target_account_id text,
    amount bigint,
    run_at bigint,
    every text,
    until bigint,
    status text,
    next_run_at bigint,
    occurrence bigint,
    attempt bigint,
    runs bigint,
    created_at bigint,
    ended_at bigint,
    metadata jsonb
);

CREATE TYPE bank.schedule_run AS (
    run_number bigint,
    occurrence bigint,
    attempt bigint,
    due_at bigint,
    recorded_at bigint,
    status text,
    transaction_id bigint,
    "timestamp" bigint,
    code text,
    detail jsonb
);

-- run_schedules
CREATE TYPE bank.schedule_progress AS (
    succeeded bigint,
    refused bigint,
    remaining bigint
);

CREATE TYPE bank.cashback_policy AS (
    currency text,
    rate_bps integer,
    delay_ms bigint,
    max_amount bigint
);

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

-- A period of an account; closing = opening + credits - debits. Sums may leave bigint.
CREATE TYPE bank.statement AS (
    account_id text,
    currency text,
    exponent integer,
    since bigint,
    until bigint,
    opening bigint,
    credits numeric,
    debits numeric,
    closing bigint,
    totals json,
    transactions json
);

-- A part of a period: the balance at its end, and between which bounds it was in it.
CREATE TYPE bank.balance_bucket AS (
    since bigint,
    until bigint,
    closing bigint,
    lowest bigint,
    highest bigint
);

-- One house account, or all customers together; a currency's lines sum to zero.
CREATE TYPE bank.trial_line AS (
    currency text,
    account_id text,
    balance numeric
);

-- create_webhook: the only one that shows the secret
CREATE TYPE bank.webhook_created AS (
    webhook_id text,
    url text,
    secret text,
    types jsonb,
    account_id text,
    after bigint,
    created_at bigint
);

-- list_webhooks, delete_webhook
CREATE TYPE bank.webhook AS (
    webhook_id text,
    url text,
    types jsonb,
    account_id text,
    queued bigint,
    pending bigint,
    created_at bigint
);

-- claim_deliveries: what a worker needs to send an event
CREATE TYPE bank.claimed_delivery AS (
    webhook_id text,
    event_id bigint,
    attempt bigint,
    url text,
    secret text,
    body text
);

-- list_deliveries, finish_delivery
CREATE TYPE bank.delivery AS (
    webhook_id text,
    event_id bigint,
    account_id text,
    status text,
    attempts bigint,
    next_attempt_at bigint,
    last_attempt_at bigint,
    last_status bigint,
    last_error text,
    delivered_at bigint
);

-- fold_collected
CREATE TYPE bank.folding AS (
    folded bigint,
    amount bigint,
    remaining bigint
);
