-- Tests of engine.refuse_currencies.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_currencies'::regproc),
    'postings engine.posting[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_currencies'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_currencies', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_currencies', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_currencies'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;

-- Given postings as texts: source, target
CREATE FUNCTION pg_temp.postings(VARIADIC sides text[]) RETURNS engine.posting[]
LANGUAGE sql AS $function$
    SELECT array_agg(ROW(
        s.number, split_part(s.side, ' ', 1), split_part(s.side, ' ', 2),
        nullif(split_part(s.side, ' ', 3), '')::bigint, NULL
    )::engine.posting ORDER BY s.number)
    FROM unnest(sides) WITH ORDINALITY AS s (side, number)
$function$;
DO $given$
BEGIN
    PERFORM bank.create_account_at('cur.eur', "timestamp" => 1000);
    PERFORM bank.create_account_at('cur.eur2', "timestamp" => 1000);
    PERFORM bank.create_account_at('cur.jpy', 'JPY', "timestamp" => 1000);
    PERFORM bank.create_account_at('cur.usd', 'USD', "timestamp" => 1000);
END;
$given$;

-- Works
SELECT lives_ok(
    $$SELECT engine.refuse_currencies(pg_temp.postings(
        'cur.eur cur.eur2', '@external cur.jpy', 'cur.usd @fees'
    ))$$, 'several, as long as each stays in one'
);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.refuse_currencies(pg_temp.postings('cur.eur cur.eur2', 'cur.jpy cur.eur'))$$,
    'TL009', 'currency_mismatch', 'refuses one that goes from one to another'
);
SELECT is(
    pg_temp.detail_of($$SELECT engine.refuse_currencies(
        pg_temp.postings('cur.usd cur.jpy', 'cur.jpy cur.eur')
    )$$), '{"source_currency": "USD", "target_currency": "JPY"}'::jsonb, 'and names the first'
);

SELECT * FROM finish();
ROLLBACK;
