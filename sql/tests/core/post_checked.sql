-- Tests of engine.post_checked.
BEGIN;
SELECT plan(15);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.post_checked'::regproc),
    'drafts engine.draft[], force boolean',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.post_checked'::regproc), 'void', 'what it returns'
);
SELECT volatility_is('engine', 'post_checked', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'post_checked', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.post_checked'::regproc, 'EXECUTE'),
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
CREATE FUNCTION pg_temp.drafts(changes jsonb) RETURNS engine.draft[] LANGUAGE sql AS $function$
    SELECT coalesce(array_agg(
        pg_temp.draft(jsonb_build_object('leg', c.number) || c.change) ORDER BY c.number
    ), '{}')
    FROM jsonb_array_elements(changes) WITH ORDINALITY AS c (change, number)
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
CREATE FUNCTION pg_temp.post(amounts bigint[], force boolean DEFAULT false) RETURNS void
LANGUAGE sql AS $function$
    SELECT engine.post_checked(ARRAY(
        SELECT pg_temp.draft(jsonb_build_object(
            'account_id', CASE a.number % 2 WHEN 1 THEN 'checked.alice' ELSE 'checked.bob' END,
            'leg', a.number, 'amount', a.amount,
            'transaction_id', (SELECT s.last_value FROM ledger.transaction_seq AS s)
        )) FROM unnest(amounts) WITH ORDINALITY AS a (amount, number)
        WHERE a.amount IS NOT NULL
    ), force)
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
SELECT lives_ok('SELECT pg_temp.post(ARRAY[-60], true)', 'by force');
SELECT is((pg_temp.legs())[8:], ARRAY['alice -60 -10'], 'below nothing');

-- Refuses
SELECT throws_ok(
    'SELECT pg_temp.post(ARRAY[NULL, 5, -1])', 'TL302', 'insufficient_funds',
    'refuses what may not be posted'
);
SELECT is(
    pg_temp.detail_of('SELECT pg_temp.post(ARRAY[NULL, 5, -1])'),
    '{"account_id": "checked.alice", "available": -10, "required": 1}'::jsonb, 'and says why'
);
SELECT is(cardinality(pg_temp.legs()), 8, 'none of it is there');
SELECT throws_ok(
    'SELECT pg_temp.post(ARRAY[-9007199254740991], true)', 'TL307', 'balance_limit_exceeded',
    'refuses by force as well'
);

SELECT * FROM finish();
ROLLBACK;
