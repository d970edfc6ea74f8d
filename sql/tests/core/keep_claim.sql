-- Tests of engine.keep_claim.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.keep_claim'::regproc),
    'owner text, idempotency_key text, response json',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.keep_claim'::regproc), 'bytea', 'what it returns'
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
CREATE TEMP TABLE kept AS SELECT engine.keep_claim('@tap', 'k1', '[1]') AS key_hash;
SELECT is(
    pg_temp.kept(), ARRAY['@tap k1 [1]', '@tap k2 open', '@tap2 k1 open'],
    'it stores the response under that key alone'
);
SELECT is(
    (SELECT k.key_hash FROM kept AS k),
    engine.key_hash(
        k.owner, k.idempotency_key, k.operation, k.request_hash, k.response, k.created_at
    ), 'and returns what seals it'
) FROM ledger.idempotency_keys AS k WHERE k.owner = '@tap' AND k.idempotency_key = 'k1';

SELECT * FROM finish();
ROLLBACK;
