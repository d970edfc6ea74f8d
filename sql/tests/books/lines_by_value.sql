-- Tests of engine.lines_by_value.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.lines_by_value'::regproc),
    'account ledger.accounts, since bigint, until bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.lines_by_value'::regproc), 'SETOF bank.history_line',
    'what it returns'
);
SELECT volatility_is('engine', 'lines_by_value', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'lines_by_value', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.lines_by_value'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given legs that count in another order than they were posted in, a hold and a cashback that are
-- due, and collected credits
DO $given$
BEGIN
    PERFORM bank.create_account_at('lines.shop', "timestamp" => 1000);
    PERFORM bank.create_account_at('lines.payer', "timestamp" => 1000);
    PERFORM bank.deposit_at('lines.payer', 1000, "timestamp" => 1000);
    PERFORM bank.deposit_at('lines.shop', 1000, 5000, "timestamp" => 2000);
    PERFORM bank.deposit_at('lines.shop', 200, 500, "timestamp" => 2000);
    PERFORM bank.pay_at('lines.shop', 100, value_at => 2000, "timestamp" => 3000);
    PERFORM bank.withdraw_at('lines.shop', 1, "timestamp" => 3000);
    PERFORM bank.hold_at('lines.shop', 10, 86402999, "timestamp" => 3000);
    PERFORM bank.set_collecting('lines.shop', true, "timestamp" => 3000);
    PERFORM bank.transfer_at('lines.payer', 'lines.shop', 7, 500, "timestamp" => 4000);
    PERFORM bank.transfer_at('lines.payer', 'lines.shop', 8, "timestamp" => 4000);
END;
$given$;
CREATE FUNCTION pg_temp.lines(since bigint, until bigint) RETURNS text LANGUAGE sql AS $function$
    SELECT string_agg(
        format('%s %s=%s at %s', l.operation, l.amount, l.balance_after, l.value_at), ', ' ORDER BY l.nr
    )
    FROM (
        SELECT v.*, row_number() OVER () AS nr
        FROM engine.lines_by_value(engine.read_account('lines.shop'), since, until) AS v
    ) AS l
$function$;
CREATE TEMP TABLE expected AS SELECT e.* FROM (
    VALUES (0::bigint, 500::bigint, NULL),
    (0, 501, 'deposit 200=200 at 500, transfer 7=207 at 500'),
    (501, 2000, 'open 0=207 at 1000'),
    (2000, 2001, 'pay -100=107 at 2000'),
    (2001, 5000,
        'withdraw -1=106 at 3000, hold 0=106 at 3000, set_collecting 0=106 at 3000, '
        'transfer 8=114 at 4000'),
    (5000, 86402999, 'deposit 1000=1114 at 5000'),
    (86402999, 86403000, 'expire_hold 0=1114 at 86402999'),
    (86403000, 86403001, 'cashback 2=1116 at 86403000'),
    (86403001, 9007199254740992, NULL)
) AS e (since, until, lines);

-- Works
SELECT is(pg_temp.lines(e.since, e.until), e.lines, format('%s to %s', e.since, e.until))
FROM expected AS e;
CREATE TEMP TABLE shown AS
SELECT l.* FROM engine.lines_by_value(engine.read_account('lines.shop'), 0, 9007199254740992) AS l;
SELECT is_empty(
    $$
        SELECT to_jsonb(s) - 'balance_after' FROM shown AS s
        EXCEPT
        SELECT to_jsonb(l) - 'balance_after'
        FROM bank.list_transactions('lines.shop', 86403000) AS l
    $$, 'each is a line of list_transactions, but for the balance after it'
);
SELECT is(
    count(*), (SELECT count(*) FROM bank.list_transactions('lines.shop', 86403000)), 'none is missing'
) FROM shown AS s;
DO $settle$
BEGIN
    PERFORM bank.set_collecting('lines.shop', false, "timestamp" => 86403000);
END;
$settle$;
SELECT is_empty(
    $$
        SELECT e.* FROM expected AS e
        WHERE pg_temp.lines(e.since, e.until) IS DISTINCT FROM e.lines AND e.since < 86403000
    $$, 'all the same once it is folded and settled'
);
SET LOCAL ROLE bank_teller;
SELECT is(
    (SELECT count(*) FILTER (WHERE l ->> 'actor' IS NOT NULL)
    FROM bank.get_statement('lines.shop', by => 'value_at') AS s
    CROSS JOIN LATERAL json_array_elements(s.transactions) AS l),
    0::bigint, 'a teller does not see who posted them'
);
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
