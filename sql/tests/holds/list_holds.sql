-- Tests of bank.list_holds.
BEGIN;
SELECT plan(20);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.list_holds'::regproc),
    'account_id text, status text DEFAULT NULL::text, "limit" bigint DEFAULT 100, '
    || 'after text DEFAULT NULL::text, "order" text DEFAULT ''asc''::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.list_holds'::regproc), 'SETOF bank.hold_state', 'what it returns'
);
SELECT volatility_is('bank', 'list_holds', 'stable', 'it is stable');
SELECT is_definer('bank', 'list_holds', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.list_holds'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.list_holds'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.list_holds'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given a hold of each status, twice expired: once posted, once not
DO $given$
BEGIN
    PERFORM bank.create_account_at('list_holds.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('list_holds.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('list_holds.alice', 100, "timestamp" => 1000);
    PERFORM bank.deposit_at('list_holds.bob', 100, "timestamp" => 1000);
    PERFORM bank.hold_at('list_holds.bob', 9, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE placed AS
SELECT h.hold_id, h.amount
FROM generate_series(1, 5) AS g (i)
CROSS JOIN LATERAL bank.hold_at(
    'list_holds.alice', g.i, CASE g.i WHEN 4 THEN 3000 WHEN 5 THEN 5000 END, "timestamp" => 1000
) AS h;
DO $given$
BEGIN
    PERFORM bank.capture_hold_at(p.hold_id, 1, "timestamp" => 2000) FROM placed AS p WHERE p.amount = 2;
END;
$given$;
DO $given$
BEGIN
    PERFORM bank.release_hold_at(p.hold_id, "timestamp" => 2000) FROM placed AS p WHERE p.amount = 3;
END;
$given$;
DO $given$
BEGIN
    PERFORM bank.deposit_at('list_holds.alice', 1, "timestamp" => 3000);
END;
$given$;
CREATE FUNCTION pg_temp.amounts(
    status text DEFAULT NULL, "limit" bigint DEFAULT NULL, after text DEFAULT NULL
) RETURNS bigint[] LANGUAGE sql AS $function$
    SELECT array_agg(h.amount ORDER BY h.nr)
    FROM (
        SELECT l.amount, row_number() OVER () AS nr
        FROM bank.list_holds('list_holds.alice', status, "limit", after) AS l
    ) AS h
$function$;

-- Works
SELECT is(pg_temp.amounts(), ARRAY[1, 2, 3, 4, 5]::bigint[], 'all of one account, oldest first');
SELECT is(pg_temp.amounts('open'), ARRAY[1]::bigint[], 'those that are open');
SELECT is(pg_temp.amounts('captured'), ARRAY[2]::bigint[], 'those that are captured');
SELECT is(pg_temp.amounts('released'), ARRAY[3]::bigint[], 'those that are released');
SELECT is(
    pg_temp.amounts('expired'), ARRAY[4, 5]::bigint[], 'those that are expired, posted or not'
);
SELECT is(pg_temp.amounts("limit" => 2), ARRAY[1, 2]::bigint[], 'at most limit');
SELECT is(
    pg_temp.amounts("limit" => 2, after => p.hold_id), ARRAY[3, 4]::bigint[], 'from where a page ended'
) FROM placed AS p WHERE p.amount = 2;
SELECT is(
    pg_temp.amounts('expired', 1, p.hold_id), ARRAY[5]::bigint[], 'also with a status'
) FROM placed AS p WHERE p.amount = 4;
SELECT results_eq(
    $$SELECT l.* FROM bank.list_holds('list_holds.bob') AS l$$,
    $$
        SELECT g.* FROM ledger.holds AS h
        CROSS JOIN LATERAL bank.get_hold('hold' || h.hold_number) AS g
        WHERE h.account_id = 'list_holds.bob'
    $$, 'each as bank.get_hold shows it'
);

-- Refuses
SELECT throws_ok(
    $$SELECT bank.list_holds('list_holds.alice', "limit" => 0)$$, 'TL007', 'invalid_argument',
    'refuses a limit of 0'
);
SELECT throws_ok(
    $$SELECT bank.list_holds('list_holds.alice', 'odd')$$, 'TL007', 'invalid_argument',
    'refuses an unknown status'
);
SELECT throws_ok(
    $$SELECT bank.list_holds('list_holds.alice', after => 'hold')$$, 'TL111', 'hold_not_found',
    'refuses to begin after what is no hold'
);
SELECT throws_ok(
    $$SELECT bank.list_holds('list_holds.nobody')$$, 'TL101', 'account_not_found',
    'refuses an unknown account'
);

SELECT * FROM finish();
ROLLBACK;
