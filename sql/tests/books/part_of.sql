-- Tests of engine.part_of.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.part_of'::regproc),
    'at bigint, since bigint, until bigint, parts bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.part_of'::regproc), 'bigint', 'what it returns');
SELECT volatility_is('engine', 'part_of', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'part_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.part_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(engine.part_of(p.at, 10, 20, 3), p.part, format('%s of 10 to 20 in 3', p.at))
FROM (VALUES (0::bigint, 0::bigint), (10, 0), (13, 1), (19, 2), (20, 3), (99, 3)) AS p (at, part);
SELECT is_empty(
    $$
        SELECT p.n, at.n FROM generate_series(1, 40) AS p (n)
        CROSS JOIN generate_series(100, 140) AS at (n)
        WHERE engine.part_of(at.n, 100, 140, p.n) <> (
            SELECT count(*) FROM generate_series(1, p.n) AS e (n) WHERE 100 + 40 * e.n / p.n <= at.n
        )
    $$, 'it is as many as have ended'
);

SELECT * FROM finish();
ROLLBACK;
