-- Tests of engine.cashback_for.
BEGIN;
SELECT plan(23);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.cashback_for'::regproc),
    'amount bigint, rate_bps integer, max_amount bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.cashback_for'::regproc), 'bigint',
    'what it returns'
);
SELECT volatility_is('engine', 'cashback_for', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'cashback_for', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.cashback_for'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given most policies: without a cap
CREATE FUNCTION pg_temp.cashback(amount bigint, rate integer, most bigint DEFAULT NULL)
RETURNS bigint LANGUAGE sql AS $function$
    SELECT engine.cashback_for(amount, rate, most)
$function$;

-- Works
SELECT is(pg_temp.cashback(1, 200), 0::bigint, '2 % of 1 is 0');
SELECT is(pg_temp.cashback(49, 200), 0::bigint, '2 % of 49 is 0: it rounds down');
SELECT is(pg_temp.cashback(50, 200), 1::bigint, '2 % of 50 is 1');
SELECT is(pg_temp.cashback(99, 200), 1::bigint, '2 % of 99 is 1');
SELECT is(pg_temp.cashback(100, 200), 2::bigint, '2 % of 100 is 2');
SELECT is(pg_temp.cashback(9999, 200), 199::bigint, '2 % of 9999 is 199');
SELECT is(pg_temp.cashback(10000, 200), 200::bigint, '2 % of 10000 is 200');
SELECT is(
    pg_temp.cashback(9007199254740991, 200), 180143985094819::bigint,
    '2 % of 2^53-1, exact where a float would not be'
);
SELECT is(
    pg_temp.cashback(9007199254740991, 10000), 9007199254740991::bigint, '100 % of 2^53-1 is itself'
);
SELECT is(pg_temp.cashback(9007199254740991, 0), 0::bigint, '0 % is nothing');
SELECT is(pg_temp.cashback(10000, 1), 1::bigint, 'one basis point');
SELECT is(pg_temp.cashback(9999, 1), 0::bigint, 'one basis point of too little');
SELECT is(
    (
        SELECT count(*)
        FROM generate_series(1, 30001, 7) AS amount
        CROSS JOIN unnest(ARRAY[1, 33, 200, 9999]) AS rate
        WHERE pg_temp.cashback(amount, rate) <> floor(amount::numeric * rate / 10000)
    ),
    0::bigint, 'it is floor(amount * rate / 10000) for every amount'
);
SELECT is(
    (
        SELECT count(*)
        FROM generate_series(9007199254740991 - 20000, 9007199254740991, 7) AS amount
        CROSS JOIN unnest(ARRAY[1, 33, 200, 9999]) AS rate
        WHERE pg_temp.cashback(amount, rate) <> floor(amount::numeric * rate / 10000)
    ),
    0::bigint, 'and for the largest ones'
);
SELECT is(pg_temp.cashback(10000, 200, 200), 200::bigint, 'a cap that is just reached');
SELECT is(pg_temp.cashback(10000, 200, 199), 199::bigint, 'a cap that bites');
SELECT is(pg_temp.cashback(10000, 200, 0), 0::bigint, 'a cap of nothing');
SELECT is(
    engine.cashback_for(10000, NULL, NULL), NULL, 'no policy, no cashback'
);

SELECT * FROM finish();
ROLLBACK;
