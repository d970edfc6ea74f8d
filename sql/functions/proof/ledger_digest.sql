-- ledger_digest: seal the ledger as it is, in a few kilobytes to keep outside the database.
--
--   Returns  JSON for bank.verify_digest: it covers every leg that is in the log now
--   Locks    nothing; nobody ever waits for it
--   Errors   invalid_argument (patience, or not at READ COMMITTED), ledger_busy
--
-- Ids commit in another order than they are drawn. So it draws one, waits until every transaction
-- that was at work on accounts has ended (the way CREATE INDEX CONCURRENTLY does), and then sees
-- all legs below that id that there will ever be; they are what the digest is about.
CREATE OR REPLACE FUNCTION bank.ledger_digest(patience bigint DEFAULT 5000)
RETURNS json
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $function$
DECLARE
    v_timestamp bigint := engine.now();
    v_transaction_id bigint;
    v_writers text[];
    v_digest bank.digest;
BEGIN
    IF (patience BETWEEN 0 AND 3600000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'patience', 'value', patience
        ));
    END IF;
    -- With one snapshot for the whole transaction there would be no use in waiting.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'transaction_isolation', 'value', current_setting('transaction_isolation')
        ));
    END IF;

    -- First the id, then the list: a writer locks an account before it draws its own id, and that
    -- takes a lock of the table which it keeps to its end.
    v_transaction_id := nextval('ledger.transaction_seq');
    v_writers := engine.account_writers();
    WHILE v_writers && engine.account_writers() LOOP
        IF engine.now() - v_timestamp > patience THEN
            PERFORM engine.refuse('ledger_busy', json_build_object('patience', patience));
        END IF;
        PERFORM pg_sleep(0.002);
    END LOOP;

    v_digest := engine.digest_of(v_transaction_id);
    v_digest."timestamp" := v_timestamp;
    RETURN row_to_json(v_digest);
END;
$function$;

COMMENT ON FUNCTION bank.ledger_digest(bigint) IS
    'Seals every leg that is in the log: a small JSON to keep outside the database, for '
    'bank.verify_digest. Waits up to patience ms (0 to 3600000) for transactions at work to end, '
    'and holds nobody up. Draws a transaction_id. Raises invalid_argument, ledger_busy.';
REVOKE ALL ON FUNCTION bank.ledger_digest(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.ledger_digest(bigint) TO bank_operator, bank_auditor;
