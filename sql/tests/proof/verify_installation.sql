-- Tests of engine.verify_installation.
BEGIN;
SELECT plan(48);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.verify_installation'::regproc),
    '',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.verify_installation'::regproc), 'SETOF engine.violation', 'what it returns'
);
SELECT volatility_is('engine', 'verify_installation', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'verify_installation', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.verify_installation'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- What is found after some damage, which is undone again
CREATE FUNCTION pg_temp.found(damage text) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
    v_found text[];
BEGIN
    BEGIN
        EXECUTE damage;
        v_found := ARRAY(
            SELECT concat_ws(' ', v."check", v.account_id, v.found ->> 'object', v.found ->> 'found')
            FROM engine.verify_installation() AS v ORDER BY v.found ->> 'object' COLLATE "C"
        );
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
CREATE ROLE tap_mallory;

-- Works
SELECT is(pg_temp.found('SELECT 1'), '{}', 'nothing is wrong after a reload');
SELECT is(pg_temp.found(d.damage), ARRAY['installed_as_released ' || d.found], d.damage) FROM (
    VALUES
    ('ALTER TABLE ledger.accounts DISABLE TRIGGER never_removed',
        'trigger never_removed of ledger.accounts changed'),
    ('DROP TRIGGER append_only ON ledger.ledger_transactions',
        'trigger append_only of ledger.ledger_transactions gone'),
    ('CREATE TRIGGER mine BEFORE INSERT ON ledger.payments EXECUTE FUNCTION ledger.refuse_change()',
        'trigger mine of ledger.payments not of the release'),
    ('CREATE OR REPLACE FUNCTION engine.now() RETURNS bigint LANGUAGE sql AS ''SELECT 1::bigint''',
        'function engine.now() changed'),
    ('ALTER FUNCTION bank.get_balance SECURITY INVOKER',
        'function bank.get_balance(text,bigint,text) changed'),
    ('CREATE FUNCTION bank.mine() RETURNS integer LANGUAGE sql AS ''SELECT 1''',
        'function bank.mine() not of the release'),
    ('DROP FUNCTION bank.advance_sequences()', 'function bank.advance_sequences() gone'),
    ('GRANT EXECUTE ON FUNCTION bank.close_account TO tap_mallory',
        'function bank.close_account(text,text,bigint,jsonb,text) other privileges: '
        'bank_operator EXECUTE, tap_mallory EXECUTE'),
    ('ALTER FUNCTION bank.get_balance OWNER TO tap_mallory',
        'function bank.get_balance(text,bigint,text) another owner: tap_mallory'),
    ('GRANT UPDATE ON ledger.accounts TO tap_mallory',
        'table ledger.accounts other privileges: tap_mallory UPDATE'),
    ('GRANT UPDATE (balance) ON ledger.accounts TO tap_mallory',
        'column ledger.accounts.balance not of the release'),
    ('GRANT SELECT (operation) ON bank.operations TO tap_mallory',
        'column bank.operations.operation not of the release'),
    ('ALTER SEQUENCE ledger.hold_seq OWNER TO tap_mallory',
        'sequence ledger.hold_seq another owner: tap_mallory'),
    ('ALTER TABLE ledger.settings ADD COLUMN mine text', 'table ledger.settings changed'),
    ('ALTER TABLE ledger.settings ENABLE ROW LEVEL SECURITY', 'table ledger.settings changed'),
    ('CREATE TABLE ledger.mine ()', 'table ledger.mine not of the release'),
    ('CREATE RULE mine AS ON DELETE TO ledger.collected_credits DO INSTEAD NOTHING',
        'rule mine of ledger.collected_credits not of the release'),
    ('ALTER DOMAIN ledger.amount DROP CONSTRAINT amount_is_exact_in_json',
        'constraint amount_is_exact_in_json of ledger.amount gone'),
    ('DROP INDEX ledger.holds_of_account', 'index ledger.holds_of_account gone'),
    ('ALTER SEQUENCE ledger.payment_seq INCREMENT -1', 'sequence ledger.payment_seq changed'),
    ('ALTER ROLE tap_mallory SET session_replication_role = replica',
        'setting session_replication_role=replica of tap_mallory not of the release'),
    ('ALTER TABLE ledger.webhooks ALTER account_id TYPE text COLLATE "default"',
        'table ledger.webhooks changed'),
    ('ALTER TYPE bank.receipt ADD ATTRIBUTE mine text', 'type bank.receipt changed'),
    ('ALTER TYPE bank.receipt RENAME ATTRIBUTE balance TO mine', 'type bank.receipt changed'),
    ('ALTER TYPE engine.posting DROP ATTRIBUTE metadata', 'type engine.posting changed'),
    ('ALTER TYPE bank.sequence_lag OWNER TO tap_mallory',
        'type bank.sequence_lag another owner: tap_mallory'),
    ('REVOKE USAGE ON TYPE ledger.amount FROM PUBLIC', 'type ledger.amount other privileges: '),
    ('ALTER DOMAIN ledger.metadata SET DEFAULT ''{}''', 'type ledger.metadata changed'),
    ('CREATE DOMAIN ledger.mine AS text', 'type ledger.mine not of the release'),
    ('CREATE TYPE bank.mine AS ENUM (''a'')', 'type bank.mine not of the release'),
    ('CREATE CAST (bank.receipt AS ledger.settings) WITH INOUT',
        'cast (bank.receipt AS ledger.settings) not of the release'),
    ('CREATE COLLATION bank.mine FROM "C"', 'collation bank.mine not of the release'),
    ('ALTER ROLE bank_teller CREATEROLE', 'role bank_teller changed'),
    ('ALTER ROLE bank_auditor SUPERUSER', 'role bank_auditor changed'),
    ('ALTER ROLE bank_owner BYPASSRLS', 'role bank_owner changed'),
    ('ALTER ROLE bank_operator LOGIN', 'role bank_operator changed'),
    ('GRANT bank_owner TO bank_teller', 'role bank_teller changed'),
    ('GRANT tap_mallory TO bank_auditor', 'role bank_auditor changed'),
    ('GRANT bank_teller TO bank_operator WITH ADMIN OPTION', 'role bank_operator changed'),
    ('REVOKE bank_teller FROM bank_operator', 'role bank_operator changed'),
    ('SET LOCAL session_replication_role = replica; UPDATE ledger.migrations SET breaking = true',
        'rows ledger.migrations changed')
) AS d (damage, found);

SELECT is(
    pg_temp.found('GRANT bank_teller, bank_operator, bank_owner TO tap_mallory'), '{}',
    'who is one of the roles is for the user to say'
);

SELECT * FROM finish();
ROLLBACK;
