-- Tests of engine.customers_of.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.customers_of'::regproc),
    'postings engine.posting[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.customers_of'::regproc), 'text[]', 'what it returns'
);
SELECT volatility_is('engine', 'customers_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'customers_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.customers_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given postings as texts: source, target, amount
CREATE FUNCTION pg_temp.postings(VARIADIC sides text[]) RETURNS engine.posting[]
LANGUAGE sql AS $function$
    SELECT array_agg(ROW(
        s.number, split_part(s.side, ' ', 1), split_part(s.side, ' ', 2),
        nullif(split_part(s.side, ' ', 3), '')::bigint, NULL
    )::engine.posting ORDER BY s.number)
    FROM unnest(sides) WITH ORDINALITY AS s (side, number)
$function$;

-- Works
SELECT is(
    engine.customers_of(pg_temp.postings('bob alice', '@external Bob', 'alice @fees', 'bob Zoe')),
    ARRAY['Bob', 'Zoe', 'alice', 'bob'], 'each once, in byte order, without the house'
);
SELECT is(engine.customers_of('{}'), '{}', 'of nothing there are none');

SELECT * FROM finish();
ROLLBACK;
