-- note_handed_out: keep that a digest was handed out, when, to whom and which.
--
--   Writes   ledger.proofs, ledger.proof_counter; nothing where the transaction may not write, or
--            where somebody has said (begin_proof) that he takes a digest, and will tell of it
--   Locks    ledger.proof_counter
--
-- Whether it was kept only he knows who has it. So this is no digest that begin_proof counts by:
-- what somebody fetches does not keep a worker from putting the next one into its folder.
--
-- The hash is that of the file that psql and the command line write: the text and a line's end.
CREATE OR REPLACE FUNCTION engine.note_handed_out(digest text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_actor text := session_user;
    v_now bigint := engine.now();
BEGIN
    IF current_setting('transaction_read_only') = 'on' OR EXISTS (
        SELECT FROM ledger.proofs AS p
        WHERE p.kind = 'digest' AND p.ended_at IS NULL AND p.lost_at > v_now
    ) THEN
        RETURN;
    END IF;
    UPDATE ledger.proof_counter AS c SET newest = c.newest + 1 WHERE c.only_row;
    INSERT INTO ledger.proofs (proof_number, kind, begun_at, lost_at, ended_at, actor, sha256)
    SELECT
        c.newest, 'digest_handed_out', v_now, v_now, v_now,
        concat_ws('/', v_actor, engine.on_behalf_of()),
        encode(sha256(convert_to(note_handed_out.digest || chr(10), 'UTF8')), 'hex')
    FROM ledger.proof_counter AS c;
END;
$function$;

COMMENT ON FUNCTION engine.note_handed_out(text) IS
    'Internal: keeps that a digest was handed out.';
REVOKE ALL ON FUNCTION engine.note_handed_out(text) FROM PUBLIC;
