-- Tests of engine.with_head.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.with_head'::regproc),
    'shown bank.account',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.with_head'::regproc), 'bank.account', 'what it returns'
);
SELECT volatility_is('engine', 'with_head', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'with_head', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.with_head'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE TEMP TABLE opened AS SELECT o.* FROM bank.create_account('head.alice') AS o;
CREATE FUNCTION pg_temp.head(version bigint) RETURNS text LANGUAGE sql AS $function$
    SELECT (engine.with_head(jsonb_populate_record(NULL::bank.account, jsonb_build_object(
        'account_id', 'head.alice', 'version', head.version, 'balance', 5, 'head', 'none'
    )))).head
$function$;
DO $given$
BEGIN
    PERFORM bank.deposit('head.alice', 5);
END;
$given$;

-- Works
SELECT is(
    pg_temp.head(t.version), encode(t.hash, 'hex'), 'the hash of leg ' || t.version
) FROM ledger.ledger_transactions AS t WHERE t.account_id = 'head.alice';
SELECT is(pg_temp.head(3), NULL, 'of one that is none there is none');

SELECT * FROM finish();
ROLLBACK;
