-- list_proof_checks: what each check of a verification came to.
--
--   Returns  a row per check, as bank.verify_ledger answered them; none of a proof of another kind,
--            of one that has not ended, or that was told of without them
--   Errors   limited_to_accounts, proof_not_found
CREATE OR REPLACE FUNCTION bank.list_proof_checks(proof_number bigint)
RETURNS SETOF bank.verification
LANGUAGE plpgsql
STABLE
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
    WHERE p.proof_number = list_proof_checks.proof_number;
    IF NOT FOUND THEN
        PERFORM engine.refuse('proof_not_found', json_build_object(
            'proof_number', list_proof_checks.proof_number
        ));
    END IF;
    RETURN QUERY
    SELECT c.value ->> 'check', (c.value ->> 'ok')::boolean, (c.value ->> 'violations')::bigint,
        c.value -> 'sample'
    FROM json_array_elements(v_proof.checks) WITH ORDINALITY AS c (value, number)
    ORDER BY c.number;
END;
$function$;

COMMENT ON FUNCTION bank.list_proof_checks(bigint) IS
    'What each check of a verification came to. As whoever did it told.';
REVOKE ALL ON FUNCTION bank.list_proof_checks(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_proof_checks(bigint) TO bank_operator, bank_auditor;
