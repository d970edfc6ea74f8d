-- Tests of engine.is_asked.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.is_asked'::regproc),
    'account_id text, asked text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.is_asked'::regproc), 'boolean', 'what it returns');
SELECT volatility_is('engine', 'is_asked', 'immutable', 'it is immutable');
SELECT isnt_definer('engine', 'is_asked', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.is_asked'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Works
SELECT is(
    array_agg(engine.is_asked(a.id, 'alice') ORDER BY a.id), '{true,false,null}'::boolean[], 'one account'
) FROM unnest('{alice,bob,null}'::text[]) AS a (id);
SELECT is(
    array_agg(engine.is_asked(a.id, NULL)), '{true,true,true}'::boolean[], 'any, if none is asked about'
) FROM unnest('{alice,bob,null}'::text[]) AS a (id);
CREATE FUNCTION pg_temp.plan(asked text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_plan json;
BEGIN
    EXECUTE format(
        'EXPLAIN (FORMAT json) SELECT FROM ledger.ledger_transactions AS t WHERE engine.is_asked(t.account_id, %L)',
        asked
    ) INTO v_plan;
    RETURN v_plan;
END;
$function$;
SELECT ok(
    pg_temp.plan(NULL) NOT LIKE '%Filter%' AND pg_temp.plan('alice') LIKE '%Cond": "(account_id = ''alice''%',
    'nothing is left of it in a plan for all, and one for an account looks into an index'
);

SELECT * FROM finish();
ROLLBACK;
