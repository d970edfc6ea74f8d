-- Tests of engine.refuse_balance.
BEGIN;
SELECT plan(7);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_balance'::regproc),
    'account ledger.accounts, amount bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_balance'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'refuse_balance', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_balance', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_balance'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account('rb.alice', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.deposit('rb.alice', 500, "timestamp" => 2000);
    PERFORM bank.pay('rb.alice', 50, "timestamp" => 2000);
END;
$given$;
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

-- Refuses
SELECT throws_ok(
    $$SELECT engine.refuse_balance(engine.read_account('rb.alice'), 7)$$,
    'TL307', 'balance_limit_exceeded', 'always'
);
SELECT is(
    pg_temp.detail_of($$SELECT engine.refuse_balance(engine.read_account('rb.alice'), 7)$$),
    $${
        "account_id": "rb.alice", "balance": 450, "pending_cashback": 1, "overdraft_limit": 100,
        "amount": 7
    }$$::jsonb, 'with all that goes into the limit'
);

SELECT * FROM finish();
ROLLBACK;
