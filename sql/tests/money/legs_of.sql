-- Tests of engine.legs_of.
BEGIN;
SELECT plan(8);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.legs_of'::regproc),
    'postings engine.posting[], transaction_id bigint, "timestamp" bigint, value_at '
    || 'bigint, refers_to bigint, metadata jsonb',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.legs_of'::regproc), 'engine.draft[]', 'what it returns'
);
SELECT volatility_is('engine', 'legs_of', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'legs_of', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.legs_of'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given postings as texts: source, target, amount
CREATE FUNCTION pg_temp.postings(VARIADIC sides text[]) RETURNS engine.posting[]
LANGUAGE sql AS $function$
    SELECT array_agg(ROW(
        s.number, split_part(s.side, ' ', 1), split_part(s.side, ' ', 2),
        nullif(split_part(s.side, ' ', 3), '')::bigint, NULL
    )::engine.posting ORDER BY s.number)
    FROM unnest(sides) WITH ORDINALITY AS s (side, number)
$function$;
CREATE FUNCTION pg_temp.legs(value_at bigint, refers_to bigint, metadata jsonb) RETURNS jsonb
LANGUAGE sql AS $function$
    SELECT to_jsonb(engine.legs_of(
        pg_temp.postings('alice bob 5', '@external alice 7', 'bob @fees 1')
        || ROW(4, 'bob', 'alice', 2, '{"p": 1}')::engine.posting,
        2000000001, 3000, value_at, refers_to, metadata
    ))
$function$;

-- Works
SELECT is(
    (
        SELECT array_agg(
            concat_ws(' ', d.leg, d.account_id, d.amount, d.contra_account_id, d.posting_metadata)
            ORDER BY d.number
        )
        FROM ROWS FROM (jsonb_to_recordset(pg_temp.legs(900, 99, '{"m": 1}')) AS (
            leg integer, account_id text, amount bigint, contra_account_id text,
            posting_metadata jsonb
        )) WITH ORDINALITY AS d (leg, account_id, amount, contra_account_id, posting_metadata, number)
    ), ARRAY[
        '1 alice -5 bob', '2 bob 5 alice', '3 alice 7 @external', '4 bob -1 @fees',
        '5 bob -2 alice {"p": 1}', '6 alice 2 bob {"p": 1}'
    ], 'of each the debit, then the credit, where it is a customer''s'
);
SELECT is(
    (
        SELECT jsonb_agg(DISTINCT d.draft - ARRAY[
            'leg', 'account_id', 'amount', 'contra_account_id', 'posting_metadata'
        ]) FROM jsonb_array_elements(pg_temp.legs(900, 99, '{"m": 1}')) AS d (draft)
    ), $$[{
        "transaction_id": 2000000001, "timestamp": 3000, "value_at": 900, "operation": "post",
        "held": 0, "key_hash": null, "pending_cashback": 0, "due_at": null, "payment_ref": null, "refers_to": 99,
        "folded_in": null, "actor": null, "on_behalf_of": null, "metadata": {"m": 1},
        "details": null
    }]$$::jsonb, 'all else is the same in each'
);
SELECT is(
    pg_temp.legs(3000, NULL, NULL) #> '{0,value_at}', 'null',
    'a value date that is the time of posting is none'
);

SELECT * FROM finish();
ROLLBACK;
