-- list_transactions: an account's history, oldest first, as of a moment.
--
--   Returns  at most limit lines that follow version `after` and that pass every filter given, in
--            posting order, which is also the order of (timestamp, transaction_id), but for the
--            older ids of folded credits; or backwards; cashback due by the moment but still
--            unposted is the newest, with deposited false, no hash and the version it will get; so
--            are expiries of holds, and credits that a collecting account has not folded yet
--   Errors   invalid_argument (limit, order), invalid_timestamp (timestamp, since, until),
--            invalid_period, invalid_metadata, invalid_argument (operation), account_not_found
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
    metadata jsonb DEFAULT NULL,
    "order" text DEFAULT 'asc'
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
    v_before bigint := 9223372036854775807;
    v_found bigint := 0;
    v_unposted bigint := 0;
BEGIN
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
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
    v_after := CASE WHEN since > 0 THEN engine.version_at(v_account, since - 1) ELSE 0 END;
    IF "order" = 'asc' THEN
        v_after := greatest(v_after, list_transactions.after);
    ELSE
        v_before := coalesce(list_transactions.after, v_before);
    END IF;

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT l.*
        FROM ledger.ledger_transactions AS t
        CROSS JOIN LATERAL engine.as_line(t) AS l
        WHERE t.account_id = v_account.account_id
            AND t.version > v_after
            AND t.version <= v_version
            AND engine.passes(
                t.operation, t.amount, t.contra_account_id, t.payment_ref, t.metadata,
                list_transactions.operation, amount_min, amount_max,
                list_transactions.contra_account_id, list_transactions.payment_ref,
                list_transactions.metadata
            )
        ORDER BY t.version
        LIMIT list_transactions."limit";
        GET DIAGNOSTICS v_found = ROW_COUNT;
    END IF;

    IF v_account.next_due_at <= v_timestamp
        OR v_account.collecting
    THEN
        RETURN QUERY
        SELECT u.*
        FROM engine.unposted(v_account, v_timestamp) AS u
        WHERE u.version > v_after
            AND u.version < v_before
            AND u."timestamp" >= coalesce(since, 0)
            AND engine.passes(
                u.operation, u.amount, u.contra_account_id, u.payment_ref, u.metadata,
                list_transactions.operation, amount_min, amount_max,
                list_transactions.contra_account_id, list_transactions.payment_ref,
                list_transactions.metadata
            )
        ORDER BY CASE "order" WHEN 'asc' THEN u.version ELSE -u.version END
        -- What the page has room for after the posted lines; no limit stays none.
        LIMIT list_transactions."limit" - v_found;
        GET DIAGNOSTICS v_unposted = ROW_COUNT;
    END IF;

    IF "order" = 'desc' THEN
        RETURN QUERY
        SELECT l.*
        FROM ledger.ledger_transactions AS t
        CROSS JOIN LATERAL engine.as_line(t) AS l
        WHERE t.account_id = v_account.account_id
            AND t.version > v_after
            AND t.version < least(v_before, v_version + 1)
            AND engine.passes(
                t.operation, t.amount, t.contra_account_id, t.payment_ref, t.metadata,
                list_transactions.operation, amount_min, amount_max,
                list_transactions.contra_account_id, list_transactions.payment_ref,
                list_transactions.metadata
            )
        ORDER BY t.version DESC
        LIMIT list_transactions."limit" - v_unposted;
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_transactions(
    text, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint, text, text, jsonb, text
) IS
    'An account''s history, oldest first, as of a moment. Those entries that pass every filter '
    'given. Cashback due by the moment is the newest where it has not been posted. The moment is '
    'the end of the period where only that is given.';
REVOKE ALL ON FUNCTION bank.list_transactions(
    text, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint, text, text, jsonb, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_transactions(
    text, bigint, bigint, bigint, text, bigint, bigint, bigint, bigint, text, text, jsonb, text
) TO bank_teller, bank_auditor;
