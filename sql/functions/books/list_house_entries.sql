-- list_house_entries: what went through a house account such as @fees.
--
--   Returns  at most limit entries that follow `after` and pass every filter given, by transaction
--            and leg, each with the customer on its other side
--   Errors   limited_to_accounts, invalid_argument (house_account_id, limit, order, after,
--            operation), unknown_currency, invalid_timestamp (since, until), invalid_period
--
-- An index has the entries of each house account in this order, so that a page costs what it shows;
-- a filter is tried entry by entry, so one that few pass reads all. So is a period, since an entry
-- may be of an earlier time than one that it follows. In the plan there is to be no sort, as the
-- planner cannot know that, and no JIT, since it counts a sort as endlessly expensive.
CREATE OR REPLACE FUNCTION bank.list_house_entries(
    house_account_id text,
    currency text DEFAULT NULL,
    operation text DEFAULT NULL,
    since bigint DEFAULT NULL,
    until bigint DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after text DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.house_entry
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_sort = off
SET jit = off
AS $function$
DECLARE
    v_after bigint[] := CASE "order" WHEN 'desc' THEN '{9223372036854775807,0}' ELSE '{0,0}' END;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    PERFORM engine.check_period(since, until);
    IF (list_house_entries.house_account_id ~ '^@[a-z][a-z0-9_]{0,62}$') IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'house_account_id',
            'value', left(list_house_entries.house_account_id, 64),
            'expected', 'a house account such as @fees'
        ));
    END IF;
    IF list_house_entries.operation IS NOT NULL THEN
        PERFORM engine.check_operation('operation', list_house_entries.operation);
    END IF;
    IF list_house_entries.currency IS NOT NULL THEN
        PERFORM engine.check_currency(list_house_entries.currency);
    END IF;
    IF after IS NOT NULL THEN
        IF after !~ '^[1-9][0-9]{0,15}-[1-9][0-9]{0,4}$' THEN
            PERFORM engine.refuse('invalid_argument', json_build_object(
                'argument', 'after', 'value', left(after, 64), 'expected', 'an entry_id'
            ));
        END IF;
        v_after := string_to_array(after, '-')::bigint[];
    END IF;

    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT
            e.transaction_id || '-' || e.leg, e.transaction_id, e."timestamp",
            coalesce(e.value_at, e."timestamp"), e.operation, e.amount,
            (SELECT a.currency FROM ledger.accounts AS a WHERE a.account_id = e.account_id),
            e.account_id, e.payment_ref, e.refers_to, e.metadata, e.posting_metadata, e.details
        FROM engine.house_entries AS e
        WHERE e.house_account_id = list_house_entries.house_account_id
            AND e.house_account_id LIKE '@%'
            AND (e.transaction_id, e.leg) > (v_after[1], v_after[2])
            AND (list_house_entries.operation IS NULL OR e.operation = list_house_entries.operation)
            AND (since IS NULL OR e."timestamp" >= since)
            AND (until IS NULL OR e."timestamp" < until)
            AND (list_house_entries.currency IS NULL OR list_house_entries.currency = (
                SELECT a.currency FROM ledger.accounts AS a WHERE a.account_id = e.account_id
            ))
        ORDER BY e.transaction_id, e.leg
        LIMIT list_house_entries."limit";
    ELSE
        RETURN QUERY
        SELECT
            e.transaction_id || '-' || e.leg, e.transaction_id, e."timestamp",
            coalesce(e.value_at, e."timestamp"), e.operation, e.amount,
            (SELECT a.currency FROM ledger.accounts AS a WHERE a.account_id = e.account_id),
            e.account_id, e.payment_ref, e.refers_to, e.metadata, e.posting_metadata, e.details
        FROM engine.house_entries AS e
        WHERE e.house_account_id = list_house_entries.house_account_id
            AND e.house_account_id LIKE '@%'
            AND (e.transaction_id, e.leg) < (v_after[1], v_after[2])
            AND (list_house_entries.operation IS NULL OR e.operation = list_house_entries.operation)
            AND (since IS NULL OR e."timestamp" >= since)
            AND (until IS NULL OR e."timestamp" < until)
            AND (list_house_entries.currency IS NULL OR list_house_entries.currency = (
                SELECT a.currency FROM ledger.accounts AS a WHERE a.account_id = e.account_id
            ))
        ORDER BY e.transaction_id DESC, e.leg DESC
        LIMIT list_house_entries."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_house_entries(
    text, text, text, bigint, bigint, bigint, text, text
) IS
    'What went through a house account such as @fees. By transaction, each entry with the customer '
    'on its other side. Filters are tried entry by entry, the period too. What is being posted '
    'meanwhile may come in before the newest of them: whoever wants each entry once follows '
    'bank.list_events. What it comes to, bank.ledger_totals says.';
REVOKE ALL ON FUNCTION bank.list_house_entries(
    text, text, text, bigint, bigint, bigint, text, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_house_entries(
    text, text, text, bigint, bigint, bigint, text, text
) TO bank_operator, bank_auditor;
