-- Tests of engine.postings_flaw.
BEGIN;
SELECT plan(46);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.postings_flaw'::regproc),
    'postings jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.postings_flaw'::regproc), 'text', 'what it returns'
);
SELECT volatility_is('engine', 'postings_flaw', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'postings_flaw', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.postings_flaw'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given one right posting, to which things are done
CREATE FUNCTION pg_temp.flaw(change jsonb) RETURNS text LANGUAGE sql AS $function$
    SELECT engine.postings_flaw(jsonb_build_array(p.posting, p.posting || change))
    FROM (
        VALUES ('{"source_account_id": "a", "target_account_id": "b", "amount": 5}'::jsonb)
    ) AS p (posting)
$function$;
CREATE FUNCTION pg_temp.many(n integer) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT jsonb_agg('{"source_account_id": "a", "target_account_id": "b", "amount": 5}'::jsonb)
    FROM generate_series(1, n)
$function$;

-- Works
SELECT is(pg_temp.flaw(c.change::jsonb), NULL, 'nothing: ' || c.change) FROM unnest(ARRAY[
    '{}', '{"metadata": null}', '{"metadata": {"a": 1}}', '{"metadata": 7}', '{"amount": -5}',
    '{"amount": 999999999999999999}', '{"source_account_id": ""}',
    '{"source_account_id": "@external"}', '{"target_account_id": "@promotions_2024"}'
]) AS c (change);
SELECT is(engine.postings_flaw(pg_temp.many(1000)), NULL, '1000 of them');

-- Says what is wrong
SELECT is(
    engine.postings_flaw(f.postings), 'not an array of 1 to 1000 postings',
    'not ' || coalesce(left(f.postings::text, 20), 'NULL')
) FROM unnest(ARRAY[NULL, 'null', '{}', '[]', '7', pg_temp.many(1001)]::jsonb[]) AS f (postings);
SELECT is(
    engine.postings_flaw(f.postings), 'posting 1: is not an object', 'not ' || f.postings::text
) FROM unnest(ARRAY['[7]', '[null]', '[[]]', '["a"]']::jsonb[]) AS f (postings);
SELECT is(pg_temp.flaw(f.change::jsonb), 'posting 2: ' || f.flaw, f.change) FROM (
    VALUES ('{"ammount": 5, "memo": 1}', 'unknown field ammount'),
    ('{"source_account_id": 7}', 'source_account_id is not a text'),
    ('{"source_account_id": null}', 'source_account_id is not a text'),
    ('{"target_account_id": true}', 'target_account_id is not a text'),
    ('{"amount": "5"}', 'amount is not a whole number'),
    ('{"amount": null}', 'amount is not a whole number'),
    ('{"amount": true}', 'amount is not a whole number'),
    ('{"amount": 5.5}', 'amount is not a whole number'),
    ('{"amount": 5.0}', 'amount is not a whole number'),
    ('{"amount": 1e400}', 'amount is not a whole number'),
    ('{"amount": 9999999999999999999}', 'amount is not a whole number'),
    ('{"source_account_id": "@fees", "target_account_id": "@external"}',
        'no side is a customer''s'),
    ('{"source_account_id": "@cashback"}', 'a house account that is not to be posted to'),
    ('{"target_account_id": "@exchange"}', 'a house account that is not to be posted to'),
    ('{"target_account_id": "@customers"}', 'a house account that is not to be posted to'),
    ('{"target_account_id": "@transit"}', 'a house account that is not to be posted to'),
    ('{"target_account_id": "@ledger"}', 'a house account that is not to be posted to'),
    ('{"target_account_id": "@Fees"}', 'a house account that is not to be posted to'),
    ('{"target_account_id": "@"}', 'a house account that is not to be posted to'),
    ('{"target_account_id": "@fees "}', 'a house account that is not to be posted to')
) AS f (change, flaw);
SELECT is(
    engine.postings_flaw('[{"amount": 5}, 7]'), 'posting 1: source_account_id is not a text',
    'the first at fault, and what is missing'
);

SELECT * FROM finish();
ROLLBACK;
