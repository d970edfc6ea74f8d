-- Tests of engine.sealed.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.sealed'::regproc),
    'transaction_id bigint',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.sealed'::regproc), 'SETOF engine.seal', 'what it returns');
SELECT volatility_is('engine', 'sealed', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'sealed', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.sealed'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given two accounts, a collecting one among them, and the ids drawn on the way
DO $given$
BEGIN
    PERFORM bank.create_account_at('sealed.alice', "timestamp" => 1000);
    PERFORM bank.create_account_at('sealed.shop', "timestamp" => 1000);
    UPDATE ledger.accounts AS a SET collecting = true WHERE a.account_id = 'sealed.shop';
    PERFORM bank.deposit_at('sealed.alice', 500, "timestamp" => 2000);
    PERFORM bank.transfer_at('sealed.alice', 'sealed.shop', 5, "timestamp" => 3000);
END;
$given$;
CREATE TEMP TABLE moment AS SELECT nextval('ledger.transaction_seq') AS id;
CREATE FUNCTION pg_temp.sealed(id bigint) RETURNS text[] LANGUAGE sql AS $function$
    SELECT array_agg(concat_ws(' ', s.account_id, s.version) ORDER BY s.account_id)
    FROM engine.sealed(id) AS s WHERE s.account_id LIKE 'sealed.%'
$function$;
CREATE FUNCTION pg_temp.leg(account_id text, version bigint) RETURNS bigint LANGUAGE sql
AS $function$
    SELECT t.transaction_id FROM ledger.ledger_transactions AS t
    WHERE t.account_id = leg.account_id AND t.version = leg.version
$function$;

-- Works
SELECT is(
    pg_temp.sealed(m.id), ARRAY['sealed.alice 3', 'sealed.shop 1'],
    'all that is in the log, and nothing that is only collected'
) FROM moment AS m;
SELECT is(
    (SELECT array_agg(s.head ORDER BY s.account_id) FROM engine.sealed(m.id) AS s
        WHERE s.account_id LIKE 'sealed.%'),
    (SELECT array_agg(a.head ORDER BY a.account_id) FROM ledger.accounts AS a
        WHERE a.account_id LIKE 'sealed.%'),
    'each with its head'
) FROM moment AS m;
SELECT is(
    pg_temp.sealed(pg_temp.leg('sealed.alice', 3)), ARRAY['sealed.alice 2', 'sealed.shop 1'],
    'an id is not below itself'
);
SELECT is(
    pg_temp.sealed(pg_temp.leg('sealed.alice', 1)),
    NULL,
    'before its opening an account is not there'
);
DO $given$
BEGIN
    PERFORM bank.withdraw_at('sealed.shop', 1, "timestamp" => 4000);
    PERFORM bank.deposit_at('sealed.alice', 1, "timestamp" => 4000);
    PERFORM bank.create_account_at('sealed.bob', "timestamp" => 1000);
END;
$given$;
SELECT cmp_ok(
    pg_temp.leg('sealed.shop', 2), '<', m.id, 'a credit that was collected keeps its payer''s id'
) FROM moment AS m;
SELECT is(
    pg_temp.sealed(m.id), ARRAY['sealed.alice 3', 'sealed.shop 1'],
    'and still nothing that comes later changes the answer'
) FROM moment AS m;

SELECT * FROM finish();
ROLLBACK;
