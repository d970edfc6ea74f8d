-- Tests of engine.refuse_credit.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_credit'::regproc),
    'account ledger.accounts, amount bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_credit'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'refuse_credit', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_credit', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_credit'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('rc.alice', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.deposit_at('rc.alice', 500, "timestamp" => 2000);
    PERFORM bank.pay_at('rc.alice', 50, "timestamp" => 2000);
END;
$given$;
CREATE FUNCTION pg_temp.refuse(status text, amount bigint DEFAULT 1) RETURNS text
LANGUAGE plpgsql AS $function$
BEGIN
    UPDATE ledger.accounts AS a SET status = refuse.status WHERE a.account_id = 'rc.alice';
    PERFORM engine.refuse_credit(engine.read_account('rc.alice'), amount);
    RETURN NULL;
END;
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

-- Works
SELECT lives_ok(
    format('SELECT pg_temp.refuse(%L, 9007199254740991 - 551)', s.status),
    'lets pass what fits one that is ' || s.status
) FROM unnest(ARRAY['active', 'frozen']) AS s (status);

-- Refuses
SELECT throws_ok(
    $$SELECT pg_temp.refuse('blocked')$$, 'TL304', 'account_blocked', 'says that it is blocked'
);
SELECT throws_ok(
    $$SELECT pg_temp.refuse('closed')$$, 'TL305', 'account_closed', 'says that it is closed'
);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('closed')$$),
    '{"account_id": "rc.alice"}'::jsonb, 'and names the account'
);
SELECT throws_ok(
    $$SELECT pg_temp.refuse('active', 9007199254740991 - 550)$$,
    'TL307', 'balance_limit_exceeded', 'says that it does not fit'
);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('active', 9007199254740991 - 550)$$),
    $${
        "account_id": "rc.alice", "balance": 450, "pending_cashback": 1, "overdraft_limit": 100,
        "amount": 9007199254740441
    }$$::jsonb, 'with all that goes into the limit'
);

SELECT * FROM finish();
ROLLBACK;
