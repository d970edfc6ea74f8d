-- Tests of engine.read_hold.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.read_hold'::regproc),
    'hold_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.read_hold'::regproc), 'ledger.holds', 'what it returns'
);
SELECT volatility_is('engine', 'read_hold', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'read_hold', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.read_hold'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('read_hold.alice');
    PERFORM bank.deposit('read_hold.alice', 10);
END;
$given$;
CREATE TEMP TABLE placed AS SELECT h.* FROM bank.hold('read_hold.alice', 10) AS h;

-- Works
SELECT is(
    (engine.read_hold(p.hold_id)).account_id, 'read_hold.alice', 'the row of the hold'
) FROM placed AS p;

-- Refuses
SELECT throws_ok(
    format('SELECT engine.read_hold(%L)', h.id), 'TL111', 'hold_not_found',
    'refuses ' || coalesce(quote_literal(h.id), 'NULL')
) FROM unnest(ARRAY['hold9999999999999999', 'hold0', NULL]) AS h (id);

SELECT * FROM finish();
ROLLBACK;
