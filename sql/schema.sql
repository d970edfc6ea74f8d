-- Schema ledger: tables, domains, sequences, constraints, indexes and guards, as they are after the
-- newest of sql/migrations. Like a migration it is run once, by bank_owner, with search_path =
-- pg_catalog, pg_temp. Functions live in schemas bank and engine (sql/functions), which can be
-- re-made at any time without touching anything here; roles and schemas are in sql/roles.sql.
--
-- Money is bigint in minor units (cents), times are bigint milliseconds since the epoch.

-- Migrations ----------------------------------------------------------------------------------

CREATE TABLE ledger.migrations (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at bigint NOT NULL,
    breaking boolean NOT NULL
);
COMMENT ON TABLE ledger.migrations IS
    'What has been applied to this schema: sql/migrations/(id)_(name).sql.';
COMMENT ON COLUMN ledger.migrations.checksum IS 'SHA-256 of the file, hexadecimal.';
COMMENT ON COLUMN ledger.migrations.breaking IS
    'Code that is older than this migration must not run on this database.';

-- Reference tables ----------------------------------------------------------------------------

-- Both tables are spread over many pages (fillfactor), so that PostgreSQL finds the one row that a
-- payment or a new account needs by its index, and does not read two hundred.

CREATE TABLE ledger.currencies (
    currency text COLLATE "C" PRIMARY KEY CHECK (currency ~ '^[A-Z][A-Z0-9_]{2,11}$'),
    exponent smallint NOT NULL CHECK (exponent BETWEEN 0 AND 18)
) WITH (fillfactor = 10);
COMMENT ON TABLE ledger.currencies IS
    'ISO 4217 codes, and units of your own (bank.create_currency); exponent is the number of '
    'decimals of the minor unit.';

-- All of ISO 4217: currencies, funds, metals and units of account, but XXX, which says that there
-- is none; and those of its past that some still hold (ANG, BGN). What has no minor unit has
-- exponent 0: metals count in whole troy ounces, so make a unit of your own for parts of them.

INSERT INTO ledger.currencies (currency, exponent)
SELECT
    c.currency,
    c.exponent
FROM (
    SELECT
        unnest(string_to_array(
            'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL '
            || 'BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP '
            || 'DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR '
            || 'ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD '
            || 'MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN '
            || 'PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP '
            || 'STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES '
            || 'WST XAD XCD XCG YER ZAR ZMW ZWG', ' '
        )) AS currency,
        2 AS exponent
    UNION ALL
    SELECT unnest(string_to_array(
        'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF '
        || 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA', ' '
    )), 0
    UNION ALL
    SELECT unnest(string_to_array('BHD IQD JOD KWD LYD OMR TND', ' ')), 3
    UNION ALL
    SELECT unnest(string_to_array('CLF UYW', ' ')), 4
) AS c;

CREATE TABLE ledger.cashback_policies (
    currency text COLLATE "C" PRIMARY KEY REFERENCES ledger.currencies (currency) ON DELETE CASCADE,
    rate_bps integer NOT NULL DEFAULT 200 CHECK (rate_bps BETWEEN 0 AND 10000),
    delay_ms bigint NOT NULL DEFAULT 86400000 CHECK (delay_ms BETWEEN 0 AND 315576000000),
    max_amount bigint CHECK (max_amount BETWEEN 0 AND 9007199254740991)
) WITH (fillfactor = 10);
COMMENT ON TABLE ledger.cashback_policies IS
    'What bank.pay promises: rate in basis points, delay in ms (10 years at most), and a cap.';

INSERT INTO ledger.cashback_policies (currency)
SELECT c.currency
FROM ledger.currencies AS c;

CREATE TABLE ledger.settings (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    max_ahead_ms bigint NOT NULL DEFAULT 60000 CHECK (max_ahead_ms BETWEEN 0 AND 9007199254740991),
    monitors_per_account bigint NOT NULL DEFAULT 20 CHECK (monitors_per_account >= 0),
    schedules_per_account bigint NOT NULL DEFAULT 100 CHECK (schedules_per_account >= 0),
    webhooks bigint NOT NULL DEFAULT 100 CHECK (webhooks >= 0),
    webhook_http boolean NOT NULL DEFAULT false,
    webhook_networks cidr[] NOT NULL DEFAULT '{}',
    refusals bigint NOT NULL DEFAULT 100000 CHECK (refusals BETWEEN 0 AND 10000000),
    session_idle_ms bigint NOT NULL DEFAULT 1800000
    CHECK (session_idle_ms BETWEEN 300000 AND 31536000000),
    session_most_ms bigint NOT NULL DEFAULT 43200000
    CHECK (session_most_ms BETWEEN 300000 AND 31536000000)
);
COMMENT ON TABLE ledger.settings IS 'What the owner decides for the whole ledger.';
COMMENT ON COLUMN ledger.settings.max_ahead_ms IS
    'How far ahead of the server clock a given timestamp may be, ms.';
COMMENT ON COLUMN ledger.settings.monitors_per_account IS
    'How many active monitors an account may have: each is looked at by every posting on it.';
COMMENT ON COLUMN ledger.settings.schedules_per_account IS
    'How many active schedules an account may pay.';
COMMENT ON COLUMN ledger.settings.webhooks IS
    'How many webhooks there may be: every event is matched with each of them.';
COMMENT ON COLUMN ledger.settings.webhook_http IS
    'Whether webhooks may have http addresses, where all can read what is sent.';
COMMENT ON COLUMN ledger.settings.webhook_networks IS
    'Networks that are not public, and to which webhooks may be sent all the same.';
