-- Tests of engine.may_have_come.
BEGIN;
SELECT plan(13);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.may_have_come'::regproc),
    'waiting_for xid8[], snapshot pg_snapshot', 'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.may_have_come'::regproc), 'boolean', 'what it returns');
SELECT volatility_is('engine', 'may_have_come', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'may_have_come', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.may_have_come'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works: 100 and 105 are in progress, 110 is not given out yet
SELECT is(
    engine.may_have_come(x.waiting_for::xid8[], '100:110:100,105'), x.expected, x.told
)
FROM (VALUES
    ('{100}', false, 'not while who is waited for is in progress'),
    ('{100,105}', false, 'nor while all of them are'),
    ('{100,104}', true, 'but when one has ended'),
    ('{99}', true, 'also one that ended long ago'),
    ('{110}', true, 'nobody waits for an xid of another server'),
    (NULL, true, 'who is not known may have ended'),
    ('{}', false, 'nobody brings nothing'),
    ('{100,NULL}', true, 'nobody waits for who is none')
) AS x (waiting_for, expected, told);

SELECT * FROM finish();
ROLLBACK;
