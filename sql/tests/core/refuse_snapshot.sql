-- Tests of engine.refuse_snapshot, in a transaction of each isolation.
BEGIN;
SELECT plan(6);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_snapshot'::regproc), '', 'it has no arguments'
);
SELECT is(pg_get_function_result('engine.refuse_snapshot'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'refuse_snapshot', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_snapshot', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_snapshot'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works; what it refuses is tried by tests/test_interleavings.py, which may set the isolation
SELECT lives_ok('SELECT engine.refuse_snapshot()', 'read committed sees what there is');

SELECT * FROM finish();
ROLLBACK;