COMMENT ON COLUMN ledger.settings.refusals IS
    'How many refusals are kept, the newest ones: a tenth of the places is for those of strangers, '
    'the rest for all others.';
COMMENT ON COLUMN ledger.settings.session_idle_ms IS
    'After how many milliseconds without a request a session of the console has ended. When it was '
    'used is noted to a minute, so it may end a minute sooner.';
COMMENT ON COLUMN ledger.settings.session_most_ms IS
    'How long a session of the console lasts at most, ms, however busy it is.';
INSERT INTO ledger.settings (max_ahead_ms) VALUES (60000);

-- Accounts -----------------------------------------------------------------------------------

CREATE SEQUENCE ledger.transaction_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE ledger.payment_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE ledger.hold_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE ledger.monitor_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE ledger.schedule_seq AS bigint MAXVALUE 9007199254740991;
CREATE SEQUENCE ledger.webhook_seq AS bigint MAXVALUE 9007199254740991;

-- Domains, and not CHECKs on the two hottest tables: a domain is checked when a value comes in,
-- while PostgreSQL parses and compiles a table's CHECKs anew for every statement that writes to it
-- (measured: a fifth of the CPU of a transfer).
CREATE DOMAIN ledger.account_id AS text COLLATE "C"
CONSTRAINT account_id_is_valid CHECK (
    char_length(value) >= 1
    AND char_length(value) <= 64
    AND (
        -- Plain ASCII needs one look, the rest all of engine.check_account_id.
        value ~ '^[!-?A-~]([ -~]*[!-~])?$'
        OR (
            value !~ '^@'
            AND value !~ '[\u0001-\u001F\u007F-\u009F]'
            AND value !~ '^[ \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]'
            AND value !~ '[ \u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]$'
            AND value !~ (
                '[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F'
                || '\u2028-\u202E\u2060-\u206F\u2800\u3164\uFE00-\uFE0F\uFEFF\uFFA0'
                || '\uFFF0-\uFFFB\U00013430-\U00013442\U00016FE4\U0001BCA0-\U0001BCA3'
                || '\U0001D159\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]'
            )
            AND value IS NFC NORMALIZED
        )
        OR value = '@ledger'  -- the house's own chain, see engine.record_setting
    )
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
CREATE DOMAIN ledger.amount AS bigint
CONSTRAINT amount_is_exact_in_json CHECK (value BETWEEN 1 AND 9007199254740991);
CREATE DOMAIN ledger.cashback_status AS text
CONSTRAINT cashback_status_is_known CHECK (value IN ('pending', 'deposited', 'cancelled'));
CREATE DOMAIN ledger.hold_status AS text
CONSTRAINT hold_status_is_known CHECK (value IN ('open', 'captured', 'released', 'expired'));
COMMENT ON DOMAIN ledger.account_id IS
    'Chosen by the client: 1 to 64 characters in NFC, none of control and none that cannot be '
    'seen, no blank at the ends, no @ first. But @ledger, whose legs tell of what '
    'belongs to no account.';
COMMENT ON DOMAIN ledger.minor_units IS
    'Money in minor units, within +-(2^53-1), which a JSON client in any language reads exactly.';
COMMENT ON DOMAIN ledger.metadata IS 'A JSON object of the caller''s own.';
COMMENT ON DOMAIN ledger.amount IS 'Minor units that move: 1 to 2^53-1.';
COMMENT ON DOMAIN ledger.cashback_status IS
    'pending: promised; deposited; cancelled: a refund took all of it before that.';
COMMENT ON DOMAIN ledger.hold_status IS
    'open: it reserves; captured: at least once, and no more; released, expired: unused.';
COMMENT ON DOMAIN ledger.account_status IS
    'active; frozen: no debits; blocked: neither debits nor credits; closed: for ever.';

CREATE TABLE ledger.accounts (
    account_id ledger.account_id PRIMARY KEY,
    currency text COLLATE "C" NOT NULL,
    status ledger.account_status NOT NULL DEFAULT 'active',
    collecting boolean NOT NULL DEFAULT false,
    monitored boolean NOT NULL DEFAULT false,
    rewound boolean NOT NULL DEFAULT false,
    balance ledger.minor_units NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    pending_cashback bigint NOT NULL DEFAULT 0,
    overdraft_limit ledger.minor_units NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    head bytea NOT NULL DEFAULT '',
    last_timestamp bigint NOT NULL,
    next_due_at bigint,
    created_at bigint NOT NULL,
    metadata ledger.metadata NOT NULL DEFAULT '{}'
) WITH (fillfactor = 70);
-- Few rows, whose columns hardly ever change: updates of balances stay HOT.
CREATE INDEX accounts_collecting ON ledger.accounts (account_id) WHERE collecting;

COMMENT ON TABLE ledger.accounts IS
    'One row per account; balances are changed only by who writes legs: engine.book, '
    'engine.post_legs and engine.batch_write.';
COMMENT ON COLUMN ledger.accounts.balance IS 'Sum of the account''s legs, minor units.';
COMMENT ON COLUMN ledger.accounts.held IS 'Reserved by open holds, minor units.';
COMMENT ON COLUMN ledger.accounts.pending_cashback IS 'Sum of its pending cashbacks, minor units.';
COMMENT ON COLUMN ledger.accounts.version IS 'Number of its legs: the newest leg''s version.';
COMMENT ON COLUMN ledger.accounts.head IS 'Hash of the newest leg; empty before the first.';
COMMENT ON COLUMN ledger.accounts.last_timestamp IS 'Timestamp of the newest leg, ms.';
COMMENT ON COLUMN ledger.accounts.next_due_at IS
    'Nothing falls due on the account before this moment (ms): no pending cashback, no expiry of '
    'an open hold. NULL: nothing ever does.';
COMMENT ON COLUMN ledger.accounts.monitored IS
    'It has active monitors, which are evaluated after each transaction on it.';
COMMENT ON COLUMN ledger.accounts.rewound IS
    'It was ahead of the clock and was brought back: ledger.rewinds says where.';
COMMENT ON COLUMN ledger.accounts.collecting IS
    'Credits are collected without a lock and folded in later; for accounts that many pay into.';

-- What searches look in ------------------------------------------------------------------------

CREATE TABLE ledger.account_texts (
    account_id text COLLATE "C" PRIMARY KEY,
    folded text COLLATE "C" NOT NULL
);
COMMENT ON TABLE ledger.account_texts IS
    'What a search for accounts looks in. Made of ledger.accounts alone, by a trigger; no part of '
    'the books.';
COMMENT ON COLUMN ledger.account_texts.folded IS
    'The account_id and the texts and numbers of the metadata, a line each, as ledger.folded has '
    'them.';

CREATE FUNCTION ledger.folded(given text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_text text := upper(given COLLATE "default");
BEGIN
    IF octet_length(v_text) <> char_length(v_text) THEN
        v_text := regexp_replace(normalize(v_text, NFKD), E'[\u0300-\u036F]', '', 'g');
        -- Letters that are no other letter with a mark, and are typed as one all the same.
        IF v_text ~ '[ŁØĐÐĦŦıÆŒßẞ]' THEN
            v_text := translate(v_text, 'ŁØĐÐĦŦıẞ', 'LODDHTIß');
            v_text := replace(replace(replace(v_text, 'Æ', 'AE'), 'Œ', 'OE'), 'ß', 'SS');
        END IF;
    END IF;
    -- Of what had a mark, a locale may have made no capital (C), or another one (Turkish).
    RETURN upper(v_text COLLATE "C");
END;
$function$;
COMMENT ON FUNCTION ledger.folded(text) IS
    'A text as searches compare it: without accents, in capitals as the locale of the database '
    'has them, letters that are written in several ways as one.';
REVOKE ALL ON FUNCTION ledger.folded(text) FROM PUBLIC;

CREATE FUNCTION ledger.account_text(account_id text, metadata jsonb)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF metadata = '{}' THEN
        RETURN ledger.folded(account_id);
    END IF;
    RETURN ledger.folded((
        SELECT concat_ws(E'\n', account_id, string_agg(m.value #>> '{}', E'\n'))
        FROM jsonb_path_query(
            metadata, 'strict $.** ? (@.type() == "string" || @.type() == "number")'
        ) AS m (value)
    ));
END;
$function$;
COMMENT ON FUNCTION ledger.account_text(text, jsonb) IS
    'What a search looks in for an account: ledger.account_texts.folded.';
REVOKE ALL ON FUNCTION ledger.account_text(text, jsonb) FROM PUBLIC;

CREATE FUNCTION ledger.keep_account_text()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ledger.account_texts (account_id, folded)
        VALUES (new.account_id, ledger.account_text(new.account_id, new.metadata));
    ELSIF new.metadata <> old.metadata THEN
        UPDATE ledger.account_texts AS t
        SET folded = ledger.account_text(new.account_id, new.metadata)
        WHERE t.account_id = new.account_id;
    END IF;
    RETURN NULL;
END;
$function$;
COMMENT ON FUNCTION ledger.keep_account_text() IS
    'Trigger: has ledger.account_texts follow ledger.accounts.';
REVOKE ALL ON FUNCTION ledger.keep_account_text() FROM PUBLIC;

-- Postings change no metadata: to them this costs a look at which columns they change.
CREATE TRIGGER keeps_text
AFTER INSERT OR UPDATE OF metadata ON ledger.accounts
FOR EACH ROW EXECUTE FUNCTION ledger.keep_account_text();

-- The log -----------------------------------------------------------------------------------------
-- No foreign key to accounts: the only writer has just updated the row it names, accounts are never
-- deleted, and a look-up per leg would be paid for ever. The same holds for the tables below.
-- Columns of fixed width come first, which saves the padding between them. Plain bigint, not the
-- domain: what comes here was checked when it came into accounts.

CREATE TABLE ledger.ledger_transactions (
    version bigint NOT NULL,
    transaction_id bigint NOT NULL,
    "timestamp" bigint NOT NULL,
    recorded_at bigint NOT NULL,
    amount bigint NOT NULL,
    balance_after bigint NOT NULL,
    held_after bigint NOT NULL,
    pending_cashback_after bigint NOT NULL,
    overdraft_limit_after bigint NOT NULL,
    value_at bigint,
    refers_to bigint,
    folded_in bigint,
    leg integer NOT NULL,
    hash_version smallint NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    contra_account_id text COLLATE "C",
    payment_ref text COLLATE "C",
    actor text COLLATE "C" NOT NULL,
    on_behalf_of text COLLATE "C",
    metadata jsonb,
    posting_metadata jsonb,
    details jsonb,
    key_hash bytea,
    hash bytea NOT NULL,
    PRIMARY KEY (account_id, version),
    UNIQUE (transaction_id, leg)
);
-- Few rows each: only what these are about pays for them. The first has all that engine.value_shift
-- asks of legs, which lie far apart in the table.
CREATE INDEX ledger_transactions_of_value
ON ledger.ledger_transactions (account_id, value_at) INCLUDE (amount, "timestamp", version)
WHERE value_at IS NOT NULL;
CREATE INDEX ledger_transactions_by_reference
ON ledger.ledger_transactions (refers_to) WHERE refers_to IS NOT NULL;
CREATE INDEX ledger_transactions_by_folding
ON ledger.ledger_transactions (folded_in) WHERE folded_in IS NOT NULL;
CREATE INDEX ledger_transactions_of_house
ON ledger.ledger_transactions (contra_account_id, transaction_id, leg)
WHERE contra_account_id LIKE '@%';

COMMENT ON TABLE ledger.ledger_transactions IS
    'The append-only log: one row (leg) per posting and customer account it touches.';
COMMENT ON COLUMN ledger.ledger_transactions.version IS
    'Number of the leg among those of its account: 1, 2, 3 ... without a gap.';
COMMENT ON COLUMN ledger.ledger_transactions.transaction_id IS
    'What was posted together, whole or not at all, has one.';
COMMENT ON COLUMN ledger.ledger_transactions.leg IS
    'Number of the leg among those of its transaction, in the order of posting: 1, 2, 3 ... With '
    'transaction_id it is unique, so no id is ever given twice.';
COMMENT ON COLUMN ledger.ledger_transactions.timestamp IS
    'When it counts in the order of posting, ms; final, and never before the leg before it.';
COMMENT ON COLUMN ledger.ledger_transactions.value_at IS
    'When it counts for the bookkeeper, ms; NULL: as timestamp says.';
COMMENT ON COLUMN ledger.ledger_transactions.recorded_at IS
    'When it was written, server clock, ms.';
COMMENT ON COLUMN ledger.ledger_transactions.amount IS
    'Minor units, + credit, - debit, 0 for events.';
COMMENT ON COLUMN ledger.ledger_transactions.balance_after IS 'The account''s balance after it.';
COMMENT ON COLUMN ledger.ledger_transactions.held_after IS 'The account''s held after this leg.';
COMMENT ON COLUMN ledger.ledger_transactions.pending_cashback_after IS
    'The account''s pending cashback after this leg.';
COMMENT ON COLUMN ledger.ledger_transactions.overdraft_limit_after IS
    'The account''s overdraft limit after this leg.';
COMMENT ON COLUMN ledger.ledger_transactions.contra_account_id IS
    'The other side: a customer or a house account (@external, @payments, @cashback, @fees).';
COMMENT ON COLUMN ledger.ledger_transactions.refers_to IS
    'The transaction that this one reverses, or gives back a part of.';
COMMENT ON COLUMN ledger.ledger_transactions.folded_in IS
    'Of a credit that was collected first: an id drawn under the account''s lock when it was '
    'folded in, for the payer drew transaction_id long before.';
COMMENT ON COLUMN ledger.ledger_transactions.actor IS
    'The database login that posted it; on_behalf_of is whom that login named, if anybody.';
COMMENT ON COLUMN ledger.ledger_transactions.metadata IS
    'The caller''s JSON object for the transaction; posting_metadata the one for the posting.';
COMMENT ON COLUMN ledger.ledger_transactions.details IS
    'What the ledger itself says of the leg (limits, reasons, holds).';
COMMENT ON COLUMN ledger.ledger_transactions.key_hash IS
    'Of the leg that seals an idempotency key, its request and its answer: see engine.remember.';
COMMENT ON COLUMN ledger.ledger_transactions.hash IS
    'sha256(hash of the account''s previous leg || the leg), by the rule of hash_version: see '
    'engine.seal and engine.leg_content.';

-- Rewindings ---------------------------------------------------------------------------------
-- The legs that are older than the one before them, and the only ones that may be.

CREATE TABLE ledger.rewinds (
    account_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    "timestamp" bigint NOT NULL,
    PRIMARY KEY (account_id, version)
);
COMMENT ON TABLE ledger.rewinds IS
    'Where accounts that were ahead of the clock were brought back to it: version and timestamp of '
    'the leg that tells of it.';

-- Collected credits -------------------------------------------------------------------------
-- What was paid to a collecting account and is not yet folded into its row, its log and its chain.

CREATE TABLE ledger.collected_credits (
    transaction_id bigint NOT NULL,
    "timestamp" bigint NOT NULL,
    amount bigint NOT NULL,
    value_at bigint,
    leg integer NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    contra_account_id text COLLATE "C" NOT NULL,
    payment_ref text COLLATE "C",
    actor text COLLATE "C" NOT NULL,
    on_behalf_of text COLLATE "C",
    metadata jsonb,
    posting_metadata jsonb,
    details jsonb,
    PRIMARY KEY (transaction_id, leg)
);
CREATE INDEX collected_credits_of_account
ON ledger.collected_credits (account_id, "timestamp", transaction_id);
COMMENT ON TABLE ledger.collected_credits IS
    'Credits to collecting accounts, inserted without a lock; moved to the log when it is folded.';

-- Payments and their cashbacks ------------------------------------------------------------------
-- One row for both, since a payment has one cashback or none: so paying writes one row, not two.
-- Domains here too, and no CHECKs: five of them took a sixth of the CPU of a hold. What columns
-- must say together, bank.verify_ledger checks (payments_consistent, holds_consistent).

CREATE TABLE ledger.payments (
    payment_number bigint PRIMARY KEY,
    transaction_id bigint NOT NULL,
    "timestamp" bigint NOT NULL,
    amount ledger.amount NOT NULL,
    fee bigint NOT NULL DEFAULT 0,
    refunded bigint NOT NULL DEFAULT 0,
    promised bigint NOT NULL DEFAULT 0,
    cashback bigint NOT NULL DEFAULT 0,
    clawed_back bigint NOT NULL DEFAULT 0,
    cashback_due_at bigint,
    cashback_transaction_id bigint,
    max_amount bigint,
    rate_bps integer,
    cashback_status ledger.cashback_status,
    account_id text COLLATE "C" NOT NULL,
    merchant_account_id text COLLATE "C"
);
CREATE INDEX payments_of_account ON ledger.payments (account_id, payment_number);
CREATE INDEX cashbacks_pending_of_account
ON ledger.payments (account_id, cashback_due_at) WHERE cashback_status = 'pending';
CREATE INDEX cashbacks_pending_by_due
ON ledger.payments (cashback_due_at, account_id) WHERE cashback_status = 'pending';
COMMENT ON TABLE ledger.payments IS
    'One row per payment and its cashback; payment_number 7 is shown as payment7.';
COMMENT ON COLUMN ledger.payments.promised IS
    'The cashback that the payment earned when it was made; 0: none, and cashback_status is NULL.';
COMMENT ON COLUMN ledger.payments.cashback IS
    'What is pending, or was deposited: promised less what refunds took away before that.';
COMMENT ON COLUMN ledger.payments.clawed_back IS 'What refunds took back after it was deposited.';
COMMENT ON COLUMN ledger.payments.cashback_transaction_id IS 'What deposited it.';
COMMENT ON COLUMN ledger.payments.rate_bps IS
    'The policy of the moment of payment, with max_amount: refunds go by that.';

-- Holds --------------------------------------------------------------------------------------

CREATE TABLE ledger.holds (
    account_id text COLLATE "C" NOT NULL,
    hold_number bigint NOT NULL,
    transaction_id bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    target_account_id text COLLATE "C",
    amount ledger.amount NOT NULL,
    captured bigint NOT NULL DEFAULT 0,
    status ledger.hold_status NOT NULL DEFAULT 'open',
    closed_at bigint,
    captures bigint[] NOT NULL DEFAULT '{}',
    metadata jsonb,
    PRIMARY KEY (hold_number)
);
CREATE INDEX holds_of_account ON ledger.holds (account_id, hold_number);
-- Only what can fall due.
CREATE INDEX holds_open_of_account
ON ledger.holds (account_id, expires_at) WHERE expires_at IS NOT NULL AND status = 'open';
CREATE INDEX holds_open_by_expiry
ON ledger.holds (expires_at, account_id) WHERE expires_at IS NOT NULL AND status = 'open';
CREATE INDEX holds_open_of_target
ON ledger.holds (target_account_id) WHERE target_account_id IS NOT NULL AND status = 'open';
COMMENT ON TABLE ledger.holds IS
    'One row per hold; hold_number 7 is shown as hold7. An open one reserves amount - captured.';
COMMENT ON COLUMN ledger.holds.expires_at IS
    'From this moment (ms) on it reserves nothing, whoever notices; NULL: never.';
COMMENT ON COLUMN ledger.holds.closed_at IS 'When it was captured, released or expired, ms.';
COMMENT ON COLUMN ledger.holds.captures IS
    'The transactions that captured from it, in their order: what refers to these has given back.';

-- Reversals ----------------------------------------------------------------------------------
-- A row for each reversed transaction: that is what makes a reversal happen once.

CREATE TABLE ledger.reversals (
    transaction_id bigint PRIMARY KEY,
    reversed_by bigint NOT NULL UNIQUE
);
COMMENT ON TABLE ledger.reversals IS 'Transactions that are reversed, and by which.';

-- Idempotency --------------------------------------------------------------------------------

CREATE TABLE ledger.idempotency_keys (
    created_at bigint NOT NULL,
    owner text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    request_hash bytea NOT NULL,
    response json,
    PRIMARY KEY (owner, idempotency_key)
);
COMMENT ON COLUMN ledger.idempotency_keys.owner IS
    'The account whose key it is, whoever calls; or, of requests that belong to no account, '
    '@login: and the login that made them (engine.login_scope).';
COMMENT ON COLUMN ledger.idempotency_keys.request_hash IS
    'SHA-256 of the JSON of the request''s named values; those left out are not in it.';
COMMENT ON TABLE ledger.idempotency_keys IS
    'Answers given under a key, written in the transaction of the posting they answer for.';

-- Monitors -----------------------------------------------------------------------------------

CREATE TABLE ledger.monitors (
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
    PRIMARY KEY (monitor_number)
);
-- Deleted ones, of which there may be any number, stay out of the way of postings.
CREATE INDEX monitors_active_of_account
ON ledger.monitors (account_id, monitor_number) WHERE active;
COMMENT ON TABLE ledger.monitors IS
    'One row per monitor; monitor_number 7 is shown as monitor7. Its account''s lock guards it.';
COMMENT ON COLUMN ledger.monitors.triggered IS
    'Whether the condition held after the newest leg: a leg that makes it true fires the monitor.';

-- Schedules ----------------------------------------------------------------------------------

CREATE TABLE ledger.schedules (
    account_id text COLLATE "C" NOT NULL,
    schedule_number bigint NOT NULL,
    target_account_id text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
    run_at bigint NOT NULL,
    every text,
    until bigint,
    time_zone text NOT NULL,
    status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'completed', 'failed', 'cancelled')),
    occurrence bigint NOT NULL DEFAULT 1,
    attempt bigint NOT NULL DEFAULT 1,
    runs bigint NOT NULL DEFAULT 0,
    next_run_at bigint,
    created_at bigint NOT NULL,
    ended_at bigint,
    metadata jsonb,
    PRIMARY KEY (schedule_number),
    CHECK ((status = 'active') = (next_run_at IS NOT NULL)),
    CHECK ((status = 'active') = (ended_at IS NULL))
);
CREATE INDEX schedules_of_account ON ledger.schedules (account_id, schedule_number);
CREATE INDEX schedules_active_of_account
ON ledger.schedules (account_id, next_run_at, schedule_number) WHERE status = 'active';
COMMENT ON TABLE ledger.schedules IS
    'One row per scheduled transfer, of the account that pays; schedule_number 7 is shown as '
    'schedule7. Changed under that account''s lock.';
COMMENT ON COLUMN ledger.schedules.every IS 'ISO 8601 duration from one occurrence to the next.';
COMMENT ON COLUMN ledger.schedules.until IS 'No occurrence falls on or after it, ms.';
COMMENT ON COLUMN ledger.schedules.time_zone IS
    'By whose calendar and clocks every counts: a name of IANA''s list.';
COMMENT ON COLUMN ledger.schedules.occurrence IS 'Which occurrence is next, or was the last.';
COMMENT ON COLUMN ledger.schedules.attempt IS 'Which attempt at it is next, or was the last.';
COMMENT ON COLUMN ledger.schedules.runs IS 'Number of its rows in ledger.schedule_runs.';

CREATE TABLE ledger.schedule_runs (
    account_id text COLLATE "C" NOT NULL,
    schedule_number bigint NOT NULL,
    run_number bigint NOT NULL,
    transaction_id bigint NOT NULL,
    PRIMARY KEY (schedule_number, run_number)
);
COMMENT ON TABLE ledger.schedule_runs IS
    'One row per attempt at a scheduled transfer: where the leg is that tells what came of it.';

CREATE TABLE ledger.schedule_turns (
    account_id text COLLATE "C" PRIMARY KEY,
    turn_at bigint
);
CREATE INDEX schedule_turns_by_time ON ledger.schedule_turns (turn_at, account_id);
COMMENT ON TABLE ledger.schedule_turns IS
    'One row per account that pays schedules: when it is looked at next. Changed under its lock.';
COMMENT ON COLUMN ledger.schedule_turns.turn_at IS
    'When something of the account is due (ms); or, where more was due than its share, the moment '
    'at which it went behind those that waited. NULL: nothing is scheduled any more.';

-- Events -------------------------------------------------------------------------------------
-- The log is the only source of events. They are numbered after the fact, by bank.number_events: in
-- the order in which they are numbered they are committed, which no number drawn by a writer can
-- promise. What is kept is where each batch of numbers begins and whose legs it numbers: these are
-- final once they are seen, so that the number of each follows from the log.

CREATE TABLE ledger.event_batches (
    first_event_id bigint PRIMARY KEY CHECK (first_event_id >= 1),
    events bigint NOT NULL CHECK (events >= 1),
    transaction_ids int8multirange NOT NULL
        CHECK (NOT lower_inf(transaction_ids) AND NOT upper_inf(transaction_ids)),
    CHECK (first_event_id + events - 1 <= 9007199254740991)
);
COMMENT ON TABLE ledger.event_batches IS
    'The legs that have their event_ids, some hundred at a time; the ids have no gaps.';
COMMENT ON COLUMN ledger.event_batches.transaction_ids IS
    'The legs with these ids, folded ones by folded_in; in the order of id, account_id and version '
    'they are events first_event_id, first_event_id + 1 ...';

CREATE TABLE ledger.event_sequencer (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    mark bigint NOT NULL
);
COMMENT ON TABLE ledger.event_sequencer IS
    'Up to mark every transaction_id is numbered, or lies in a gap of ledger.event_gaps.';
INSERT INTO ledger.event_sequencer (mark) VALUES (0);

CREATE TABLE ledger.event_gaps (
    first_id bigint PRIMARY KEY,
    transaction_ids int8multirange NOT NULL
        CHECK (NOT lower_inf(transaction_ids) AND NOT upper_inf(transaction_ids)),
    waiting_for xid8[]
);
COMMENT ON TABLE ledger.event_gaps IS
    'transaction_ids drawn by somebody but not seen yet: in flight, or never to come. A row per '
    'run of bank.number_events that left some.';
COMMENT ON COLUMN ledger.event_gaps.waiting_for IS
    'The transactions that may still bring them; NULL where the next run has to find out.';

-- Webhooks -----------------------------------------------------------------------------------

CREATE TABLE ledger.webhooks (
    webhook_number bigint PRIMARY KEY,
    url text NOT NULL,
    secret text NOT NULL,
    types jsonb CHECK (jsonb_typeof(types) = 'array'),
    account_id text COLLATE "C",
    after bigint NOT NULL,
    queued bigint NOT NULL,
    created_at bigint NOT NULL,
    secret_before text,
    secret_until bigint,
    paused_at bigint,
    paused_reason text,
    failing_since bigint
);
COMMENT ON TABLE ledger.webhooks IS
    'Where events are sent: all, or those of some types, of one account. Kept like events in one '
    'place; webhook_number 7 is shown as webhook7.';
COMMENT ON COLUMN ledger.webhooks.after IS 'It wants none of the events up to this event_id.';
COMMENT ON COLUMN ledger.webhooks.queued IS
    'Up to this event_id, those that it wants are in ledger.webhook_deliveries.';
COMMENT ON COLUMN ledger.webhooks.secret_before IS
    'The secret before the last rotation, which signs as well until secret_until (ms).';
COMMENT ON COLUMN ledger.webhooks.paused_at IS
    'When it was paused, ms; NULL: it is not. While it is, nothing is queued or sent.';
COMMENT ON COLUMN ledger.webhooks.failing_since IS
    'When the first delivery failed after the last success, ms; NULL: the last one succeeded.';

CREATE TABLE ledger.webhook_deliveries (
    account_id text COLLATE "C" NOT NULL,
    webhook_number bigint NOT NULL,
    event_id bigint NOT NULL,
    status text NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'delivered', 'skipped')),
    attempts bigint NOT NULL DEFAULT 0,
    next_attempt_at bigint,
    last_attempt_at bigint,
    last_status bigint,
    last_error text,
    delivered_at bigint,
    version bigint,
    claimed_by bigint,
    claimed_until bigint,
    PRIMARY KEY (account_id, webhook_number, event_id)
)
WITH (fillfactor = 70);  -- what claims one finds room beside it, so that no index is touched
CREATE INDEX webhook_deliveries_by_event
ON ledger.webhook_deliveries (webhook_number, event_id);
CREATE INDEX webhook_deliveries_pending
ON ledger.webhook_deliveries (webhook_number, account_id, event_id) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_time
ON ledger.webhook_deliveries (webhook_number, next_attempt_at)
WHERE status = 'pending' AND next_attempt_at IS NOT NULL;
COMMENT ON TABLE ledger.webhook_deliveries IS 'One row per webhook and event that it wants.';
COMMENT ON COLUMN ledger.webhook_deliveries.next_attempt_at IS
    'When it is sent, again or at all; NULL while one of the same account goes before it.';
