-- ledger_digest: seal the ledger as it is, in a few kilobytes to keep outside the database.
--
--   Returns  JSON for bank.verify_digest: it covers every leg that is in the log now
--   Writes   a message to the WAL, so that its commit reaches the disk; ledger.proofs
--   Locks    ledger.proof_counter, once all else is done; no writer ever waits for it
--   Errors   limited_to_accounts,
--            invalid_argument (patience; not on the primary; not at READ COMMITTED), ledger_busy
--
-- A digest says what there will ever be below a transaction_id, its cut. So every leg below it must
-- be there already, and no id below it may ever be given again.
--
-- Ids commit in another order than they are drawn. So it waits until every transaction that was at
-- work on accounts once the cut was known has ended (the way CREATE INDEX CONCURRENTLY does): a
-- writer locks an account before it draws its id, and that takes a lock of the table which it keeps
-- to its end. Whoever has drawn an id below the cut is among them, or has ended.
--
-- The cut is one past the newest id that has been committed, not one drawn for the purpose. In a
-- crash a sequence forgets what it has given out since its last WAL record that reached the disk;
-- only an id that lies in the log there is certain to have such a record before it. Commits of
-- sessions with synchronous_commit = off may not have come so far: those are safe once this
-- function's own transaction has committed, which waits for the disk. So it is best called in a
-- transaction of its own, and what that transaction itself has posted before counts as committed.
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
    v_cut bigint;
    v_writers text[];
    v_digest json;
BEGIN
    PERFORM engine.refuse_limited();
    IF (patience BETWEEN 0 AND 3600000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'patience', 'value', patience,
            'expected', '0 to 3600000'
        ));
    END IF;
    -- A standby does not know who is at work.
    IF pg_is_in_recovery() THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'server', 'value', 'standby',
            'expected', 'the primary'
        ));
    END IF;
    -- With one snapshot for the whole transaction there would be no use in waiting.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'transaction_isolation', 'value', current_setting('transaction_isolation'),
            'expected', 'read committed'
        ));
    END IF;

    -- Of each account the newest leg has the highest id, be it that of its folding.
    SELECT 1 + coalesce(max(
        coalesce(newest.folded_in, newest.transaction_id)
    ), 0) INTO v_cut
    FROM ledger.accounts AS a
    CROSS JOIN LATERAL (
        SELECT t.transaction_id, t.folded_in
        FROM ledger.ledger_transactions AS t
        WHERE t.account_id = a.account_id
        ORDER BY t.version DESC
        LIMIT 1
    ) AS newest;

    v_writers := engine.account_writers();
    WHILE v_writers && engine.account_writers() LOOP
        IF engine.now() - v_timestamp > patience THEN
            PERFORM engine.refuse('ledger_busy', json_build_object('patience', patience));
        END IF;
        PERFORM pg_sleep(0.002);
    END LOOP;

    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'local', true);
    END IF;
    PERFORM pg_logical_emit_message(true, 'pgteller', 'ledger_digest');

    -- Who was waited for may have drawn an id above the cut, and had looked at the clock before.
    v_digest := row_to_json(engine.digest_of(v_cut, least(
        v_timestamp,
        (
            SELECT min(t.recorded_at)
            FROM ledger.ledger_transactions AS t
            WHERE t.transaction_id >= v_cut
        ),
        (
            SELECT min(t.recorded_at)
            FROM ledger.ledger_transactions AS t
            WHERE t.folded_in >= v_cut
        )
    )));
    PERFORM engine.note_handed_out(v_digest::text);
    RETURN v_digest;
END;
$function$;

COMMENT ON FUNCTION bank.ledger_digest(bigint) IS
    'Seal the ledger as it is, in a few kilobytes to keep outside the database. Keep the answer '
    'where nobody who can reach the database can: bank.verify_digest holds the ledger against it. '
    'Nobody is held up. Call it on the primary, in a transaction of its own. That it was handed '
    'out is noted (`list_proofs`); whether it was kept only you know.';
REVOKE ALL ON FUNCTION bank.ledger_digest(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.ledger_digest(bigint) TO bank_operator, bank_auditor;
