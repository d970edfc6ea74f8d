-- Tests of engine.check_order.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_order'::regproc), '"order" text', 'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.check_order'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'check_order', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_order', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_order'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT lives_ok(format('SELECT engine.check_order(%L)', o.o), 'takes ' || o.o)
FROM unnest(ARRAY['asc', 'desc']) AS o (o);

-- Refuses
SELECT throws_ok(
    format('SELECT engine.check_order(%L)', o.o), 'TL007', 'invalid_argument',
    'refuses ' || coalesce(quote_literal(o.o), 'NULL')
) FROM unnest(ARRAY['', 'DESC', ' asc', 'descending', NULL]) AS o (o);

SELECT * FROM finish();
ROLLBACK;