COMMENT ON COLUMN ledger.webhook_deliveries.version IS
    'The leg of account_id that the event tells of; NULL: queued by a release that did not say.';
COMMENT ON COLUMN ledger.webhook_deliveries.claimed_by IS
    'The worker that is sending it; when that is dead, it is free.';
COMMENT ON COLUMN ledger.webhook_deliveries.claimed_until IS
    'When it is free at the latest, ms. In no index, so that claiming one touches none.';

-- Workers ------------------------------------------------------------------------------------

CREATE TABLE ledger.worker_heartbeats (
    worker_number bigint PRIMARY KEY,
    name text NOT NULL,
    version text NOT NULL,
    started_at bigint NOT NULL,
    beat_at bigint NOT NULL,
    believed_until bigint NOT NULL
);
COMMENT ON TABLE ledger.worker_heartbeats IS
    'One row per worker that runs; one that has not said so by believed_until is dead.';

-- API keys -----------------------------------------------------------------------------------

CREATE TABLE ledger.api_keys (
    name text COLLATE "C" PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('teller', 'operator', 'auditor')),
    accounts text[],
    secret_hash bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint
);
COMMENT ON TABLE ledger.api_keys IS
    'Who may come in through a web server: by a secret, as one of the roles. None is ever removed.';
COMMENT ON COLUMN ledger.api_keys.accounts IS
    'The only accounts it is for: ids, and prefixes with a * at their end; NULL: all.';
