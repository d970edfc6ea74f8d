-- Tests of engine.refused.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refused'::regproc),
    'account_id text, since bigint, until bigint, code text, actor text, request_id text, '
    || '"limit" bigint, after bigint, "order" text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refused'::regproc), 'SETOF bank.refusal', 'what it returns'
);
SELECT volatility_is('engine', 'refused', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refused', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refused'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE TEMP TABLE seen AS SELECT c.newest FROM ledger.refusal_counter AS c;
SELECT bank.note_refusals(json_agg(json_build_object(
    'refused_at', n, 'request_id', 'r' || n, 'method', 'GET', 'status', 409, 'code', 'x',
    'account_ids', '{}'::text[], 'detail', json_build_object()
)))
FROM generate_series(1, 3) AS n;

-- Works
SELECT results_eq(
    $$SELECT r.refused_at FROM engine.refused(
        NULL, NULL, NULL, NULL, NULL, NULL, NULL, (SELECT s.newest FROM seen AS s), 'asc'
    ) AS r$$, ARRAY[1, 2, 3]::bigint[], 'in their order'
);
SELECT results_eq(
    $$SELECT r.refused_at FROM engine.refused(
        NULL, NULL, NULL, NULL, NULL, NULL, 1, (SELECT s.newest + 3 FROM seen AS s), 'desc'
    ) AS r$$, ARRAY[2]::bigint[], 'backwards'
);
SELECT results_eq(
    $$SELECT r.refused_at FROM engine.refused(
        NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL, 'desc'
    ) AS r$$, ARRAY[3]::bigint[], 'from the end'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.refused(NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 'asc')$$, 'TL007',
    'invalid_argument', 'a limit that is none'
);
SELECT throws_ok(
    $$SELECT engine.refused(NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL, 'x')$$, 'TL007',
    'invalid_argument', 'an order that is none'
);
SELECT throws_ok(
    $$SELECT engine.refused(NULL, -1, NULL, NULL, NULL, NULL, 1, NULL, 'asc')$$, 'TL003',
    'invalid_timestamp', 'a time that is none'
);
SELECT throws_ok(
    $$SELECT engine.refused(NULL, 2, 1, NULL, NULL, NULL, 1, NULL, 'asc')$$, 'TL020',
    'invalid_period', 'a period that ends before it begins'
);

SELECT * FROM finish();
ROLLBACK;
