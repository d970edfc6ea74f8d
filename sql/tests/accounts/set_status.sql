-- Tests of engine.set_status.
BEGIN;
SELECT plan(18);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.set_status'::regproc),
    'account_id text, status text, operation text, reason text, "timestamp" bigint, '
    || 'metadata jsonb, idempotency_key text',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.set_status'::regproc), 'bank.account', 'what it returns');
SELECT volatility_is('engine', 'set_status', 'volatile', 'it is volatile');
SELECT isnt_definer('engine', 'set_status', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.set_status'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

CREATE FUNCTION pg_temp.newest_leg(who text) RETURNS jsonb LANGUAGE sql AS $function$
    SELECT to_jsonb(t) - ARRAY['transaction_id', 'recorded_at', 'hash']
    FROM ledger.ledger_transactions AS t
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id AND a.version = t.version
    WHERE a.account_id = who
$function$;

-- Given
DO $given$
BEGIN
    PERFORM bank.create_account_at('ss.alice', "timestamp" => 1000);
END;
$given$;
CREATE FUNCTION pg_temp.change(was text, becomes text) RETURNS text
LANGUAGE plpgsql AS $function$
BEGIN
    UPDATE ledger.accounts AS a SET status = was WHERE a.account_id = 'ss.alice';
    RETURN (engine.set_status('ss.alice', becomes, 'tap', 'why', 2000, NULL, NULL)).status;
EXCEPTION
    WHEN SQLSTATE 'TL331' OR SQLSTATE 'TL305' THEN
        RETURN SQLERRM;
END;
$function$;

-- Works: every change that there is
SELECT is(
    pg_temp.change(c.was, c.becomes), c.found, format('%s to %s: %s', c.was, c.becomes, c.found)
) FROM (
    VALUES ('active', 'frozen', 'frozen'), ('active', 'blocked', 'blocked'),
    ('active', 'closed', 'closed'), ('frozen', 'active', 'active'),
    ('frozen', 'blocked', 'blocked'), ('blocked', 'frozen', 'frozen'),
    ('blocked', 'closed', 'closed'), ('active', 'active', 'status_unchanged'),
    ('frozen', 'frozen', 'status_unchanged'), ('blocked', 'blocked', 'status_unchanged'),
    ('closed', 'active', 'account_closed'), ('closed', 'closed', 'account_closed')
) AS c (was, becomes, found);
SELECT is(
    pg_temp.newest_leg('ss.alice') ->> 'operation', 'tap', 'the leg is of the operation named'
);

SELECT * FROM finish();
ROLLBACK;
