-- upcoming_cashbacks: what cashback is to come, by currency and day: pending cashbacks, summed up.
--
--   Returns  a row per part of time and currency in which something is due, in that order: what is
--            overdue, the rest of today, each day after it, and what comes later
--   Errors   limited_to_accounts, invalid_argument (time_zone, days)
--
-- Days are those of the calendar in the time zone, today is the first of them. Each part is a range
-- of the index of pending cashbacks. Most accounts are in one currency, probably that of whom the
-- next one is for: so only accounts in others are looked up, which takes half the time.
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
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_today date;
    v_usual text := (
        SELECT a.currency
        FROM ledger.accounts AS a
        WHERE a.account_id = (
            SELECT p.account_id
            FROM ledger.payments AS p
            WHERE p.cashback_status = 'pending'
            ORDER BY p.cashback_due_at
            LIMIT 1
        )
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

    RETURN QUERY
    WITH ends AS (
        SELECT v_now AS until
        UNION ALL
        SELECT engine.day_begins(v_today + n, time_zone)
        FROM generate_series(1, upcoming_cashbacks.days::integer) AS n
        UNION ALL
        SELECT NULL
    ),

    parts AS (
        SELECT
            e.until,
            lag(e.until) OVER (ORDER BY e.until NULLS LAST) AS since
        FROM ends AS e
    )

    SELECT
        part.since,
        part.until,
        coalesce(a.currency, v_usual),
        count(*),
        sum(p.cashback)
    FROM parts AS part
    INNER JOIN ledger.payments AS p
        ON p.cashback_due_at >= coalesce(part.since, 0)
        AND p.cashback_due_at < coalesce(part.until, 9223372036854775807)
        AND p.cashback_status = 'pending'
    LEFT JOIN ledger.accounts AS a ON p.account_id = a.account_id AND a.currency <> v_usual
    GROUP BY part.since, part.until, coalesce(a.currency, v_usual)
    ORDER BY part.until NULLS LAST, coalesce(a.currency, v_usual);
END;
$function$;

COMMENT ON FUNCTION bank.upcoming_cashbacks(text, bigint) IS
    'What cashback is to come, by currency and day: pending cashbacks, summed up. First what is '
    'overdue, which a worker has yet to post; then the rest of today, each day after it as the '
    'calendar of the time zone has it, and at last all that comes after these days. Where nothing '
    'is due there is no row.';
REVOKE ALL ON FUNCTION bank.upcoming_cashbacks(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.upcoming_cashbacks(text, bigint) TO bank_operator, bank_auditor;
