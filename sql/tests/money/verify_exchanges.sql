-- Tests of engine.verify_exchanges.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_exchanges'::regproc), 'account_id text DEFAULT NULL::text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_exchanges'::regproc), 'SETOF engine.violation',
    'what it returns'
);
SELECT volatility_is('engine', 'verify_exchanges', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_exchanges', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_exchanges'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given an exchange to a plain account, and to one that collects: folded late, and not yet
DO $given$
BEGIN
    PERFORM bank.create_account_at('swap.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at(a.id, 'USD', "timestamp" => 1000)
    FROM unnest('{swap.bob,swap.shop,swap.thief}'::text[]) AS a (id);
    PERFORM bank.deposit_at('swap.alice', 500, "timestamp" => 2000);
    PERFORM bank.set_collecting(a.id, true, "timestamp" => 2000)
    FROM unnest('{swap.shop,swap.thief}'::text[]) AS a (id);
    PERFORM bank.exchange('swap.alice', 'swap.bob', 10, 11, "timestamp" => 3000);
    PERFORM bank.exchange('swap.alice', 'swap.shop', 20, 22, "timestamp" => 4000);
    PERFORM bank.fold_collected();
    PERFORM bank.exchange('swap.alice', 'swap.shop', 30, 33, "timestamp" => 5000);
END;
$given$;
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        v_found := ARRAY(
            SELECT concat_ws(' ', v."check", v.account_id, v.found ->> 'sides')
            FROM engine.verify_exchanges() AS v WHERE v.account_id LIKE 'swap.%'
        );
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
SET LOCAL session_replication_role = replica;  -- the guards are asleep

-- Works
SELECT is(pg_temp.found('SELECT 1'), '{}', 'nothing is wrong with what the functions write');
SELECT is(
    pg_temp.found('UPDATE ledger.collected_credits AS c SET ' || d.damage
        || ' WHERE c.account_id = ''swap.shop'''),
    ARRAY['exchanges_as_agreed swap.alice ' || d.sides], 'collected: ' || d.damage
) FROM (
    VALUES ('account_id = ''swap.thief''', 2), ('amount = 34', 2), ('details = NULL', 2),
    ('details = details || ''{"target_amount": 34}'', amount = 34', 2),
    ('operation = ''transfer''', 1)
) AS d (damage, sides);
SELECT is(
    pg_temp.found(
        'UPDATE ledger.collected_credits AS c SET account_id = ''swap.thief'' '
        'WHERE c.account_id = ''swap.shop''; SELECT bank.fold_collected()'
    ), ARRAY['exchanges_as_agreed swap.alice 2'], 'and when it is folded it is told too'
);
SELECT is(
    pg_temp.found(
        'UPDATE ledger.collected_credits AS c SET amount = 34 '
        'WHERE c.account_id = ''swap.shop''; SELECT bank.fold_collected()'
    ), ARRAY['exchanges_as_agreed swap.alice 2'], 'so it is of another amount'
);
SELECT is(
    pg_temp.found(
        'UPDATE ledger.ledger_transactions AS t SET ' || d.damage
        || ' WHERE t.operation = ''exchange'' AND t.account_id = ''swap.bob'''
    ), ARRAY['exchanges_as_agreed swap.alice ' || d.sides], 'sealed: ' || d.damage
) FROM (
    VALUES ('amount = 12', 2), ('account_id = ''swap.thief'', version = 9', 2), ('amount = -11', 2),
    ('operation = ''deposit''', 1)
) AS d (damage, sides);
SELECT is(
    pg_temp.found('DELETE FROM ledger.collected_credits AS c WHERE c.account_id = ''swap.shop'''),
    ARRAY['exchanges_as_agreed swap.alice 1'], 'one side removed'
);

SELECT * FROM finish();
ROLLBACK;