COMMENT ON COLUMN ledger.api_keys.secret_hash IS 'SHA-256 of the secret, which is nowhere else.';

-- Sessions -----------------------------------------------------------------------------------

CREATE TABLE ledger.sessions (
    session_hash bytea PRIMARY KEY CHECK (octet_length(session_hash) = 32),
    api_key text COLLATE "C" NOT NULL REFERENCES ledger.api_keys (name),
    begun_at bigint NOT NULL,
    used_at bigint NOT NULL
);
CREATE INDEX sessions_of_key ON ledger.sessions (api_key, begun_at);
CREATE INDEX sessions_by_use ON ledger.sessions (used_at);
COMMENT ON TABLE ledger.sessions IS
    'Who has signed in to a web server''s console. No part of the books: nothing seals it.';
COMMENT ON COLUMN ledger.sessions.session_hash IS
    'SHA-256 of the secret in the cookie, which is nowhere else.';
COMMENT ON COLUMN ledger.sessions.api_key IS 'With which key it was begun; it may what that may.';
COMMENT ON COLUMN ledger.sessions.used_at IS 'When it was used last, ms, to a minute.';

-- Refusals -----------------------------------------------------------------------------------

CREATE TABLE ledger.refused_requests (
    refusal_id bigint PRIMARY KEY,
    refused_at bigint NOT NULL,
    status bigint NOT NULL,
    request_id text NOT NULL,
    method text NOT NULL,
    route text,
    code text NOT NULL,
    actor text,
    account_ids text[] NOT NULL,
    detail json NOT NULL,
    caller text,
    number bigint NOT NULL
);
CREATE UNIQUE INDEX refused_requests_of_strangers
ON ledger.refused_requests (number) WHERE actor IS NULL;
CREATE UNIQUE INDEX refused_requests_of_others
ON ledger.refused_requests (number) WHERE actor IS NOT NULL;
COMMENT ON TABLE ledger.refused_requests IS
    'Requests that web servers have refused lately, as they tell it. No part of the books: nothing '
    'seals it, and what is older goes.';
