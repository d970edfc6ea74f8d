-- Tests of engine.refuse_debit.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_debit'::regproc),
    'account ledger.accounts, required bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_debit'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'refuse_debit', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_debit', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_debit'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('rd.alice', overdraft_limit => 100, "timestamp" => 1000);
    PERFORM bank.deposit_at('rd.alice', 500, "timestamp" => 2000);
    UPDATE ledger.accounts AS a SET held = 30 WHERE a.account_id = 'rd.alice';
END;
$given$;
CREATE FUNCTION pg_temp.refuse(status text, required bigint DEFAULT 571) RETURNS text
LANGUAGE plpgsql AS $function$
BEGIN
    UPDATE ledger.accounts AS a SET status = refuse.status WHERE a.account_id = 'rd.alice';
    PERFORM engine.refuse_debit(engine.read_account('rd.alice'), required);
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
SELECT lives_ok($$SELECT pg_temp.refuse('active', 570)$$, 'lets pass what is available');

-- Refuses
SELECT throws_ok(
    $$SELECT pg_temp.refuse('frozen')$$, 'TL303', 'account_frozen', 'says that it is frozen'
);
SELECT throws_ok(
    $$SELECT pg_temp.refuse('blocked')$$, 'TL304', 'account_blocked', 'says that it is blocked'
);
SELECT throws_ok(
    $$SELECT pg_temp.refuse('closed')$$, 'TL305', 'account_closed', 'says that it is closed'
);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('frozen')$$),
    '{"account_id": "rd.alice"}'::jsonb, 'and names the account, not its money'
);
SELECT throws_ok(
    $$SELECT pg_temp.refuse('active')$$, 'TL302', 'insufficient_funds',
    'of an active account it can only be the money'
);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.refuse('active')$$),
    '{"account_id": "rd.alice", "available": 570, "required": 571}'::jsonb,
    'with what there was (less held, plus overdraft) and what it takes'
);

SELECT * FROM finish();
ROLLBACK;
