-- list_proofs: when the ledger was verified, or digests were taken, and what came of it.
--
--   Returns  at most limit proofs that follow `after`
--   Errors   limited_to_accounts, invalid_argument (kind, limit, order)
CREATE OR REPLACE FUNCTION bank.list_proofs(
    kind text DEFAULT NULL,
    "limit" bigint DEFAULT 100,
    after bigint DEFAULT NULL,
    "order" text DEFAULT 'asc'
)
RETURNS SETOF bank.proof
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM engine.refuse_limited();
    IF kind IS NOT NULL THEN
        PERFORM engine.check_one_of(
            'kind', kind, ARRAY['verification', 'digest', 'digest_handed_out']
        );
    END IF;
    PERFORM engine.check_limit("limit");
    PERFORM engine.check_order("order");
    IF "order" = 'asc' THEN
        RETURN QUERY
        SELECT shown.*
        FROM ledger.proofs AS p
        CROSS JOIN LATERAL engine.show_proof(p) AS shown
        WHERE p.proof_number > coalesce(list_proofs.after, 0)
            AND (list_proofs.kind IS NULL OR p.kind = list_proofs.kind)
        ORDER BY p.proof_number
        LIMIT list_proofs."limit";
    ELSE
        RETURN QUERY
        SELECT shown.*
        FROM ledger.proofs AS p
        CROSS JOIN LATERAL engine.show_proof(p) AS shown
        WHERE p.proof_number < coalesce(list_proofs.after, 9223372036854775807)
            AND (list_proofs.kind IS NULL OR p.kind = list_proofs.kind)
        ORDER BY p.proof_number DESC
        LIMIT list_proofs."limit";
    END IF;
END;
$function$;

COMMENT ON FUNCTION bank.list_proofs(text, bigint, bigint, text) IS
    'When the ledger was verified, or digests were taken, and what came of it. Of one that goes '
    'on, how far it is. As told by those who did it: workers on their timetable, `pgteller verify` '
    'and `pgteller digest take`. Whoever else was given a digest has one that was handed out, of '
    'which nobody here knows whether it was kept. What proves the books is not this list.';
REVOKE ALL ON FUNCTION bank.list_proofs(text, bigint, bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.list_proofs(text, bigint, bigint, text)
TO bank_operator, bank_auditor;
