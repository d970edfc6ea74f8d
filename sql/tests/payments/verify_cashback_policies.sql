-- Tests of engine.verify_cashback_policies.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_cashback_policies'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_cashback_policies'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_cashback_policies', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_cashback_policies', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_cashback_policies'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given one that is changed twice, and one where there was none
SELECT FROM bank.create_currency('TAP_VP', 2);
SELECT FROM bank.set_cashback_policy('TAP_VP', 300, 5, 7);
SELECT FROM bank.set_cashback_policy('CHF', 300);
SELECT FROM bank.set_cashback_policy('CHF', 100, 60000);
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        v_found := ARRAY(
            SELECT concat_ws(' ', v."check", v.account_id, v.found ->> 'currency')
            FROM engine.verify_cashback_policies() AS v ORDER BY v.found::text
        );
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;

-- Works
SELECT is(pg_temp.found('SELECT 1'), '{}', 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found(c.damage), ARRAY['cashback_policies_logged @ledger ' || c.currency], c.damage
) FROM (
    VALUES ('UPDATE ledger.cashback_policies SET rate_bps = 9999 WHERE currency = ''EUR''', 'EUR'),
    ('UPDATE ledger.cashback_policies SET delay_ms = 0 WHERE currency = ''CHF''', 'CHF'),
    ('UPDATE ledger.cashback_policies SET max_amount = 8 WHERE currency = ''TAP_VP''', 'TAP_VP'),
    ('DELETE FROM ledger.cashback_policies WHERE currency = ''TAP_VP''', 'TAP_VP')
) AS c (damage, currency);

SELECT * FROM finish();
ROLLBACK;
