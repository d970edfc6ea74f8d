-- Tests of engine.refuse_collected.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_collected'::regproc), 'account ledger.accounts',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.refuse_collected'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'refuse_collected', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_collected', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_collected'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an account with nothing collected
SELECT account_id FROM bank.create_account_at('left.shop', "timestamp" => 1000);
CREATE FUNCTION pg_temp.detail_of(command text) RETURNS jsonb LANGUAGE plpgsql AS $function$
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

-- Works
SELECT lives_ok(
    $$SELECT engine.refuse_collected(engine.read_account('left.shop'))$$, 'nothing is left'
);

-- Refuses, however much that is
INSERT INTO ledger.collected_credits (
    transaction_id, "timestamp", amount, leg, account_id, operation, contra_account_id, actor
)
SELECT 2000000000 + i, 1000, 9007199254740991, 2, 'left.shop', 'transfer', 'left.payer', 'tap'
FROM generate_series(1, 1030) AS i;
SELECT throws_ok(
    $$SELECT engine.refuse_collected(engine.read_account('left.shop'))$$, 'TL307',
    'balance_limit_exceeded', 'refuses what is left'
);
SELECT is(
    pg_temp.detail_of($$SELECT engine.refuse_collected(engine.read_account('left.shop'))$$),
    '{
        "account_id": "left.shop", "balance": 0, "pending_cashback": 0, "overdraft_limit": 0,
        "amount": 9277415232383220730
    }'::jsonb, 'and says how much it is'
);

SELECT * FROM finish();
ROLLBACK;
