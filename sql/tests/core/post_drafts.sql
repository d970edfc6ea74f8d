-- Tests of engine.post_drafts.
BEGIN;
SELECT plan(9);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.post_drafts'::regproc),
    'drafts engine.draft[]',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.post_drafts'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'post_drafts', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'post_drafts', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.post_drafts'::regproc, 'EXECUTE'),
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
CREATE FUNCTION pg_temp.post(amounts bigint[]) RETURNS void
LANGUAGE sql AS $function$
    SELECT engine.post_drafts(ARRAY(
        SELECT pg_temp.draft(jsonb_build_object(
            'account_id', CASE a.number % 2 WHEN 1 THEN 'checked.alice' ELSE 'checked.bob' END,
            'leg', a.number, 'amount', a.amount,
            'transaction_id', (SELECT s.last_value FROM ledger.transaction_seq AS s)
        )) FROM unnest(amounts) WITH ORDINALITY AS a (amount, number)
        WHERE a.amount IS NOT NULL
    ))
    FROM nextval('ledger.transaction_seq')
$function$;
CREATE FUNCTION pg_temp.legs() RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(
        format('%s %s %s', substr(t.account_id, 9), t.amount, t.balance_after)
        ORDER BY t.transaction_id, t.leg
    ) FROM ledger.ledger_transactions AS t
    WHERE starts_with(t.account_id, 'checked.') AND t."timestamp" = 3000
$function$;

-- Works
SELECT lives_ok('SELECT pg_temp.post(ARRAY[-60, 60, 20, -20])', 'what may be posted');
SELECT is(
    pg_temp.legs(), ARRAY['alice -60 40', 'bob 60 60', 'alice 20 60', 'bob -20 40'],
    'is; a monitor does not see what was only on the way'
);
SELECT lives_ok('SELECT pg_temp.post(ARRAY[NULL, 15, -10, NULL])', 'two of them');
SELECT is(
    (pg_temp.legs())[5:], ARRAY['bob 15 55', 'alice -10 50', 'bob 0 55'],
    'and the leg of the monitor that it makes speak up'
);

SELECT * FROM finish();
ROLLBACK;
