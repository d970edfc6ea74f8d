-- Tests of engine.alone.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.alone'::regproc),
    'account_id text, parties engine.parties',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.alone'::regproc), 'engine.parties', 'what it returns'
);
SELECT volatility_is('engine', 'alone', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'alone', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.alone'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a locked account on which something is posted by now
DO $given$
BEGIN
    PERFORM bank.create_account_at('alone.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('alone.bob', "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE given AS
SELECT engine.prepare('alone.alice', 'alone.bob', 2000, 'k', 'tap', '{"a": 1}') AS v;
DO $given$
BEGIN
    PERFORM bank.deposit_at('alone.alice', 5, "timestamp" => 2000);
END;
$given$;

-- Works
SELECT is(
    to_jsonb(engine.alone(a.account_id, g.v)),
    to_jsonb(g.v) || jsonb_build_object('account', to_jsonb(a), 'other', NULL),
    'the account as it is by now, the rest as it was: ' || a.account_id
) FROM given AS g CROSS JOIN ledger.accounts AS a
WHERE a.account_id IN ('alone.alice', 'alone.bob');

-- Refuses
SELECT throws_ok(
    $$SELECT engine.alone('alone.nobody', g.v) FROM given AS g$$, 'TL101', 'account_not_found',
    'refuses an account that is not there'
);

SELECT * FROM finish();
ROLLBACK;
