-- Tests of bank.get_payment.
BEGIN;
SELECT plan(23);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('bank.get_payment'::regproc),
    'payment_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('bank.get_payment'::regproc), 'bank.payment',
    'what it returns'
);
SELECT volatility_is('bank', 'get_payment', 'stable', 'it is stable');
SELECT is_definer('bank', 'get_payment', 'it runs as its owner');
SELECT ok(
    has_function_privilege('bank_teller', 'bank.get_payment'::regproc, 'EXECUTE'),
    'a teller may call it'
);
SELECT ok(
    has_function_privilege('bank_operator', 'bank.get_payment'::regproc, 'EXECUTE'),
    'an operator may call it'
);
SELECT ok(
    has_function_privilege('bank_auditor', 'bank.get_payment'::regproc, 'EXECUTE'),
    'an auditor may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('gp.alice', 'JPY', "timestamp" => 1000);
    PERFORM bank.create_account_at('gp.shop', 'JPY', "timestamp" => 1000);
    PERFORM bank.deposit_at('gp.alice', 10000, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE paid AS
SELECT 'big' AS which, r.* FROM bank.pay_at('gp.alice', 1000, 'gp.shop', 3, "timestamp" => 2000) AS r
UNION ALL
SELECT 'small', r.* FROM bank.pay_at('gp.alice', 49, "timestamp" => 2000) AS r;
CREATE FUNCTION pg_temp.shown(which text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(bank.get_payment(p.payment_id)) FROM paid AS p WHERE p.which = shown.which
$function$;
CREATE FUNCTION pg_temp.expected(which text, rest jsonb) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT rest || jsonb_build_object(
        'payment_id', p.payment_id, 'transaction_id', p.transaction_id, 'account_id', 'gp.alice',
        'currency', 'JPY', 'timestamp', 2000, 'refunded', 0
    ) FROM paid AS p WHERE p.which = expected.which
$function$;

-- Works
SELECT is(
    pg_temp.shown('big'),
    pg_temp.expected('big', $${
        "amount": 1000, "fee": 3, "merchant_account_id": "gp.shop", "cashback": {
            "promised": 20, "amount": 20, "clawed_back": 0, "due_at": 86402000,
            "status": "pending", "transaction_id": null
        }
    }$$), 'with its fee, its merchant and its cashback, pending'
);
SELECT is(
    pg_temp.shown('small'),
    pg_temp.expected(
        'small', '{"amount": 49, "fee": 0, "merchant_account_id": null, "cashback": null}'
    ),
    'without any'
);
DO $settle$
BEGIN
    PERFORM bank.settle_cashbacks(86402000);
END;
$settle$;
SELECT is(
    pg_temp.shown('big') #>> '{cashback,status}', 'deposited', 'its cashback, once deposited'
);
SELECT is(
    (pg_temp.shown('big') #>> '{cashback,transaction_id}')::bigint,
    t.transaction_id, 'names its transaction'
) FROM ledger.ledger_transactions AS t
WHERE t.account_id = 'gp.alice' AND t.operation = 'cashback';
SELECT lives_ok(
    format('SET ROLE %I; SELECT bank.get_payment(%L); RESET ROLE', r.role, p.payment_id),
    'readable by ' || r.role
) FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (role)
CROSS JOIN (SELECT b.payment_id FROM paid AS b WHERE b.which = 'big') AS p;

-- Refuses
SELECT throws_ok(
    format('SELECT bank.get_payment(%L)', p.id), 'TL102', 'payment_not_found',
    'refuses ' || coalesce(quote_literal(p.id), 'NULL')
) FROM unnest(ARRAY[
    'payment9007199254740991', 'payment9999999999999999', 'payment99999999999999999999', 'payment0',
    'payment', '1', '', NULL, 'payment1 '
]) AS p (id);

SELECT * FROM finish();
ROLLBACK;
