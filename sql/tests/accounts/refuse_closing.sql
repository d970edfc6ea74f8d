-- Tests of engine.refuse_closing.
BEGIN;
SELECT plan(17);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_closing'::regproc),
    'account ledger.accounts, "timestamp" bigint',
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
    ), 1000)
$function$;

INSERT INTO ledger.payments (
    account_id, payment_number, transaction_id, "timestamp", amount, cashback_due_at, promised,
    cashback, rate_bps, cashback_status
)
VALUES ('tap', 1, 1, 0, 100, 98, 1, 0, 100, 'cancelled'),
('tap', 2, 2, 0, 100, 100, 1, 1, 100, 'pending'), ('tap', 3, 3, 0, 100, 99, 1, 1, 100, 'pending');

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

-- A hold of another account that is to be captured to it counts while it is open
INSERT INTO ledger.holds (
    account_id, hold_number, transaction_id, created_at, expires_at, target_account_id, amount,
    status, closed_at
)
VALUES ('tap.payer', 1999999991, 1, 1, NULL, 'tap', 5, 'captured', 2),
('tap.payer', 1999999992, 1, 1, NULL, 'other', 5, 'open', NULL),
('tap.payer', 1999999993, 1, 1, 1000, 'tap', 5, 'open', NULL);
SELECT lives_ok(
    $$SELECT pg_temp.closing('{}')$$, 'not one that is closed, to another, or over by then'
);
UPDATE ledger.holds AS h SET expires_at = 1001 WHERE h.hold_number = 1999999993;
SELECT throws_ok(
    $$SELECT pg_temp.closing('{}')$$, 'TL334', 'hold_open', 'one that is over a millisecond later'
);
UPDATE ledger.holds AS h SET expires_at = NULL WHERE h.hold_number = 1999999993;
SELECT throws_ok($$SELECT pg_temp.closing('{}')$$, 'TL334', 'hold_open', 'one that never ends');
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.closing('{}')$$),
    '{"account_id": "tap", "holds_to_it": 1}'::jsonb, 'and says how many there are'
);
SELECT is(
    pg_temp.detail_of($$SELECT pg_temp.closing('{"held": 3}')$$),
    '{"account_id": "tap", "held": 3}'::jsonb, 'its own come first'
);

SELECT * FROM finish();
ROLLBACK;
