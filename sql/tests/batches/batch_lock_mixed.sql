-- Tests of engine.batch_lock_mixed.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.batch_lock_mixed'::regproc),
    'account_ids text[], maybe_shared text[], OUT held text[], OUT shared text[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.batch_lock_mixed'::regproc), 'record', 'what it returns'
);
SELECT volatility_is('engine', 'batch_lock_mixed', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'batch_lock_mixed', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.batch_lock_mixed'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given accounts of which some collect
DO $given$
BEGIN
    PERFORM bank.create_account_at('mixed.' || n, "timestamp" => 1000)
    FROM unnest(ARRAY['a', 'B', 'c', 'd', 'e']) AS n;
    UPDATE ledger.accounts AS a SET collecting = true
    WHERE a.account_id IN ('mixed.B', 'mixed.d', 'mixed.e');
END;
$given$;
CREATE FUNCTION pg_temp.locked(ids text[], maybe text[]) RETURNS text LANGUAGE sql AS $function$
    SELECT format(
        'held %s shared %s',
        (SELECT string_agg(right(h.id, 1), '' ORDER BY h.id COLLATE "C") FROM unnest(l.held) AS h (id)),
        (SELECT string_agg(right(h.id, 1), '' ORDER BY h.id COLLATE "C") FROM unnest(l.shared) AS h (id))
    )
    FROM engine.batch_lock_mixed(
        ARRAY(SELECT 'mixed.' || i FROM unnest(ids) AS i),
        ARRAY(SELECT 'mixed.' || i FROM unnest(maybe) AS i)
    ) AS l
$function$;

-- Works
SELECT is(pg_temp.locked('{a,B,c,d,e}', '{B,d,e}'), 'held ac shared Bde', 'each as it may be');
SELECT is(pg_temp.locked('{a,B,c,d,e}', '{B}'), 'held acde shared B', 'those that are debited too are held');
SELECT is(
    pg_temp.locked('{a,B,c,d}', '{B,c,d}'), 'held ac shared Bd', 'one that has stopped collecting is held'
);
SELECT is(pg_temp.locked('{a,x,d}', '{d}'), 'held a shared d', 'one that is not there is in neither');
SELECT is(pg_temp.locked('{B,d}', '{B,d}'), 'held  shared Bd', 'none need be held');

SELECT * FROM finish();
ROLLBACK;