COMMENT ON COLUMN ledger.refused_requests.actor IS
    'The login, and after a slash the API key; NULL where nobody knows who it was.';
COMMENT ON COLUMN ledger.refused_requests.account_ids IS
    'Those that the request names, and that of the refusal, whether they exist or not.';
COMMENT ON COLUMN ledger.refused_requests.caller IS
    'Of actor, whom the login let in: the name of an API key, or token/ and that of a token.';
COMMENT ON COLUMN ledger.refused_requests.number IS
    'Among those of strangers, whose actor is NULL, or among all others: each kind is counted by '
    'itself, so that none drives out the other.';

CREATE TABLE ledger.refusal_counter (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    newest bigint NOT NULL,
    known bigint NOT NULL DEFAULT 0,
    strangers bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE ledger.refusal_counter IS
    'The refusal_id given last; its lock has whoever writes refusals.';
COMMENT ON COLUMN ledger.refusal_counter.known IS
    'The number given last to one of somebody who was known.';
COMMENT ON COLUMN ledger.refusal_counter.strangers IS
    'The number given last to one of a stranger.';
INSERT INTO ledger.refusal_counter (newest) VALUES (0);

-- Proofs -------------------------------------------------------------------------------------

CREATE TABLE ledger.proof_counter (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    newest bigint NOT NULL
);
COMMENT ON TABLE ledger.proof_counter IS
    'The proof_number given last; its lock has whoever decides whether a proof is due.';
INSERT INTO ledger.proof_counter (newest) VALUES (0);

CREATE TABLE ledger.proofs (
    proof_number bigint PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('verification', 'digest', 'digest_handed_out')),
    begun_at bigint NOT NULL,
    lost_at bigint NOT NULL,
    ended_at bigint,
    violations bigint,
    clean boolean,
    actor text NOT NULL,
    sha256 text,
    finding text,
    legs_seen bigint,
    legs bigint,
    checks json
);
CREATE INDEX proofs_of_kind ON ledger.proofs (kind, proof_number);
COMMENT ON TABLE ledger.proofs IS
    'When the ledger was verified, and digests were taken, and what came of it, as those tell who '
    'did it. No part of the books: nothing seals it.';
