-- list_transactions: an account's history, oldest first, as of a moment.
--
--   Returns  at most limit lines whose version is above `after`, in posting order, which is also
--            the order of (timestamp, transaction_id); cashback due by the moment but still
--            unposted comes last, with deposited false, no hash and the version it will get; so do
--            expiries of holds, and credits that a collecting account has not folded yet
--   Errors   invalid_argument (limit), invalid_timestamp, account_not_found
CREATE OR REPLACE FUNCTION bank.list_transactions(
    account_id text,
    "timestamp" bigint DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL
)
RETURNS SETOF bank.history_line
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_account ledger.accounts;
    v_timestamp bigint;
    v_version bigint;
    v_after bigint := greatest(list_transactions.after, 0);  -- 0 for NULL too
BEGIN
    PERFORM bank._check_limit("limit");
    PERFORM bank._check_timestamp(list_transactions."timestamp");
    v_account := bank._read_account(list_transactions.account_id);
    v_timestamp := coalesce(
        list_transactions."timestamp", greatest(bank._now(), v_account.last_timestamp)
    );
    v_version := bank._version_at(v_account, v_timestamp);

    RETURN QUERY
    SELECT
        t.transaction_id,
        t."timestamp",
        t.recorded_at,
        t.operation,
        t.amount::bigint,
        t.balance_after::bigint,
        t.contra_account_id,
        t.payment_ref,
        CASE WHEN t.operation = 'cashback' THEN true END,
        t.reverses,
        t.metadata,
        t.details,
        t.version,
        encode(t.hash, 'hex')
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = v_account.account_id
        AND t.version > v_after
        AND t.version <= v_version
    ORDER BY t.version
    LIMIT list_transactions."limit";

    IF least(v_account.next_cashback_due, v_account.next_hold_expiry) <= v_timestamp
        OR v_account.collecting
    THEN
        RETURN QUERY
        SELECT u.*
        FROM bank._unposted(v_account, v_timestamp) AS u
        WHERE u.version > v_after
        ORDER BY u.version
        -- What the page has room for after the posted lines; greatest() would make 0 of no limit.
        LIMIT CASE WHEN list_transactions."limit" IS NOT NULL THEN
            greatest(list_transactions."limit" - greatest(v_version - v_after, 0), 0)
        END;
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_transactions(text, bigint, bigint, bigint) IS
    'History of an account up to timestamp (ms, default now), after the given version, at most '
    'limit lines (NULL: all). amount and balance_after in minor units. deposited is set for '
    'cashback only: false while it is due but unposted. Raises invalid_argument, '
    'invalid_timestamp, account_not_found.';
REVOKE ALL ON FUNCTION bank.list_transactions(text, bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_transactions(text, bigint, bigint, bigint)
TO bank_teller, bank_auditor;
