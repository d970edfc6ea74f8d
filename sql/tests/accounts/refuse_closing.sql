-- Tests of engine.refuse_closing.
BEGIN;
SELECT plan(12);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_closing'::regproc),
    'account ledger.accounts',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.refuse_closing'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'refuse_closing', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_closing', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_closing'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

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

-- Given accounts that differ by what is left on them
CREATE FUNCTION pg_temp.closing(change jsonb) RETURNS void LANGUAGE sql AS $function$
    SELECT engine.refuse_closing(jsonb_populate_record(
        NULL::ledger.accounts,
        '{
            "account_id": "tap", "status": "active", "collecting": false, "balance": 0,
            "held": 0, "pending_cashback": 0, "overdraft_limit": 7
        }'::jsonb || change
    ))
$function$;

INSERT INTO ledger.cashbacks
    (account_id, payment_number, created_at, due_at, promised, amount, rate_bps, status)
VALUES ('tap', 1, 0, 98, 1, 0, 100, 'cancelled'), ('tap', 2, 0, 100, 1, 1, 100, 'pending'),
('tap', 3, 0, 99, 1, 1, 100, 'pending');

-- Works
SELECT lives_ok($$SELECT pg_temp.closing('{}')$$, 'nothing keeps an empty account from it');

-- Refuses
SELECT throws_ok(
    format('SELECT pg_temp.closing(%L)', c.change), c.code, c.name, 'refuses for ' || c.change
) FROM (
    VALUES ('{"collecting": true, "balance": 1}', 'TL332', 'account_collecting'),
    ('{"balance": -1}', 'TL333', 'balance_not_zero'),
    ('{"balance": 1, "held": 1}', 'TL333', 'balance_not_zero'),
    ('{"held": 1, "pending_cashback": 1}', 'TL334', 'hold_open'),
    ('{"pending_cashback": 1}', 'TL335', 'cashback_pending')
) AS c (change, code, name);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.closing('{"pending_cashback": 2}')$$),
    '{"account_id": "tap", "pending_cashback": 2, "next_cashback_due": 99}'::jsonb,
    'and says until when'
);

SELECT * FROM finish();
ROLLBACK;