COMMENT ON COLUMN ledger.proofs.kind IS
    'A digest is one that was kept, as whoever took it tells; of one that was handed out nobody '
    'knows.';
COMMENT ON COLUMN ledger.proofs.lost_at IS
    'When it is taken for lost, ms, unless it has ended before.';
COMMENT ON COLUMN ledger.proofs.clean IS
    'Whether all was well; NULL while it goes on, and where it could not be done.';
COMMENT ON COLUMN ledger.proofs.legs_seen IS
    'How many entries have been looked at, as whoever does it tells; NULL where nobody has told.';
COMMENT ON COLUMN ledger.proofs.legs IS 'Of how many; NULL where nobody has told.';
COMMENT ON COLUMN ledger.proofs.checks IS
    'Of a verification, what bank.verify_ledger answered, as whoever did it tells.';

-- Turnovers ----------------------------------------------------------------------------------

CREATE TABLE ledger.turnovers (
    every text COLLATE "C" NOT NULL CHECK (every IN ('minute', 'hour', 'day', 'ever')),
    since bigint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    house text COLLATE "C" NOT NULL,
    legs bigint NOT NULL,
    transactions bigint NOT NULL,
    debits numeric NOT NULL,
    credits numeric NOT NULL,
    PRIMARY KEY (every, since, currency, operation, house)
)
WITH (fillfactor = 70);  -- the newest change with every run, and find room beside them
COMMENT ON TABLE ledger.turnovers IS
    'What the legs of each period come to, those that have their event_ids up to '
    'ledger.turnover_mark. By timestamp, in UTC. Minutes are kept for two days and hours for 93, '
    'counted back from the newest leg.';
