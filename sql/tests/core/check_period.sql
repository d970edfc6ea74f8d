-- Tests of engine.check_period.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_period'::regproc),
    'since bigint, until bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.check_period'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'check_period', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_period', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_period'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(
    format('SELECT engine.check_period(%L, %L)', p.since, p.until),
    format('takes %s to %s', coalesce(p.since, 'nothing'), coalesce(p.until, 'nothing'))
) FROM (
    VALUES ('0', '0'), ('0', '1'), ('9007199254740991', '9007199254740992'), (NULL, NULL), ('5', NULL),
    (NULL, '5')
) AS p (since, until);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_period(%s, %s)', p.since, p.until), p.code, p.name,
    format('refuses %s to %s', p.since, p.until)
) FROM (
    VALUES (-1, 0, 'TL003', 'invalid_timestamp'),
    (0, -1, 'TL003', 'invalid_timestamp'),
    (9007199254740992, 9007199254740992, 'TL003', 'invalid_timestamp'),
    (0, 9007199254740993, 'TL003', 'invalid_timestamp'),
    (2, 1, 'TL020', 'invalid_period')
) AS p (since, until, code, name);

SELECT * FROM finish();
ROLLBACK;
