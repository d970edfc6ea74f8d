-- Tests of engine.check_credit.
BEGIN;
SELECT plan(14);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_credit'::regproc),
    'status text, reserved bigint, amount bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_credit'::regproc), 'text', 'what it returns'
);
SELECT volatility_is('engine', 'check_credit', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'check_credit', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_credit'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    engine.check_credit(c.status, c.reserved, c.amount), c.found, format('%s, %s and %s: %s',
        c.status, c.reserved, c.amount, coalesce(c.found, 'nothing'))
) FROM (
    VALUES ('active', 0::bigint, 9007199254740991, NULL),
    ('active', 1, 9007199254740991, 'balance_limit_exceeded'),
    ('active', 9007199254740991, 0, NULL),
    ('active', 9007199254740992, 0, 'balance_limit_exceeded'),
    ('active', -5, 9007199254740991, NULL),
    ('frozen', 0, 1, NULL),
    ('blocked', 0, 1, 'account_blocked'),
    ('closed', 9007199254740991, 1, 'account_closed'),
    (NULL, NULL, 1, NULL)
) AS c (status, reserved, amount, found);

SELECT * FROM finish();
ROLLBACK;
