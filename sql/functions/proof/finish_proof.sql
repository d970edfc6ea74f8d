-- finish_proof: tell what came of a verification or a digest.
--
--   Returns  the proof; as it ended, where it has ended before
--   Writes   ledger.proofs
--   Errors   limited_to_accounts, invalid_argument (proof_number, violations, sha256, finding,
--            checks)
CREATE OR REPLACE FUNCTION bank.finish_proof(
    proof_number bigint,
    violations bigint DEFAULT NULL,
    sha256 text DEFAULT NULL,
    finding text DEFAULT NULL,
    checks json DEFAULT NULL
)
RETURNS bank.proof
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_proof ledger.proofs;
BEGIN
    PERFORM engine.refuse_limited();
    SELECT p.* INTO v_proof
    FROM ledger.proofs AS p
    WHERE p.proof_number = finish_proof.proof_number
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'proof_number', 'value', finish_proof.proof_number,
            'expected', 'one that begin_proof returned'
        ));
    END IF;
    IF violations < 0 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'violations', 'value', violations, 'expected', '0 or more, or left out'
        ));
    END IF;
    IF char_length(sha256) > 64 OR char_length(finding) > 1000 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', CASE WHEN char_length(sha256) > 64 THEN 'sha256' ELSE 'finding' END,
            'expected', '64 characters at most, and 1000 of a finding'
        ));
    END IF;
    IF octet_length(checks::text) > 1000000 OR json_typeof(checks) <> 'array' THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'checks', 'expected', 'what verify_ledger answered, 1000000 bytes at most'
        ));
    END IF;
    IF v_proof.ended_at IS NULL THEN
        UPDATE ledger.proofs AS p
        SET ended_at = v_now,
            violations = finish_proof.violations,
            clean = finish_proof.violations = 0,
            sha256 = finish_proof.sha256,
            finding = finish_proof.finding,
            checks = finish_proof.checks
        WHERE p.proof_number = finish_proof.proof_number
        RETURNING p.* INTO v_proof;
    END IF;
    RETURN engine.show_proof(v_proof);
END;
$function$;

COMMENT ON FUNCTION bank.finish_proof(bigint, bigint, text, text, json) IS
    'Tell what came of a verification or a digest. A verification without violations, and a digest '
    'without sha256, could not be done: the next one is due as if it had not begun. A digest '
    'without violations was held against none.';
REVOKE ALL ON FUNCTION bank.finish_proof(bigint, bigint, text, text, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.finish_proof(bigint, bigint, text, text, json) TO bank_operator;
