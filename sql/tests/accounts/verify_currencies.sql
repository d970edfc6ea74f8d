-- Tests of engine.verify_currencies.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_currencies'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_currencies'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_currencies', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_currencies', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_currencies'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
SELECT FROM bank.create_currency('TAP_VC', 3);
SET LOCAL session_replication_role = replica;  -- the guards are asleep
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        v_found := ARRAY(
            SELECT concat_ws(' ', v."check", v.account_id, v.found)
            FROM engine.verify_currencies() AS v ORDER BY v.found::text
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
SELECT is(pg_temp.found(c.damage), ARRAY[
    'currencies_logged @ledger ' || c.found
], c.damage) FROM (
    VALUES (
        'UPDATE ledger.currencies SET exponent = 0 WHERE currency = ''JPY'' OR currency = ''EUR''',
        '{"currency" : "EUR", "exponent" : 0, "logged" : 2}'
    ), (
        'UPDATE ledger.currencies SET exponent = 2 WHERE currency = ''TAP_VC''',
        '{"currency" : "TAP_VC", "exponent" : 2, "logged" : 3}'
    ), (
        'INSERT INTO ledger.currencies VALUES (''TAP_OWN'', 2)',
        '{"currency" : "TAP_OWN", "exponent" : 2, "logged" : null}'
    ), (
        'DELETE FROM ledger.currencies WHERE currency = ''TAP_VC''',
        '{"currency" : "TAP_VC", "exponent" : null, "logged" : 3}'
    )
) AS c (damage, found);

SELECT * FROM finish();
ROLLBACK;
