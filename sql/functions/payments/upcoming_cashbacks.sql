-- upcoming_cashbacks: what cashback is to come, by currency and day: pending cashbacks, summed up.
--
--   Returns  a row per part of time and currency in which something is due, in that order: what is
--            overdue, the rest of today, each day after it, and what comes later
--   Errors   limited_to_accounts, invalid_argument (time_zone, days)
--
-- Days are those of the calendar in the time zone, today is the first of them. Each part is a range
-- of the index of pending cashbacks, added up as if all were in the currency that most of the next
-- hundred are in. Those of accounts in others are looked up, and taken off again: to look up and
-- group all of them takes three times as long. Planned for each call: the plan for any currency
-- takes twice as long.
CREATE OR REPLACE FUNCTION bank.upcoming_cashbacks(
    time_zone text DEFAULT 'UTC', days bigint DEFAULT 30
)
RETURNS SETOF bank.upcoming_cashback
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
SET plan_cache_mode = force_custom_plan
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_today date;
    v_since bigint[];  -- when each part begins
    v_usual text := (
        SELECT mode() WITHIN GROUP (ORDER BY a.currency)
        FROM (
            SELECT q.account_id
            FROM ledger.payments AS q
            WHERE q.cashback_status = 'pending'
            ORDER BY q.cashback_due_at
            LIMIT 100
        ) AS p
        CROSS JOIN LATERAL (
            SELECT o.currency FROM ledger.accounts AS o WHERE o.account_id = p.account_id LIMIT 1
        ) AS a
    );
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_time_zone(time_zone);
    IF (days BETWEEN 1 AND 366) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'days', 'value', days, 'expected', '1 to 366'
        ));
    END IF;
    v_today := to_timestamp(v_now / 1000) AT TIME ZONE time_zone;

    v_since := ARRAY[0, v_now] || ARRAY(
        SELECT engine.day_begins(v_today + n, time_zone)
        FROM generate_series(1, upcoming_cashbacks.days::integer) AS n
        ORDER BY n
    );

    RETURN QUERY
    WITH others AS MATERIALIZED (
        SELECT
            width_bucket(p.cashback_due_at, v_since) AS part,
            a.currency,
            count(*) AS count,
            sum(p.cashback) AS amount
        FROM ledger.accounts AS a
        INNER JOIN ledger.payments AS p ON a.account_id = p.account_id
        WHERE a.currency <> v_usual AND p.cashback_status = 'pending'
        GROUP BY 1, 2
    )

    SELECT
        nullif(v_since[due.part], 0),
        v_since[due.part + 1],
        due.currency,
        sum(due.count)::bigint,
        sum(due.amount)
    FROM (
        SELECT s.part, v_usual AS currency, u.count, u.amount
        FROM unnest(v_since) WITH ORDINALITY AS s (since, part)
        CROSS JOIN LATERAL (
            SELECT count(*), sum(p.cashback)
            FROM ledger.payments AS p
            WHERE p.cashback_due_at >= s.since
                AND p.cashback_due_at < coalesce(v_since[s.part + 1], 9223372036854775807)
                AND p.cashback_status = 'pending'
        ) AS u (count, amount)
        UNION ALL
        SELECT o.part, v_usual, -o.count, -o.amount FROM others AS o
        UNION ALL
        SELECT o.part, o.currency, o.count, o.amount FROM others AS o
    ) AS due
    GROUP BY due.part, due.currency
    HAVING sum(due.count) > 0
    ORDER BY due.part, due.currency;
END;
$function$;

COMMENT ON FUNCTION bank.upcoming_cashbacks(text, bigint) IS
    'What cashback is to come, by currency and day: pending cashbacks, summed up. First what is '
    'overdue, which a worker has yet to post; then the rest of today, each day after it as the '
    'calendar of the time zone has it, and at last all that comes after these days. Where nothing '
    'is due there is no row.';
REVOKE ALL ON FUNCTION bank.upcoming_cashbacks(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.upcoming_cashbacks(text, bigint) TO bank_operator, bank_auditor;
