-- show_proof: a proof as callers see it.
--
--   Returns  the proof
CREATE OR REPLACE FUNCTION engine.show_proof(proof ledger.proofs)
RETURNS bank.proof
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT ROW(
        (proof).proof_number, (proof).kind, (proof).begun_at, (proof).ended_at,
        (proof).violations, (proof).clean, (proof).actor, (proof).sha256, (proof).finding,
        (proof).lost_at, (proof).legs_seen, (proof).legs
    )::bank.proof
$function$;

COMMENT ON FUNCTION engine.show_proof(ledger.proofs) IS 'Internal: a proof as callers see it.';
REVOKE ALL ON FUNCTION engine.show_proof(ledger.proofs) FROM PUBLIC;
