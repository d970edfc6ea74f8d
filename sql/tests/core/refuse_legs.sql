-- Tests of engine.refuse_legs.
BEGIN;
SELECT plan(10);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_legs'::regproc),
    'drafts engine.draft[], force boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.refuse_legs'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'refuse_legs', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'refuse_legs', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_legs'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('checked.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('checked.bob', "timestamp" => 1000);
    PERFORM bank.deposit_at('checked.alice', 100, "timestamp" => 1000);
    PERFORM bank.create_monitor_at('checked.bob', 'balance', 'gte', 50, "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.draft(changes jsonb) RETURNS engine.draft LANGUAGE sql AS $function$
    SELECT jsonb_populate_record(NULL::engine.draft, '{
        "transaction_id": 2000000001, "leg": 1, "timestamp": 3000, "operation": "tap", "amount": 0,
        "held": 0, "pending_cashback": 0
    }'::jsonb || changes)
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
CREATE FUNCTION pg_temp.refuse(amounts bigint[], force boolean DEFAULT false) RETURNS void
LANGUAGE sql AS $function$
    SELECT engine.refuse_legs(ARRAY(
        SELECT pg_temp.draft(jsonb_build_object(
            'account_id', CASE a.number % 2 WHEN 1 THEN 'checked.alice' ELSE 'checked.bob' END,
            'leg', a.number, 'amount', a.amount,
            'transaction_id', (SELECT s.last_value FROM ledger.transaction_seq AS s)
        )) FROM unnest(amounts) WITH ORDINALITY AS a (amount, number)
        WHERE a.amount IS NOT NULL
    ), force)
    FROM nextval('ledger.transaction_seq')
$function$;

-- Works
SELECT lives_ok('SELECT pg_temp.refuse(ARRAY[-100, 100, 20, -20])', 'lets pass what may be posted');
SELECT lives_ok('SELECT pg_temp.refuse(ARRAY[-101], true)', 'by force, below nothing too');

-- Refuses
SELECT throws_ok(
    'SELECT pg_temp.refuse(ARRAY[NULL, 5, -101])', 'TL302', 'insufficient_funds',
    'refuses what may not be posted'
);
SELECT is(
    pg_temp.detail_of('SELECT pg_temp.refuse(ARRAY[NULL, 5, -101])'),
    '{"account_id": "checked.alice", "available": 100, "required": 101}'::jsonb, 'and says why'
);
SELECT throws_ok(
    'SELECT pg_temp.refuse(ARRAY[-9007199254740991, NULL, -9007199254740991], true)',
    'TL307', 'balance_limit_exceeded', 'refuses by force as well'
);

SELECT * FROM finish();
ROLLBACK;
