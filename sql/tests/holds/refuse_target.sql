-- Tests of engine.refuse_target.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.refuse_target'::regproc),
    'account ledger.accounts, target_account_id text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.refuse_target'::regproc), 'void', 'what it returns');
SELECT volatility_is('engine', 'refuse_target', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'refuse_target', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.refuse_target'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given targets of each status, and one of another currency
DO $given$
BEGIN
    PERFORM bank.create_account_at('target.' || s.status, "timestamp" => 1000)
    FROM unnest(ARRAY['active', 'frozen', 'blocked', 'closed']) AS s (status);
    UPDATE ledger.accounts AS a SET status = split_part(a.account_id, '.', 2)
    WHERE starts_with(a.account_id, 'target.');
    PERFORM bank.create_account_at('target.yen', 'JPY', "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.refuse(target text) RETURNS void LANGUAGE sql AS $function$
    SELECT engine.refuse_target(
        jsonb_populate_record(NULL::ledger.accounts, '{"currency": "EUR"}'), target
    )
$function$;

-- Works
SELECT lives_ok(
    format('SELECT pg_temp.refuse(%L)', 'target.' || s.status), 'not one that is ' || s.status
) FROM unnest(ARRAY['active', 'frozen', 'blocked']) AS s (status);

-- Refuses
SELECT throws_ok(
    format('SELECT pg_temp.refuse(%L)', 'target.' || r.target), r.code, r.name,
    'refuses target.' || r.target
) FROM (
    VALUES ('nobody', 'TL101', 'account_not_found'), ('yen', 'TL009', 'currency_mismatch'),
    ('closed', 'TL305', 'account_closed')
) AS r (target, code, name);

SELECT * FROM finish();
ROLLBACK;