COMMENT ON COLUMN ledger.turnovers.since IS 'Where the period begins, ms; 0 of what is for ever.';
COMMENT ON COLUMN ledger.turnovers.house IS
    'The house account on the other side; empty between customers, and where nothing moved.';
COMMENT ON COLUMN ledger.turnovers.transactions IS
    'How many of the legs are the first of their transaction.';
COMMENT ON COLUMN ledger.turnovers.debits IS
    'What went out of accounts, minor units; many legs may come to more than a bigint holds.';
COMMENT ON COLUMN ledger.turnovers.credits IS 'What came into accounts, minor units.';

CREATE TABLE ledger.turnover_mark (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    event_id bigint NOT NULL,
    recorded_at bigint NOT NULL
);
COMMENT ON TABLE ledger.turnover_mark IS
    'Up to which event the legs are in ledger.turnovers: the newest one, but after the upgrade '
    'that brought this table, while bank.number_events catches up.';
COMMENT ON COLUMN ledger.turnover_mark.recorded_at IS
    'The newest recorded_at of these legs, ms: how long minutes and hours are kept counts from it.';
INSERT INTO ledger.turnover_mark (event_id, recorded_at) VALUES (0, 0);

-- Guards -------------------------------------------------------------------------------------
-- Privileges keep everybody but the owner out; these stop the owner's own slips. They fire on no
-- path that a function of the bank takes.

CREATE FUNCTION ledger.refuse_change()
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

CREATE TRIGGER append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.ledger_transactions
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.currencies
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.accounts
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.payments
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.holds
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.rewinds
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.reversals
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.migrations
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.event_batches
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.cashback_policies
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.settings
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.event_sequencer
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.turnover_mark
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.account_texts
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_changed
BEFORE UPDATE OR TRUNCATE ON ledger.collected_credits
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.idempotency_keys
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
-- A batch claims its key before it is answered.
CREATE TRIGGER never_changed
BEFORE UPDATE ON ledger.idempotency_keys
FOR EACH ROW WHEN (old.response IS NOT NULL) EXECUTE FUNCTION ledger.refuse_change();
