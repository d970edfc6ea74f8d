-- list_transactions: an account's history, oldest first, as of a moment.
--
--   Returns  at most limit lines whose version is above `after` and that pass every filter given,
--            in posting order, which is also the order of (timestamp, transaction_id), but for the
--            older ids of folded credits; cashback due
--            by the moment but still unposted comes last, with deposited false, no hash and the
--            version it will get; so do expiries of holds, and credits that a collecting account
--            has not folded yet
--   Errors   invalid_argument (limit), invalid_timestamp (timestamp, since, until), invalid_period,
--            invalid_metadata, invalid_argument (operation), account_not_found
--
-- The moment is the end of the period where only that is given. since and until become versions,
-- and every other filter is tried line by line on that range of the primary key: no filter changes
-- the order or needs an index of its own, and `after` goes on where a page ended. The planner
-- cannot know how many lines pass and would read and sort the whole range to give one page of it,
-- so it may not sort; and as it counts the sort that the few unposted lines need all the same as
-- endlessly expensive, it may not compile for that either.
CREATE OR REPLACE FUNCTION bank.list_transactions(
    account_id text,
    "timestamp" bigint DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL,
    operation text DEFAULT NULL,
    amount_min bigint DEFAULT NULL,
    amount_max bigint DEFAULT NULL,
    since bigint DEFAULT NULL,
    until bigint DEFAULT NULL,
    contra_account_id text DEFAULT NULL,
    payment_ref text DEFAULT NULL,
    metadata jsonb DEFAULT NULL
)
RETURNS SETOF bank.history_line
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_sort = off
SET jit = off
AS $function$
DECLARE
    v_account ledger.accounts;
    v_timestamp bigint;
    v_version bigint;
    v_after bigint;
    v_found bigint;
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_timestamp(list_transactions."timestamp");
    PERFORM engine.check_period(since, until);
    PERFORM engine.refuse_request(1, list_transactions.metadata, NULL);
    IF list_transactions.operation IS NOT NULL THEN
        PERFORM engine.check_operation('operation', list_transactions.operation);
    END IF;
    v_account := engine.read_account(list_transactions.account_id);
    v_timestamp := least(list_transactions."timestamp", until - 1);  -- NULL where both are
    v_timestamp := coalesce(v_timestamp, greatest(engine.now(), v_account.last_timestamp));
    v_version := engine.version_at(v_account, v_timestamp);
    v_after := greatest(list_transactions.after, engine.version_at(v_account, since - 1), 0);

    RETURN QUERY
    SELECT l.*
    FROM ledger.ledger_transactions AS t
    CROSS JOIN LATERAL engine.as_line(t) AS l
    WHERE t.account_id = v_account.account_id
        AND t.version > v_after
        AND t.version <= v_version
        AND t.operation = coalesce(list_transactions.operation, t.operation)
        AND t.amount >= coalesce(amount_min, t.amount)
        AND t.amount <= coalesce(amount_max, t.amount)
        AND (
            list_transactions.contra_account_id IS NULL
            OR t.contra_account_id = list_transactions.contra_account_id
        )
        AND (
            list_transactions.payment_ref IS NULL
            OR t.payment_ref = list_transactions.payment_ref
        )
        AND (list_transactions.metadata IS NULL OR t.metadata @> list_transactions.metadata)
    ORDER BY t.version
    LIMIT list_transactions."limit";
    GET DIAGNOSTICS v_found = ROW_COUNT;

    IF v_account.next_due_at <= v_timestamp
        OR v_account.collecting
    THEN
        RETURN QUERY
        SELECT u.*
        FROM engine.unposted(v_account, v_timestamp) AS u
        WHERE u.version > v_after
            AND u."timestamp" >= coalesce(since, 0)
            AND u.operation = coalesce(list_transactions.operation, u.operation)
            AND u.amount >= coalesce(amount_min, u.amount)
            AND u.amount <= coalesce(amount_max, u.amount)
            AND (
                list_transactions.contra_account_id IS NULL
                OR u.contra_account_id = list_transactions.contra_account_id
            )
            AND (
                list_transactions.payment_ref IS NULL
                OR u.payment_ref = list_transactions.payment_ref
            )
            AND (list_transactions.metadata IS NULL OR u.metadata @> list_transactions.metadata)
        ORDER BY u.version
        -- What the page has room for after the posted lines; no limit stays none.
        LIMIT list_transactions."limit" - v_found;
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_transactions(
    text, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint, text, text, jsonb
) IS
    'An account''s history, oldest first, as of a moment. Those entries that pass every filter '
    'given. Cashback due by the moment comes last where it has not been posted. The moment is the '
    'end of the period where only that is given.';
REVOKE ALL ON FUNCTION bank.list_transactions(
    text, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint, text, text, jsonb
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_transactions(
    text, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint, text, text, jsonb
) TO bank_teller, bank_auditor;
