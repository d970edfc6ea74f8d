-- Tests of engine.login_scope.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(pg_get_function_arguments('engine.login_scope'::regproc), '', 'it has no arguments');
SELECT is(pg_get_function_result('engine.login_scope'::regproc), 'text', 'what it returns');
SELECT volatility_is('engine', 'login_scope', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'login_scope', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.login_scope'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('scope.alice');
END;
$given$;

-- Works
SELECT is(engine.login_scope(), '@login:' || session_user, 'it names the login');
CREATE ROLE ledger LOGIN;
GRANT bank_operator TO ledger;
GRANT USAGE ON SCHEMA engine TO ledger;
GRANT EXECUTE ON FUNCTION engine.login_scope() TO ledger;
SET SESSION AUTHORIZATION ledger;
SELECT is(
    engine.login_scope(), '@login:ledger', 'of a login called ledger it is not what the house has'
);
SELECT bank.post(
    '[{"source_account_id": "@external", "target_account_id": "scope.alice", "amount": 5}]',
    idempotency_key => 'scope.post'
);
SELECT bank.batch(
    '[{"operation": "post", "idempotency_key": "scope.item", "postings": [
        {"source_account_id": "@external", "target_account_id": "scope.alice", "amount": 5}
    ]}]', idempotency_key => 'scope.batch'
);
SELECT bank.create_webhook('https://scope', after => 0, idempotency_key => 'scope.webhook');
RESET SESSION AUTHORIZATION;
SELECT is(
    array_agg(DISTINCT k.owner) || count(*)::text, ARRAY['@login:ledger', '4'],
    'all that belongs to no account is under it'
) FROM ledger.idempotency_keys AS k
WHERE k.idempotency_key LIKE 'scope.%';
SELECT throws_ok(
    format('SELECT bank.create_account(%L)', engine.login_scope()), 'TL001', 'invalid_account_id',
    'no account is called so'
);
SELECT throws_ok(
    format(
        'SELECT bank.post(%L)', json_build_array(json_build_object(
            'source_account_id', engine.login_scope(), 'target_account_id', 'scope.alice',
            'amount', 5
        ))
    ), 'TL012', 'invalid_postings', 'and no house account'
);

SELECT * FROM finish();
ROLLBACK;
