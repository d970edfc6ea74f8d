-- Tests of engine.value_shift.
BEGIN;
SELECT plan(29);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.value_shift'::regproc),
    'account ledger.accounts, "timestamp" bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.value_shift'::regproc), 'engine.shift', 'what it returns');
SELECT volatility_is('engine', 'value_shift', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'value_shift', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.value_shift'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given legs that count before the account was opened, when they were posted, and later; and one
-- without a value date of its own
DO $given$
BEGIN
    PERFORM bank.create_account_at('shift.alice', "timestamp" => 1000);
    PERFORM bank.deposit_at('shift.alice', 7, 500, "timestamp" => 1000);
    PERFORM bank.deposit_at('shift.alice', 20, 3000, "timestamp" => 2000);
    PERFORM bank.deposit_at('shift.alice', 300, 2000, "timestamp" => 2000);
    PERFORM bank.deposit_at('shift.alice', 4000, "timestamp" => 2000);
    PERFORM bank.withdraw_at('shift.alice', 1, 0, "timestamp" => 2500);
    PERFORM bank.create_account_at('shift.plain', "timestamp" => 1000);
    PERFORM bank.deposit_at('shift.plain', 7, "timestamp" => 2000);
END;
$given$;
CREATE FUNCTION pg_temp.shift(t bigint, who text DEFAULT 'shift.alice') RETURNS text
LANGUAGE sql AS $function$
    SELECT concat_ws(' ', s.legs, s.amount)
    FROM engine.value_shift(engine.read_account(who), t) AS s
$function$;

-- Works
SELECT is(pg_temp.shift(c.t), c.shift, 'at ' || c.t) FROM (
    VALUES (-1, '0 0'), (0, '1 -1'), (499, '1 -1'), (500, '2 6'), (999, '2 6'), (1000, '1 -1'),
    (1999, '1 -1'), (2000, '0 -21'), (2499, '0 -21'), (2500, '-1 -20'), (2999, '-1 -20'),
    (3000, '0 0'), (9007199254740991, '0 0')
) AS c (t, shift);
SELECT is(
    pg_temp.shift(t.t, 'shift.plain'), '0 0', 'nothing where no leg has a value date, at ' || t.t
) FROM unnest(ARRAY[0, 1999, 2000, 9007199254740991]) AS t (t);

-- Works on what a collecting account has not folded yet: in time, and late, to be folded at 1000
DO $given$
BEGIN
    PERFORM bank.create_account_at('shift.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'shift.shop';
    PERFORM bank.transfer_at('shift.alice', 'shift.shop', 5, 600, "timestamp" => 4000);
    PERFORM bank.transfer_at('shift.alice', 'shift.shop', 60, "timestamp" => 4000);
    INSERT INTO ledger.collected_credits (
        transaction_id, leg, "timestamp", amount, value_at, account_id, operation,
        contra_account_id, actor
    )
    VALUES (2000000001, 1, 800, 100, 950, 'shift.shop', 'transfer', 'shift.alice', 'x');
END;
$given$;
CREATE TEMP TABLE before AS
SELECT m.t, pg_temp.shift(m.t, 'shift.shop') AS shift
FROM unnest(ARRAY[599, 600, 800, 949, 950, 999, 1000, 3999, 4000]) AS m (t);
SELECT is(b.shift, c.shift, 'collected, at ' || c.t) FROM (
    VALUES (599, '0 0'), (600, '1 5'), (949, '1 5'), (950, '2 105'), (1000, '1 5'), (4000, '0 0')
) AS c (t, shift)
INNER JOIN before AS b ON b.t = c.t;
DO $fold$
BEGIN
    PERFORM bank.set_collecting('shift.shop', false, "timestamp" => 4000);
END;
$fold$;
SELECT is_empty(
    $$SELECT b.* FROM before AS b WHERE b.shift <> pg_temp.shift(b.t, 'shift.shop')$$,
    'folded or not'
);

SELECT * FROM finish();
ROLLBACK;
