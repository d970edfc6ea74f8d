-- note_progress: tell how far a verification is.
--
--   Returns  the proof; as it ended, where it has ended
--   Writes   ledger.proofs, where it is further than was told before
--   Locks    the proof
--   Errors   limited_to_accounts, invalid_argument (proof_number, legs_seen)
--
-- Over another connection than that which verifies: what a transaction writes nobody else sees
-- before it ends.
CREATE OR REPLACE FUNCTION bank.note_progress(
    proof_number bigint, legs_seen bigint, legs bigint
)
RETURNS bank.proof
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_proof ledger.proofs;
BEGIN
    PERFORM engine.refuse_limited();
    SELECT p.* INTO v_proof
    FROM ledger.proofs AS p
    WHERE p.proof_number = note_progress.proof_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'proof_number', 'value', note_progress.proof_number,
            'expected', 'one that begin_proof returned'
        ));
    END IF;
    IF (legs_seen BETWEEN 0 AND legs AND legs <= 9007199254740991) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'legs_seen', 'value', legs_seen, 'expected', '0 or more, of no fewer legs'
        ));
    END IF;
    IF v_proof.ended_at IS NULL AND (v_proof.legs_seen >= legs_seen) IS NOT TRUE THEN
        UPDATE ledger.proofs AS p
        SET legs_seen = note_progress.legs_seen, legs = note_progress.legs
        WHERE p.proof_number = note_progress.proof_number
        RETURNING p.* INTO v_proof;
    END IF;
    RETURN engine.show_proof(v_proof);
END;
$function$;

COMMENT ON FUNCTION bank.note_progress(bigint, bigint, bigint) IS
    'Tell how far a verification is. For whoever does it, about once a second. One that has ended '
    'is left as it is, and what was told before is not taken back.';
REVOKE ALL ON FUNCTION bank.note_progress(bigint, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.note_progress(bigint, bigint, bigint) TO bank_operator;
