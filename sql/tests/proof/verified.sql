-- Tests of engine.verified.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verified'::regproc),
    'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verified'::regproc), 'SETOF bank.verification', 'what it returns'
);
SELECT volatility_is('engine', 'verified', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verified', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verified'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
SELECT bank.create_account_at('ved.' || n, "timestamp" => 1000) FROM unnest('{a,b}'::text[]) AS n;
SELECT bank.deposit_at('ved.' || n, 5, "timestamp" => 2000) FROM unnest('{a,b}'::text[]) AS n;
SET LOCAL session_replication_role = replica;  -- the guards are asleep

-- Works
SELECT set_eq(
    'SELECT v."check" COLLATE "default" FROM engine.verified() AS v',
    'SELECT c."check" COLLATE "default" FROM bank.checks AS c', 'every check of the ledger'
);
SELECT set_eq(
    $$SELECT v."check" COLLATE "default" FROM engine.verified('ved.a') AS v$$,
    'SELECT c."check" COLLATE "default" FROM bank.checks AS c WHERE c.by_account',
    'of an account those that can be asked about one'
);
SELECT is_empty(
    $$
        SELECT c."check" FROM engine.checks AS c
        WHERE c.by_account AND to_regprocedure(format('engine.%I(text)', c.finder)) IS NULL
    $$, 'whose finders take an account'
);
UPDATE ledger.ledger_transactions AS t SET details = '{"currency": "EUR", "overdraft_limit": "much"}'
WHERE t.account_id = 'ved.a' AND t.version = 1;
SELECT results_eq(
    $$
        SELECT v."check" COLLATE "default", v.sample ->> 0 LIKE '%unreadable%'
        FROM engine.verified('ved.a') AS v WHERE NOT v.ok
    $$,
    $$
        SELECT c."check" COLLATE "default", c.finder = 'verify_account_settings' FROM engine.checks AS c
        WHERE c.finder = 'verify_account_settings' OR c."check" = 'hashes_recompute' ORDER BY 1
    $$, 'what cannot be read does not hold'
);
SELECT is_empty(
    $$SELECT v."check" FROM engine.verified('ved.b') AS v WHERE NOT v.ok$$, 'and has no other account fail'
);

SELECT * FROM finish();
ROLLBACK;
