-- The data: tables, constraints, indexes and roles. Safe to apply again: it creates what is
-- missing and never drops or rewrites a row. Functions live in schema bank (sql/functions),
-- and engine, which can be re-made at any time without touching anything here.
--
-- Money is bigint in minor units (cents), times are bigint milliseconds since the epoch.
-- Every growing table is keyed by account_id first, so that the same SQL can be distributed.

SET client_min_messages = warning;
SET search_path = pg_catalog, pg_temp;

DO $do$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'pgteller needs a database with encoding UTF8, this one has %',
            current_setting('server_encoding');
    END IF;
END;
$do$;

-- Roles -------------------------------------------------------------------------------------
-- They belong to the whole server, so another database on it may have made them already.

DO $do$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['bank_owner', 'bank_teller', 'bank_operator', 'bank_auditor'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL;  -- made by an earlier installation, or by one running beside us
        END;
    END LOOP;
    IF NOT pg_has_role(current_user, 'bank_owner', 'MEMBER') THEN
        EXECUTE format('GRANT bank_owner TO %I', current_user);
    END IF;
    IF NOT pg_has_role('bank_operator', 'bank_teller', 'MEMBER') THEN
        GRANT bank_teller TO bank_operator;
    END IF;
END;
$do$;

COMMENT ON ROLE bank_owner IS 'pgteller: owns tables and functions; nobody logs in as it.';
COMMENT ON ROLE bank_teller IS 'pgteller: moves money on the server clock and reads accounts.';
COMMENT ON ROLE bank_operator IS
    'pgteller: a teller who also gives timestamps, settles and manages.';
COMMENT ON ROLE bank_auditor IS
    'pgteller: reads everything through views and functions, changes nothing.';

CREATE SCHEMA IF NOT EXISTS ledger AUTHORIZATION bank_owner;
CREATE SCHEMA IF NOT EXISTS bank AUTHORIZATION bank_owner;
CREATE SCHEMA IF NOT EXISTS engine AUTHORIZATION bank_owner;

DO $do$
DECLARE
    v_owners text;
BEGIN
    SELECT string_agg(format('%I belongs to %I', n.nspname, n.nspowner::regrole::text), ', ')
    INTO v_owners
    FROM pg_namespace AS n
    WHERE n.nspname IN ('ledger', 'bank', 'engine') AND n.nspowner <> 'bank_owner'::regrole;
    IF v_owners IS NOT NULL THEN
        -- Its owner could put anything there, and would keep the right to.
        RAISE EXCEPTION 'pgteller does not share a schema: %', v_owners;
    END IF;
END;
$do$;

COMMENT ON SCHEMA ledger IS 'pgteller data: only ever migrated, reached only through schema bank.';
COMMENT ON SCHEMA bank IS 'pgteller functions: the interface; re-made by every upgrade.';
COMMENT ON SCHEMA engine IS
    'pgteller''s own helpers, which only schema bank calls; re-made by every upgrade.';
REVOKE ALL ON SCHEMA ledger, bank, engine FROM PUBLIC;
GRANT USAGE ON SCHEMA bank TO bank_teller, bank_operator, bank_auditor;

SET ROLE bank_owner;

-- Reference tables ----------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ledger.currencies (
    currency text COLLATE "C" PRIMARY KEY CHECK (currency ~ '^[A-Z][A-Z0-9_]{2,11}$'),
    exponent smallint NOT NULL CHECK (exponent BETWEEN 0 AND 18)
);
COMMENT ON TABLE ledger.currencies IS
    'ISO 4217 codes, and units of your own; exponent is the number of decimals of the minor unit.';

INSERT INTO ledger.currencies (currency, exponent)
SELECT
    c.currency,
    c.exponent
FROM (
    SELECT
        unnest(string_to_array(
            'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP '
            || 'BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP '
            || 'GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW '
            || 'KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR '
            || 'MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR '
            || 'SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS '
            || 'UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG', ' '
        )) AS currency,
        2 AS exponent
    UNION ALL
    SELECT unnest(string_to_array(
        'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF', ' '
    )), 0
    UNION ALL
    SELECT unnest(string_to_array('BHD IQD JOD KWD LYD OMR TND', ' ')), 3
) AS c
ON CONFLICT (currency) DO NOTHING;

CREATE TABLE IF NOT EXISTS ledger.cashback_policies (
    currency text COLLATE "C" PRIMARY KEY REFERENCES ledger.currencies (currency) ON DELETE CASCADE,
    rate_bps integer NOT NULL DEFAULT 200 CHECK (rate_bps BETWEEN 0 AND 10000),
    delay_ms bigint NOT NULL DEFAULT 86400000 CHECK (delay_ms BETWEEN 0 AND 315576000000),
    max_amount bigint CHECK (max_amount BETWEEN 0 AND 9007199254740991)
);
COMMENT ON TABLE ledger.cashback_policies IS
    'What bank.pay promises: rate in basis points, delay in ms (10 years at most), and a cap.';

-- Once, and never again: a policy that an operator has taken away stays away.
INSERT INTO ledger.cashback_policies (currency)
SELECT c.currency
FROM ledger.currencies AS c
WHERE NOT EXISTS (SELECT FROM ledger.cashback_policies);

-- Accounts -----------------------------------------------------------------------------------

CREATE SEQUENCE IF NOT EXISTS ledger.transaction_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE IF NOT EXISTS ledger.payment_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE IF NOT EXISTS ledger.hold_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE IF NOT EXISTS ledger.monitor_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE IF NOT EXISTS ledger.schedule_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE IF NOT EXISTS ledger.webhook_seq AS bigint MAXVALUE 9007199254740991;

-- Domains, and not CHECKs on the two hottest tables: a domain is checked when a value comes in,
-- while PostgreSQL parses and compiles a table's CHECKs anew for every statement that writes to it
-- (measured: a fifth of the CPU of a transfer).
DO $do$
BEGIN
    IF to_regtype('ledger.account_id') IS NULL THEN
        CREATE DOMAIN ledger.account_id AS text COLLATE "C"
        CONSTRAINT account_id_is_valid CHECK (
            char_length(value) BETWEEN 1 AND 64
            AND value !~ '^@'
            AND value !~ '[\u0001-\u001F\u007F-\u009F]'
            AND value !~ '^[ \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF]'
            AND value !~ '[ \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF]$'
        );
        CREATE DOMAIN ledger.minor_units AS bigint
        CONSTRAINT minor_units_are_exact_in_json CHECK (
            value BETWEEN -9007199254740991 AND 9007199254740991
        );
        CREATE DOMAIN ledger.metadata AS jsonb
        CONSTRAINT metadata_is_object CHECK (jsonb_typeof(value) = 'object');
        CREATE DOMAIN ledger.account_status AS text
        CONSTRAINT account_status_is_known CHECK (
            value IN ('active', 'frozen', 'blocked', 'closed')
        );
    END IF;
END;
$do$;
COMMENT ON DOMAIN ledger.account_id IS
    'Chosen by the client: 1 to 64 characters, none of control, no blank at the ends, no @ first.';
COMMENT ON DOMAIN ledger.minor_units IS
    'Money in minor units, within +-(2^53-1), which a JSON client in any language reads exactly.';
COMMENT ON DOMAIN ledger.metadata IS 'A JSON object of the caller''s own.';
COMMENT ON DOMAIN ledger.account_status IS
    'active; frozen: no debits; blocked: neither debits nor credits; closed: for ever.';

CREATE TABLE IF NOT EXISTS ledger.accounts (
    account_id ledger.account_id PRIMARY KEY,
    currency text COLLATE "C" NOT NULL REFERENCES ledger.currencies (currency),
    status ledger.account_status NOT NULL DEFAULT 'active',
    collecting boolean NOT NULL DEFAULT false,
    monitored boolean NOT NULL DEFAULT false,
    balance ledger.minor_units NOT NULL DEFAULT 0,
    held ledger.minor_units NOT NULL DEFAULT 0,
    pending_cashback ledger.minor_units NOT NULL DEFAULT 0,
    overdraft_limit ledger.minor_units NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    head bytea NOT NULL DEFAULT '',
    last_timestamp bigint NOT NULL,
    next_cashback_due bigint,
    next_hold_expiry bigint,
    created_at bigint NOT NULL,
    metadata ledger.metadata NOT NULL DEFAULT '{}'
) WITH (fillfactor = 70);
-- Few rows, whose columns hardly ever change: updates of balances stay HOT.
CREATE INDEX IF NOT EXISTS accounts_collecting ON ledger.accounts (account_id) WHERE collecting;

COMMENT ON TABLE ledger.accounts IS 'One row per account; changed only by engine.post_leg.';
COMMENT ON COLUMN ledger.accounts.balance IS 'Sum of the account''s legs, minor units.';
COMMENT ON COLUMN ledger.accounts.held IS 'Reserved by open holds, minor units.';
COMMENT ON COLUMN ledger.accounts.pending_cashback IS 'Sum of its pending cashbacks, minor units.';
COMMENT ON COLUMN ledger.accounts.version IS 'Number of its legs: the newest leg''s version.';
COMMENT ON COLUMN ledger.accounts.head IS 'Hash of the newest leg; empty before the first.';
COMMENT ON COLUMN ledger.accounts.last_timestamp IS 'Timestamp of the newest leg, ms.';
COMMENT ON COLUMN ledger.accounts.next_cashback_due IS 'Earliest due_at of a pending cashback, ms.';
COMMENT ON COLUMN ledger.accounts.next_hold_expiry IS 'Earliest expires_at of an open hold, ms.';
COMMENT ON COLUMN ledger.accounts.monitored IS
    'It has active monitors, which engine.post_leg evaluates after each leg.';
COMMENT ON COLUMN ledger.accounts.collecting IS
    'Credits are collected without a lock and folded in later; for accounts that many pay into.';

-- The log -----------------------------------------------------------------------------------------
-- No foreign key to accounts: the only writer has just updated the row it names, accounts are never
-- deleted, and a look-up per leg would be paid for ever. The same holds for the tables below.

CREATE TABLE IF NOT EXISTS ledger.ledger_transactions (
    account_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    transaction_id bigint NOT NULL,
    "timestamp" bigint NOT NULL,
    recorded_at bigint NOT NULL,
    operation text COLLATE "C" NOT NULL,
    amount ledger.minor_units NOT NULL,
    balance_after ledger.minor_units NOT NULL,
    held_after ledger.minor_units NOT NULL,
    pending_cashback_after ledger.minor_units NOT NULL,
    contra_account_id text COLLATE "C",
    payment_ref text COLLATE "C",
    reverses bigint,
    metadata jsonb,
    details jsonb,
    hash bytea NOT NULL,
    PRIMARY KEY (account_id, version)
);
CREATE INDEX IF NOT EXISTS ledger_transactions_by_id
ON ledger.ledger_transactions (transaction_id);
-- Few rows: they tell which overdraft limit was in force at a moment of the past.
CREATE INDEX IF NOT EXISTS ledger_transactions_of_limits
ON ledger.ledger_transactions (account_id, version)
WHERE operation IN ('open', 'set_overdraft_limit');

COMMENT ON TABLE ledger.ledger_transactions IS
    'The append-only log: one row (leg) per transaction and customer account it touches.';
COMMENT ON COLUMN ledger.ledger_transactions.held_after IS 'The account''s held after this leg.';
COMMENT ON COLUMN ledger.ledger_transactions.pending_cashback_after IS
    'The account''s pending cashback after this leg.';
COMMENT ON COLUMN ledger.ledger_transactions.timestamp IS 'When it counts, ms.';
COMMENT ON COLUMN ledger.ledger_transactions.recorded_at IS
    'When it was written, server clock, ms.';
COMMENT ON COLUMN ledger.ledger_transactions.amount IS
    'Minor units, + credit, - debit, 0 for events.';
COMMENT ON COLUMN ledger.ledger_transactions.contra_account_id IS
    'The other side: a customer or a house account (@external, @payments, @cashback, @fees).';
COMMENT ON COLUMN ledger.ledger_transactions.details IS
    'What the ledger itself says of the leg (limits, reasons, holds); metadata is the caller''s.';
COMMENT ON COLUMN ledger.ledger_transactions.hash IS
    'sha256(hash of the account''s previous leg || every other column), see engine.leg_hash.';

-- Collected credits -------------------------------------------------------------------------
-- What was paid to a collecting account and is not yet folded into its row, its log and its chain.

CREATE TABLE IF NOT EXISTS ledger.collected_credits (
    account_id text COLLATE "C" NOT NULL,
    transaction_id bigint NOT NULL,
    "timestamp" bigint NOT NULL,
    operation text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    contra_account_id text COLLATE "C" NOT NULL,
    payment_ref text COLLATE "C",
    metadata jsonb,
    PRIMARY KEY (account_id, transaction_id)
);
CREATE INDEX IF NOT EXISTS collected_credits_by_id ON ledger.collected_credits (transaction_id);
COMMENT ON TABLE ledger.collected_credits IS
    'Credits to collecting accounts, inserted without a lock; moved to the log when it is folded.';

-- Payments and cashbacks --------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ledger.payments (
    account_id text COLLATE "C" NOT NULL,
    payment_number bigint NOT NULL,
    transaction_id bigint NOT NULL,
    "timestamp" bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    fee bigint NOT NULL DEFAULT 0 CHECK (fee BETWEEN 0 AND 9007199254740991),
    merchant_account_id text COLLATE "C",
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount),
    PRIMARY KEY (account_id, payment_number)
);
CREATE INDEX IF NOT EXISTS payments_by_number ON ledger.payments (payment_number);
COMMENT ON TABLE ledger.payments IS 'One row per payment; payment_number 7 is shown as payment7.';

