-- Tests of engine.check_parties.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_parties'::regproc),
    'parties engine.parties, required bigint, amount bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_parties'::regproc), 'text', 'what it returns'
);
SELECT volatility_is('engine', 'check_parties', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'check_parties', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_parties'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
CREATE FUNCTION pg_temp.parties(account jsonb, other jsonb) RETURNS engine.parties
LANGUAGE sql AS $function$
    SELECT ROW(
        jsonb_populate_record(NULL::ledger.accounts, '{
            "account_id": "alice", "currency": "EUR", "status": "active", "balance": 10,
            "held": 3, "overdraft_limit": 2, "pending_cashback": 0
        }'::jsonb || account),
        CASE WHEN other IS NOT NULL THEN jsonb_populate_record(NULL::ledger.accounts, '{
            "account_id": "bob", "currency": "EUR", "status": "active", "balance": 20,
            "held": 0, "overdraft_limit": 5, "pending_cashback": 1
        }'::jsonb || other) END,
        NULL, NULL, NULL, NULL, NULL
    )::engine.parties
$function$;

-- Works
SELECT is(
    engine.check_parties(pg_temp.parties(c.account, c.other), c.required, c.amount), c.name,
    format('%s to %s, %s for %s: %s', c.account, coalesce(c.other::text, 'the house'), c.required,
        c.amount, coalesce(c.name, 'nothing'))
) FROM (
    VALUES ('{}'::jsonb, '{}'::jsonb, 9::bigint, 9::bigint, NULL, NULL),
    ('{}', '{}', 10, 9, 'TL302', 'insufficient_funds'),
    ('{}', '{}', 9, 9007199254740965, NULL, NULL),
    ('{}', '{}', 9, 9007199254740966, 'TL307', 'balance_limit_exceeded'),
    ('{}', '{"currency": "USD", "status": "closed"}', 10, 9, 'TL009', 'currency_mismatch'),
    ('{"status": "frozen"}', '{"status": "closed"}', 9, 9, 'TL303', 'account_frozen'),
    ('{"status": "blocked"}', '{}', 9, 9, 'TL304', 'account_blocked'),
    ('{}', '{"status": "frozen"}', 9, 9, NULL, NULL),
    ('{}', '{"status": "blocked"}', 9, 9, 'TL304', 'account_blocked'),
    ('{}', '{"status": "closed"}', 10, 9, 'TL302', 'insufficient_funds'),
    ('{}', '{"status": "closed"}', 9, 9, 'TL305', 'account_closed'),
    ('{}', NULL, 9, 9, NULL, NULL),
    ('{}', NULL, 10, 9, 'TL302', 'insufficient_funds')
) AS c (account, other, required, amount, code, name);

SELECT * FROM finish();
ROLLBACK;
