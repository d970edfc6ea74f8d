-- Tests of engine.read_payment.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.read_payment'::regproc),
    'payment_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.read_payment'::regproc), 'ledger.payments', 'what it returns'
);
SELECT volatility_is('engine', 'read_payment', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'read_payment', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.read_payment'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('read_payment.alice');
    PERFORM bank.deposit('read_payment.alice', 10);
END;
$given$;
CREATE TEMP TABLE paid AS SELECT p.* FROM bank.pay('read_payment.alice', 10) AS p;

-- Works
SELECT is(
    (engine.read_payment(p.payment_id)).account_id, 'read_payment.alice', 'the row of the payment'
) FROM paid AS p;

-- Refuses
SELECT throws_ok(
    format('SELECT engine.read_payment(%L)', p.id), 'TL102', 'payment_not_found',
    'refuses ' || coalesce(quote_literal(p.id), 'NULL')
) FROM unnest(ARRAY['payment9999999999999999', 'payment0', NULL]) AS p (id);

SELECT * FROM finish();
ROLLBACK;
