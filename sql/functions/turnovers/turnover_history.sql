-- turnover_history: what moved in each period, by operation and house account, for charts.
--
--   Returns  a row per period, currency, operation and house account on the other side that had
--            any entries, oldest first: of periods that begin in since to before until
--   Errors   limited_to_accounts, invalid_argument (every), invalid_timestamp, invalid_period,
--            invalid_argument (until, since), unknown_currency
--
-- Entries count once they are numbered as events. A period that is not kept any more is refused,
-- since it would look as if nothing had moved.
CREATE OR REPLACE FUNCTION bank.turnover_history(
    since bigint, until bigint, every text DEFAULT 'day', currency text DEFAULT NULL
)
RETURNS SETOF bank.turnover
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    c_most CONSTANT bigint := 1500;
    v_period engine.periods;
    v_kept_since bigint;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_one_of('every', every, ARRAY['minute', 'hour', 'day', 'ever']);
    PERFORM engine.check_period(coalesce(since, -1), coalesce(until, -1));
    SELECT p.* INTO v_period FROM engine.periods AS p WHERE p.every = turnover_history.every;
    IF (until - since)::numeric > c_most * v_period.length::numeric THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'until', 'value', until,
            'expected', format('at most %s %ss after since', c_most, every)
        ));
    END IF;
    v_kept_since := (SELECT m.recorded_at - v_period.kept FROM ledger.turnover_mark AS m);
    IF (since + v_period.length - 1) / v_period.length * v_period.length < v_kept_since THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'since', 'value', since,
            'expected', format('%s or later, since when each %s is kept', v_kept_since, every)
        ));
    END IF;
    IF turnover_history.currency IS NOT NULL AND NOT EXISTS (
        SELECT FROM ledger.currencies AS c WHERE c.currency = turnover_history.currency
    ) THEN
        PERFORM engine.refuse(
            'unknown_currency', json_build_object('currency', turnover_history.currency)
        );
    END IF;

    RETURN QUERY
    SELECT
        t.since, t.since + v_period.length, t.currency, t.operation, nullif(t.house, ''),
        t.legs, t.transactions, t.debits, t.credits
    FROM ledger.turnovers AS t
    WHERE t.every = turnover_history.every
        AND t.since >= turnover_history.since
        AND t.since < turnover_history.until
        AND (turnover_history.currency IS NULL OR t.currency = turnover_history.currency)
    ORDER BY t.since, t.currency, t.operation, t.house;
END;
$function$;

COMMENT ON FUNCTION bank.turnover_history(bigint, bigint, text, text) IS
    'What moved in each period, by operation and house account, for charts. Of at most 1500 '
    'periods, by the timestamps of entries in UTC; without those of which there was nothing. '
    'Entries count once they are numbered as events.';
REVOKE ALL ON FUNCTION bank.turnover_history(bigint, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.turnover_history(bigint, bigint, text, text)
TO bank_operator, bank_auditor;