CREATE TABLE IF NOT EXISTS ledger.cashbacks (
    account_id text COLLATE "C" NOT NULL,
    payment_number bigint NOT NULL,
    created_at bigint NOT NULL,
    due_at bigint NOT NULL,
    promised bigint NOT NULL CHECK (promised BETWEEN 1 AND 9007199254740991),
    amount bigint NOT NULL CHECK (amount BETWEEN 0 AND promised),
    clawed_back bigint NOT NULL DEFAULT 0 CHECK (clawed_back BETWEEN 0 AND amount),
    rate_bps integer NOT NULL,
    max_amount bigint,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'deposited', 'cancelled')),
    transaction_id bigint,
    PRIMARY KEY (account_id, payment_number),
    CHECK (amount > 0 OR status = 'cancelled'),
    CHECK ((status = 'deposited') = (transaction_id IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS cashbacks_pending_of_account
ON ledger.cashbacks (account_id, due_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS cashbacks_pending_by_due
ON ledger.cashbacks (due_at, account_id) WHERE status = 'pending';
COMMENT ON TABLE ledger.cashbacks IS
    'One row per payment that earns a cashback; deposited ones name their transaction.';
COMMENT ON COLUMN ledger.cashbacks.promised IS 'What the payment earned when it was made.';
COMMENT ON COLUMN ledger.cashbacks.amount IS
    'What is pending, or was deposited: promised less what refunds took away before that.';
COMMENT ON COLUMN ledger.cashbacks.clawed_back IS 'What refunds took back after it was deposited.';
COMMENT ON COLUMN ledger.cashbacks.rate_bps IS
    'The policy of the moment of payment, with max_amount: refunds go by that.';

-- Holds --------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ledger.holds (
    account_id text COLLATE "C" NOT NULL,
    hold_number bigint NOT NULL,
    transaction_id bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint CHECK (expires_at > created_at),
    target_account_id text COLLATE "C",
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    captured bigint NOT NULL DEFAULT 0 CHECK (captured BETWEEN 0 AND amount),
    status text NOT NULL DEFAULT 'open'
    CHECK (status IN ('open', 'captured', 'released', 'expired')),
    closed_at bigint,
    metadata jsonb,
    PRIMARY KEY (account_id, hold_number),
    CHECK ((status = 'open') = (closed_at IS NULL)),
    CHECK (status <> 'open' OR captured < amount)
);
CREATE INDEX IF NOT EXISTS holds_by_number ON ledger.holds (hold_number);
CREATE INDEX IF NOT EXISTS holds_open_of_account
ON ledger.holds (account_id, expires_at) WHERE status = 'open';
CREATE INDEX IF NOT EXISTS holds_open_by_expiry
ON ledger.holds (expires_at, account_id) WHERE status = 'open';
COMMENT ON TABLE ledger.holds IS
    'One row per hold; hold_number 7 is shown as hold7. An open one reserves amount - captured.';
COMMENT ON COLUMN ledger.holds.expires_at IS
    'From this moment (ms) on it reserves nothing, whoever notices; NULL: never.';
COMMENT ON COLUMN ledger.holds.closed_at IS 'When it was captured, released or expired, ms.';

-- Reversals ----------------------------------------------------------------------------------
-- A row for each account of a reversed transaction, inserted under its lock: that is what makes a
-- reversal happen once, where ledger_transactions has no key on what a leg reverses.

CREATE TABLE IF NOT EXISTS ledger.reversals (
    account_id text COLLATE "C" NOT NULL,
    transaction_id bigint NOT NULL,
    reversed_by bigint NOT NULL,
    PRIMARY KEY (account_id, transaction_id)
);
COMMENT ON TABLE ledger.reversals IS 'Transactions that are reversed, and by which.';

-- Idempotency --------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ledger.idempotency_keys (
    account_id text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL
    CHECK (char_length(idempotency_key) BETWEEN 1 AND 255),
    operation text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    response json,
    created_at bigint NOT NULL,
    PRIMARY KEY (account_id, idempotency_key)
);
COMMENT ON TABLE ledger.idempotency_keys IS
    'Answers given under a key, written in the transaction of the posting they answer for.';

-- Monitors -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ledger.monitors (
    account_id text COLLATE "C" NOT NULL,
    monitor_number bigint NOT NULL,
    transaction_id bigint NOT NULL,
    created_at bigint NOT NULL,
    field text NOT NULL CHECK (field IN ('balance', 'available', 'held')),
    comparison text NOT NULL CHECK (comparison IN ('lt', 'lte', 'gt', 'gte', 'eq')),
    value bigint NOT NULL CHECK (value BETWEEN -9007199254740991 AND 9007199254740991),
    triggered boolean NOT NULL,
    active boolean NOT NULL DEFAULT true,
    metadata jsonb,
    PRIMARY KEY (account_id, monitor_number)
);
CREATE INDEX IF NOT EXISTS monitors_by_number ON ledger.monitors (monitor_number);
COMMENT ON TABLE ledger.monitors IS
    'One row per monitor; monitor_number 7 is shown as monitor7. Its account''s lock guards it.';
COMMENT ON COLUMN ledger.monitors.triggered IS
    'Whether the condition held after the newest leg: a leg that makes it true fires the monitor.';

-- Schedules ----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ledger.schedules (
    account_id text COLLATE "C" NOT NULL,
    schedule_number bigint NOT NULL,
    target_account_id text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    run_at bigint NOT NULL,
    every text,
    until bigint,
    status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'completed', 'failed', 'cancelled')),
    occurrence bigint NOT NULL DEFAULT 1,
    attempt bigint NOT NULL DEFAULT 1,
    runs bigint NOT NULL DEFAULT 0,
    next_run_at bigint,
    created_at bigint NOT NULL,
    ended_at bigint,
    metadata jsonb,
    PRIMARY KEY (account_id, schedule_number),
    CHECK ((status = 'active') = (next_run_at IS NOT NULL)),
    CHECK ((status = 'active') = (ended_at IS NULL))
);
CREATE INDEX IF NOT EXISTS schedules_by_number ON ledger.schedules (schedule_number);
CREATE INDEX IF NOT EXISTS schedules_active_by_time
ON ledger.schedules (next_run_at, account_id) WHERE status = 'active';
COMMENT ON TABLE ledger.schedules IS
    'One row per scheduled transfer, of the account that pays; schedule_number 7 is shown as '
    'schedule7. Changed under that account''s lock.';
COMMENT ON COLUMN ledger.schedules.every IS 'ISO 8601 duration from one occurrence to the next.';
COMMENT ON COLUMN ledger.schedules.until IS 'No occurrence falls on or after it, ms.';
COMMENT ON COLUMN ledger.schedules.occurrence IS 'Which occurrence is next, or was the last.';
COMMENT ON COLUMN ledger.schedules.attempt IS 'Which attempt at it is next, or was the last.';
COMMENT ON COLUMN ledger.schedules.runs IS 'Number of its rows in ledger.schedule_runs.';

CREATE TABLE IF NOT EXISTS ledger.schedule_runs (
    account_id text COLLATE "C" NOT NULL,
    schedule_number bigint NOT NULL,
    run_number bigint NOT NULL,
    occurrence bigint NOT NULL,
    attempt bigint NOT NULL,
    due_at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    transaction_id bigint,
    "timestamp" bigint,
    code text,
    detail jsonb,
    PRIMARY KEY (account_id, schedule_number, run_number),
    CHECK ((transaction_id IS NULL) = (code IS NOT NULL))
);
COMMENT ON TABLE ledger.schedule_runs IS
    'One row per attempt at a scheduled transfer: its transaction, or the code of its refusal.';

-- Events -------------------------------------------------------------------------------------
-- The log is the only source of events. They are numbered after the fact, by
-- engine.sequence_events: in the order in which they are numbered they are committed, which no number drawn by a writer can
-- promise. The numbering needs one place, so these tables are not distributed by account.

CREATE TABLE IF NOT EXISTS ledger.events (
    event_id bigint PRIMARY KEY CHECK (event_id BETWEEN 1 AND 9007199254740991),
    account_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    transaction_id bigint NOT NULL,
    UNIQUE (account_id, version)
);
COMMENT ON TABLE ledger.events IS
    'One row per leg, in the order in which readers get them; event_id has no gaps.';

CREATE TABLE IF NOT EXISTS ledger.event_sequencer (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    mark bigint NOT NULL
);
COMMENT ON TABLE ledger.event_sequencer IS
    'Up to mark every transaction_id is numbered, or lies in a gap of ledger.event_gaps.';
INSERT INTO ledger.event_sequencer (mark) VALUES (0) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS ledger.event_gaps (
    first_id bigint PRIMARY KEY,
    last_id bigint NOT NULL CHECK (last_id >= first_id),
    horizon xid8
);
COMMENT ON TABLE ledger.event_gaps IS
    'transaction_ids drawn by somebody but not seen yet: in flight, or never to come.';
COMMENT ON COLUMN ledger.event_gaps.horizon IS
    'Whoever drew them has an older xid: once all of those have ended, nothing more comes.';

-- Webhooks -----------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS ledger.webhooks (
    webhook_number bigint PRIMARY KEY,
    url text NOT NULL,
    secret text NOT NULL,
    types jsonb CHECK (jsonb_typeof(types) = 'array'),
    account_id text COLLATE "C",
    queued bigint NOT NULL,
    created_at bigint NOT NULL
);
COMMENT ON TABLE ledger.webhooks IS
    'Where events are sent: all, or those of some types, of one account. Kept like events in one '
    'place; webhook_number 7 is shown as webhook7.';
COMMENT ON COLUMN ledger.webhooks.queued IS
    'Up to this event_id, those that it wants are in ledger.webhook_deliveries.';

CREATE TABLE IF NOT EXISTS ledger.webhook_deliveries (
    account_id text COLLATE "C" NOT NULL,
    webhook_number bigint NOT NULL,
    event_id bigint NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered')),
    attempts bigint NOT NULL DEFAULT 0,
    next_attempt_at bigint,
    last_attempt_at bigint,
    last_status bigint,
    last_error text,
    delivered_at bigint,
    PRIMARY KEY (account_id, webhook_number, event_id)
);
CREATE INDEX IF NOT EXISTS webhook_deliveries_by_event
ON ledger.webhook_deliveries (webhook_number, event_id);
CREATE INDEX IF NOT EXISTS webhook_deliveries_pending_of_account
ON ledger.webhook_deliveries (account_id, webhook_number, event_id) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS webhook_deliveries_by_time
ON ledger.webhook_deliveries (webhook_number, next_attempt_at)
WHERE status = 'pending' AND next_attempt_at IS NOT NULL;
COMMENT ON TABLE ledger.webhook_deliveries IS 'One row per webhook and event that it wants.';
COMMENT ON COLUMN ledger.webhook_deliveries.next_attempt_at IS
    'When it is sent, again or at all; NULL while one of the same account goes before it. While it '
    'is being sent, the moment at which it is taken for lost.';

-- Guards -------------------------------------------------------------------------------------
-- Privileges keep everybody but the owner out; these stop the owner's own slips. They fire on no
-- path that a function of the bank takes.

CREATE OR REPLACE FUNCTION ledger.refuse_change()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RAISE EXCEPTION 'append_only' USING
        ERRCODE = 'TL900',
        DETAIL = json_build_object('table', TG_TABLE_NAME, 'attempted', TG_OP)::text,
        HINT = 'Rows of the ledger are never changed or removed; post a reversal instead.';
END;
$function$;
COMMENT ON FUNCTION ledger.refuse_change() IS
    'Trigger: refuses UPDATE, DELETE and TRUNCATE of what must stay. Raises append_only (TL900).';
REVOKE ALL ON FUNCTION ledger.refuse_change() FROM PUBLIC;

CREATE OR REPLACE TRIGGER append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.ledger_transactions
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE OR REPLACE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.accounts
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE OR REPLACE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.payments
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE OR REPLACE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.cashbacks
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE OR REPLACE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.holds
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE OR REPLACE TRIGGER append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.reversals
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

RESET ROLE;
RESET client_min_messages;
