-- Tests of engine.keep_claim.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.keep_claim'::regproc),
    'owner text, idempotency_key text, response json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.keep_claim'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'keep_claim', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'keep_claim', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.keep_claim'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two claims
DO $given$
BEGIN
    PERFORM engine.claim('@tap', 'k1', 'batch', '\x01');
    PERFORM engine.claim('@tap', 'k2', 'batch', '\x01');
    PERFORM engine.claim('@tap2', 'k1', 'batch', '\x01');
END;
$given$;
CREATE FUNCTION pg_temp.kept() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(
        format('%s %s %s', k.owner, k.idempotency_key, coalesce(k.response::text, 'open'))
        ORDER BY k.owner, k.idempotency_key
    )
    FROM ledger.idempotency_keys AS k
    WHERE k.owner LIKE '@tap%'
$function$;

-- Works
SELECT lives_ok($$SELECT engine.keep_claim('@tap', 'k1', '[1]')$$, 'takes a response');
SELECT is(
    pg_temp.kept(), ARRAY['@tap k1 [1]', '@tap k2 open', '@tap2 k1 open'],
    'and stores it under that key alone'
);
SELECT lives_ok($$SELECT engine.keep_claim('@tap', 'k2', NULL)$$, 'takes no response');
SELECT is(pg_temp.kept(), ARRAY['@tap k1 [1]', '@tap2 k1 open'], 'and frees that key alone');
SELECT is(engine.claim('@tap', 'k2', 'pay', '\x02')::text, NULL, 'for whatever request comes');

SELECT * FROM finish();
ROLLBACK;
