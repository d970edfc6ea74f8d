-- Tests of engine.differing_account.
BEGIN;
SELECT plan(11);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.differing_account'::regproc),
    'sealed bank.digest, found bank.digest',
    'its arguments, by name'
);
SELECT is(pg_get_function_result('engine.differing_account'::regproc), 'text', 'what it returns');
SELECT volatility_is('engine', 'differing_account', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'differing_account', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.differing_account'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given some accounts, more than one of them in some buckets
SET LOCAL session_replication_role = replica;  -- the guards are asleep
DO $given$
BEGIN
    PERFORM bank.create_account_at('differ.' || n, "timestamp" => 1000)
        FROM generate_series(1, 500) AS n;
    PERFORM bank.deposit_at('differ.1', 500, "timestamp" => 1000);
    PERFORM bank.transfer_at('differ.1', 'differ.2', 100, "timestamp" => 1000);
END;
$given$;
CREATE TEMP TABLE digest AS SELECT d AS digest
    FROM engine.digest_of(nextval('ledger.transaction_seq'), 5000) AS d;
CREATE FUNCTION pg_temp.differs(damage text) RETURNS text LANGUAGE plpgsql AS $function$
DECLARE
    v_found text;
BEGIN
    BEGIN
        EXECUTE damage;
        SELECT coalesce(engine.differing_account(d.digest, n), 'nobody') INTO v_found
        FROM digest AS d CROSS JOIN engine.digest_of((d.digest).transaction_id, 5000) AS n;
        RAISE EXCEPTION 'undo' USING ERRCODE = 'TL999';
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN
            RETURN v_found;
    END;
END;
$function$;
CREATE FUNCTION pg_temp.forge(whose text) RETURNS text LANGUAGE sql AS $function$
    SELECT format(
        'UPDATE ledger.ledger_transactions SET hash = sha256(hash) WHERE account_id IN (%s)', whose
    )
$function$;

-- Works
SELECT is(pg_temp.differs('SELECT 1'), 'nobody', 'nothing differs, nobody is named');
SELECT is(pg_temp.differs(pg_temp.forge('''differ.77''')), 'differ.77', 'one that has changed');
SELECT is(
    pg_temp.differs(pg_temp.forge('''differ.300'', ''differ.123'', ''differ.77''')), 'differ.123',
    'the first of some'
);
SELECT is(
    pg_temp.differs('DELETE FROM ledger.accounts AS a WHERE a.account_id = ''differ.9'''),
    'differ.9',
    'one whose row is gone, by its legs'
);
SELECT is(
    pg_temp.differs($$
        DELETE FROM ledger.accounts AS a WHERE a.account_id = 'differ.2';
        DELETE FROM ledger.ledger_transactions AS t WHERE t.account_id = 'differ.2'
    $$),
    'differ.2', 'one of which nothing is left, by those it dealt with'
);
SELECT is(
    pg_temp.differs((
        SELECT pg_temp.forge(string_agg(quote_literal(a.account_id), ', '))
        FROM ledger.accounts AS a
        WHERE get_byte(sha256(convert_to(a.account_id, 'UTF8')), 31) = (
            SELECT get_byte(sha256(convert_to(b.account_id, 'UTF8')), 31)
            FROM ledger.accounts AS b GROUP BY 1 HAVING count(*) > 1 LIMIT 1
        )
    )),
    'nobody', 'where all that differ share a bucket, they cannot be told apart'
);

SELECT * FROM finish();
ROLLBACK;
