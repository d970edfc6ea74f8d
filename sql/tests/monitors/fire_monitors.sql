-- Tests of engine.fire_monitors.
BEGIN;
SELECT plan(16);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.fire_monitors'::regproc),
    'account ledger.accounts, transaction_id bigint',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.fire_monitors'::regproc), 'ledger.accounts',
    'what it returns'
);
SELECT volatility_is('engine', 'fire_monitors', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'fire_monitors', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.fire_monitors'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an account with monitors of every field
DO $given$
BEGIN
    INSERT INTO ledger.currencies VALUES ('TAP_FIRE', 2);
    INSERT INTO ledger.cashback_policies VALUES ('TAP_FIRE', 0, 0);
    PERFORM bank.create_account('fire.alice', 'TAP_FIRE', 10, 1000);
    PERFORM bank.deposit('fire.alice', 100, "timestamp" => 1000);
    PERFORM bank.create_monitor('fire.alice', 'balance', 'lt', 50, 1000);
    PERFORM bank.create_monitor('fire.alice', 'balance', 'lt', 20, 1000);
    PERFORM bank.create_monitor('fire.alice', 'available', 'lte', 30, 1000);
    PERFORM bank.create_monitor('fire.alice', 'held', 'gte', 25, 1000);
    PERFORM bank.create_monitor('fire.alice', 'balance', 'eq', 49, 1000);
END;
$given$;
CREATE TEMP TABLE seen AS
SELECT a.version FROM ledger.accounts AS a WHERE a.account_id = 'fire.alice';
CREATE FUNCTION pg_temp.fired() RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_fired text;
BEGIN
    SELECT string_agg(concat_ws(
        ' ', t.operation, t.details ->> 'field', t.details ->> 'comparison', t.details ->> 'value',
        t.details ->> 'actual'
    ), ', ' ORDER BY t.version)
    INTO v_fired
    FROM ledger.ledger_transactions AS t
    WHERE t.account_id = 'fire.alice' AND t.version > (SELECT s.version FROM seen AS s)
        AND t.operation = 'monitor';
    UPDATE seen SET version = a.version FROM ledger.accounts AS a WHERE a.account_id = 'fire.alice';
    RETURN v_fired;
END;
$function$;

-- Works
SELECT bank.withdraw('fire.alice', 50, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), NULL, 'at 50 none fires that waits for less');
SELECT bank.withdraw('fire.alice', 1, "timestamp" => 2000) AS done \gset
SELECT is(
    pg_temp.fired(), 'monitor balance lt 50 49, monitor balance eq 49 49', 'at 49 two do'
);
SELECT bank.withdraw('fire.alice', 1, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), NULL, 'once per crossing');
SELECT bank.deposit('fire.alice', 1, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), 'monitor balance eq 49 49', 'crossing again fires again');
SELECT bank.deposit('fire.alice', 51, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), NULL, 'becoming false does not fire');
SELECT bank.withdraw('fire.alice', 85, "timestamp" => 2000) AS done \gset
SELECT is(
    pg_temp.fired(),
    'monitor balance lt 50 15, monitor balance lt 20 15, monitor available lte 30 25',
    'each of the conditions that one leg makes true'
);
SELECT bank.deposit('fire.alice', 85, "timestamp" => 2000) AS done \gset
SELECT is(pg_temp.fired(), NULL, 'back at 100');
SELECT bank.hold('fire.alice', 80, "timestamp" => 2000) AS done \gset
SELECT is(
    pg_temp.fired(), 'monitor available lte 30 30, monitor held gte 25 80',
    'a hold changes what is held and available'
);
SELECT results_eq(
    $$
        SELECT t.operation COLLATE "default", t.transaction_id = max(t.transaction_id) OVER ()
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = 'fire.alice'
        ORDER BY t.version DESC LIMIT 4
    $$,
    $$VALUES ('monitor', true), ('monitor', true), ('hold', true), ('deposit', false)$$,
    'they belong to the transaction of the leg'
);
SELECT is(
    (SELECT to_jsonb(engine.fire_monitors(a, 7))), (SELECT to_jsonb(a)),
    'where nothing has changed the row comes back as it was'
) FROM ledger.accounts AS a WHERE a.account_id = 'fire.alice';
SELECT is(
    (engine.fire_monitors(jsonb_populate_record(a, '{"balance": 10}'), 7)).version, a.version + 2,
    'otherwise with what it has posted'
) FROM ledger.accounts AS a WHERE a.account_id = 'fire.alice';

SELECT * FROM finish();
ROLLBACK;
