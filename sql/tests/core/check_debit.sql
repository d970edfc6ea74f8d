-- Tests of engine.check_debit.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_debit'::regproc),
    'status text, available bigint, required bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_debit'::regproc), 'text', 'what it returns'
);
SELECT volatility_is('engine', 'check_debit', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'check_debit', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_debit'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.check_debit(c.status, c.available, c.required), c.found, format('%s, %s of %s: %s',
        c.status, c.required, c.available, coalesce(c.found, 'nothing'))
) FROM (
    VALUES ('active', 5::bigint, 5::bigint, NULL),
    ('active', 5, 6, 'insufficient_funds'),
    ('active', -1, 0, 'insufficient_funds'),
    ('frozen', 5, 6, 'account_frozen'),
    ('blocked', 5, 1, 'account_blocked'),
    ('closed', 5, 1, 'account_closed'),
    (NULL, NULL, 1, NULL)
) AS c (status, available, required, found);

SELECT * FROM finish();
ROLLBACK;
