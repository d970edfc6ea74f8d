-- Tests of engine.refuse_parties.
BEGIN;
SELECT plan(19);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_parties'::regproc),
    'parties engine.parties, required bigint, amount bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_parties'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_parties', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_parties', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_parties'::regproc, 'EXECUTE'),
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
CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail text;
BEGIN
    EXECUTE command;
    RETURN NULL;
EXCEPTION
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail::jsonb;
END;
$function$;
CREATE FUNCTION pg_temp.refuse(account jsonb, other jsonb, required bigint, amount bigint) RETURNS void
LANGUAGE sql AS $function$
    SELECT engine.refuse_parties(pg_temp.parties(account, other), required, amount)
$function$;

-- Works
SELECT lives_ok(
    format('SELECT pg_temp.refuse(%L, %L, 9, 9)', '{}', o.other),
    'lets pass what is right, to ' || coalesce(o.other, 'the house')
) FROM unnest(ARRAY['{}', NULL]) AS o (other);

-- Refuses
SELECT throws_ok(
    format('SELECT pg_temp.refuse(%L, %L, %s, %s)', c.account, c.other, c.required, c.amount),
    c.code, c.name, format('%s to %s: %s', c.account, coalesce(c.other, 'the house'), c.name)
) FROM (
    VALUES ('{}', '{}', 9, 9, NULL, NULL),
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
) AS c (account, other, required, amount, code, name)
WHERE c.name IS NOT NULL;
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('{}', '{"currency": "USD"}', 9, 9)$$),
    '{"source_currency": "EUR", "target_currency": "USD"}'::jsonb, 'which currencies'
);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('{}', '{}', 10, 9)$$),
    '{"account_id": "alice", "available": 9, "required": 10}'::jsonb, 'how much there was'
);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('{}', '{"status": "closed"}', 9, 9)$$),
    '{"account_id": "bob"}'::jsonb, 'which of the two'
);

SELECT * FROM finish();
ROLLBACK;
