-- Tests of engine.as_line.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.as_line'::regproc),
    'posted ledger.ledger_transactions',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.as_line'::regproc), 'SETOF bank.history_line', 'what it returns'
);
SELECT volatility_is('engine', 'as_line', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'as_line', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.as_line'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a leg with all there is
CREATE TEMP TABLE leg AS
SELECT ROW(
    7, 70, 1000, 1001, -5, 95, 3, 4, 10, 900, 60, NULL, 2, 1, 'line.alice', 'pay', '@payments',
    'payment9', 'teller', 'carol', '{"m": 1}', '{"p": 1}', '{"d": 1}', NULL, '\xbeef'
)::ledger.ledger_transactions AS posted;
CREATE FUNCTION pg_temp.line(change jsonb) RETURNS jsonb LANGUAGE sql
AS $function$
    SELECT to_jsonb(l) FROM leg
    CROSS JOIN LATERAL engine.as_line(jsonb_populate_record(leg.posted, change)) AS l
$function$;

-- Works
SELECT is(
    pg_temp.line('{}'),
    '{
        "transaction_id": 70, "timestamp": 1000, "recorded_at": 1001, "value_at": 900,
        "operation": "pay", "amount": -5, "balance_after": 95, "contra_account_id": "@payments",
        "payment_ref": "payment9", "deposited": null, "refers_to": 60,
        "metadata": {"m": 1}, "posting_metadata": {"p": 1}, "details": {"d": 1}, "version": 7,
        "hash": "beef"
    }', 'all that readers see of a leg'
);
SELECT is(
    pg_temp.line('{"actor": "x", "on_behalf_of": null}'), pg_temp.line('{}'),
    'who posted it is not for everybody'
);
SELECT is(
    pg_temp.line('{"value_at": null}') -> 'value_at', '1000',
    'without a value date it counts when it was posted'
);
SELECT is(
    pg_temp.line('{"operation": "cashback"}') -> 'deposited', 'true',
    'a cashback that is posted is deposited'
);
CREATE FUNCTION pg_temp.plan() RETURNS SETOF text LANGUAGE plpgsql AS $function$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN SELECT l.* FROM ledger.ledger_transactions AS t
        CROSS JOIN LATERAL engine.as_line(t) AS l';
END;
$function$;
SELECT is_empty(
    $$SELECT p FROM pg_temp.plan() AS p WHERE p ~ 'Function Scan'$$,
    'it inlines: a history calls no function per line'
);
SELECT is_empty(
    $$SELECT l.* FROM ledger.ledger_transactions AS t CROSS JOIN LATERAL engine.as_line(t) AS l
        WHERE t.account_id = 'line.alice'$$, 'and where there is no leg there is no line'
);

SELECT * FROM finish();
ROLLBACK;
