-- Tests of engine.check_claim.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_claim'::regproc),
    '"limit" bigint, lease_ms bigint, share bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.check_claim'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'check_claim', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_claim', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_claim'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok('SELECT engine.check_claim(1, 0, 1)', 'the least');
SELECT lives_ok('SELECT engine.check_claim(1000, 86400000, 1000)', 'the most');

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_claim(%L, %L, %L)', c.most, c.lease, c.share), 'TL007', 'invalid_argument',
    format('refuses %s, %s, %s', c.most, c.lease, c.share)
) FROM (
    VALUES (0, 1, 1), (1001, 1, 1), (NULL, 1, 1), (1, -1, 1), (1, 86400001, 1), (1, NULL, 1), (1, 1, 0), (1, 1, 1001),
    (1, 1, NULL)
) AS c (most, lease, share);

SELECT * FROM finish();
ROLLBACK;
