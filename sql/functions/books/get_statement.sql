-- get_statement: what happened on an account in a period, and what it had before and after.
--
--   Returns  opening and closing balance, sums, totals per operation, and every line, as
--            bank.list_transactions lists them, by value_at as engine.lines_by_value does; with
--            what a person reads of each: local times, the operation in words, what it was for
--   Errors   invalid_argument (by, time_zone), invalid_timestamp, invalid_period,
--            account_not_found, statement_too_long
--
-- closing is the balance at until - 1, by the rule of every other read: cashback due by then counts
-- while it is unposted, also where until is in the future. So statements join: the closing of one
-- is the opening of the next. Without until it is all up to now.
--
-- A period that is not over when its statement is made gets more entries, so such a statement says
-- as of when it is. Without until that is always so: the millisecond that it ends with is not over.
CREATE OR REPLACE FUNCTION bank.get_statement(
    account_id text,
    since bigint DEFAULT 0,
    until bigint DEFAULT NULL,
    by text DEFAULT 'timestamp',
    time_zone text DEFAULT 'UTC'
)
RETURNS bank.statement
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    c_most CONSTANT bigint := 10000;
    v_now bigint := engine.now();
    v_account ledger.accounts;
    v_since bigint := coalesce(get_statement.since, 0);
    v_until bigint := get_statement.until;
    v_lines bigint;
    v_statement bank.statement;
BEGIN
    PERFORM engine.check_by(by);
    PERFORM engine.check_time_zone(get_statement.time_zone);
    PERFORM engine.check_period(v_since, v_until);
    v_account := engine.read_account(get_statement.account_id);
    IF v_until IS NULL THEN
        v_until := greatest(v_now + 1, v_account.last_timestamp + 1, v_since);
    END IF;

    v_lines := engine.version_at(v_account, v_until - 1)
        - engine.version_at(v_account, v_since - 1);
    IF by = 'value_at' THEN
        v_lines := v_lines
            + (engine.value_shift(v_account, v_until - 1)).legs
            - (engine.value_shift(v_account, v_since - 1)).legs;
    END IF;
    IF v_lines > c_most THEN
        PERFORM engine.refuse(
            'statement_too_long', json_build_object('lines', v_lines, 'most', c_most)
        );
    END IF;

    WITH entries AS (
        SELECT l.*
        FROM bank.list_transactions(
            v_account.account_id,
            "timestamp" => CASE WHEN get_statement.until IS NULL THEN v_until - 1 END,
            "limit" => NULL,
            since => v_since,
            until => get_statement.until
        ) AS l
        WHERE get_statement.by = 'timestamp'
        UNION ALL
        SELECT l.*
        FROM engine.lines_by_value(v_account, v_since, v_until) AS l
        WHERE get_statement.by = 'value_at'
    ),

    lines AS MATERIALIZED (
        SELECT
            e.*,
            engine.local_time(e."timestamp", get_statement.time_zone) AS "time",
            engine.local_time(e.value_at, get_statement.time_zone) AS value_time,
            coalesce(o.title, e.operation) AS title,
            coalesce(
                e.posting_metadata ->> 'description', e.metadata ->> 'description'
            ) AS description
        FROM entries AS e
        LEFT JOIN engine.operations AS o ON e.operation = o.operation
    )

    SELECT
        coalesce(sum(o.credits), 0),
        coalesce(sum(o.debits), 0),
        coalesce(json_agg(row_to_json(o) ORDER BY o.operation), '[]'),
        (
            SELECT coalesce(json_agg(
                row_to_json(l)
                ORDER BY CASE WHEN get_statement.by = 'value_at' THEN l.value_at END, l.version
            ), '[]')
            FROM lines AS l
        )
    INTO v_statement.credits, v_statement.debits, v_statement.totals, v_statement.transactions
    FROM (
        SELECT
            l.operation,
            count(*) AS count,
            coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS credits,
            coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0), 0) AS debits
        FROM lines AS l
        GROUP BY l.operation
    ) AS o;

    v_statement.account_id := v_account.account_id;
    v_statement.holder := v_account.metadata ->> 'name';
    v_statement.currency := v_account.currency;
    v_statement.exponent := coalesce((
        SELECT c.exponent FROM ledger.currencies AS c WHERE c.currency = v_account.currency
    ), 0);  -- @ledger is in none
    v_statement.since := v_since;
    v_statement.until := v_until;
    v_statement.time_zone := get_statement.time_zone;
    v_statement.opening_time := engine.local_time(v_since, get_statement.time_zone);
    v_statement.closing_time := engine.local_time(v_until - 1, get_statement.time_zone);
    IF v_until > v_now THEN
        v_statement.as_of := v_now;
        v_statement.as_of_time := engine.local_time(v_now, get_statement.time_zone);
    END IF;
    v_statement.opening := (engine.balance_at(v_account, v_since - 1, by)).balance;
    v_statement.closing := (engine.balance_at(v_account, v_until - 1, by)).balance;
    RETURN v_statement;
END;
$function$;

COMMENT ON FUNCTION bank.get_statement(text, bigint, bigint, text, text) IS
    'What happened on an account in a period, and what it had before and after. closing = opening '
    '+ credits - debits; the closing of one statement is the opening of the next. Cashback due by '
    'the end counts, whether or not it has been posted. All up to now unless told otherwise, '
    '10000 entries at most. as_of is there where the period is not over, so that more may follow. '
    'By value date, each leg counts from its value_at on.';
REVOKE ALL ON FUNCTION bank.get_statement(text, bigint, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.get_statement(text, bigint, bigint, text, text)
TO bank_teller, bank_auditor;
