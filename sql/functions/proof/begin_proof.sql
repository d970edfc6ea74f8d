-- begin_proof: say that the ledger is being verified, or a digest taken, if it is time to.
--
--   Returns  the proof that has begun; none where the last one is not every_ms ago, or goes on
--   Writes   ledger.proofs, ledger.proof_counter
--   Locks    ledger.proof_counter
--   Errors   limited_to_accounts, invalid_argument (kind, every_ms, lost_after_ms)
--
-- Any number of workers may ask; the lock has one of them be told. One that did not come to a
-- result counts until it is lost, or has ended without one.
CREATE OR REPLACE FUNCTION bank.begin_proof(
    kind text, every_ms bigint DEFAULT 0, lost_after_ms bigint DEFAULT 3600000
)
RETURNS SETOF bank.proof
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_actor text := session_user;
    v_number bigint;
    v_now bigint;
BEGIN
    PERFORM engine.refuse_limited();
    PERFORM engine.check_one_of('kind', kind, ARRAY['verification', 'digest']);
    IF (every_ms BETWEEN 0 AND 315576000000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'every_ms', 'value', every_ms, 'expected', '0 to 315576000000'
        ));
    END IF;
    IF (lost_after_ms BETWEEN 0 AND 604800000) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'lost_after_ms', 'value', lost_after_ms, 'expected', '0 to 604800000'
        ));
    END IF;
    SELECT c.newest + 1 INTO v_number FROM ledger.proof_counter AS c FOR NO KEY UPDATE;
    v_now := engine.now();
    IF every_ms > 0 AND EXISTS (
        SELECT FROM ledger.proofs AS p
        WHERE p.kind = begin_proof.kind
            AND (
                (p.ended_at IS NULL AND p.lost_at > v_now)
                OR (
                    p.begun_at > v_now - every_ms
                    AND CASE p.kind
                        WHEN 'digest' THEN p.sha256 IS NOT NULL ELSE p.clean IS NOT NULL
                    END
                )
            )
    ) THEN
        RETURN;
    END IF;

    UPDATE ledger.proof_counter AS c SET newest = v_number WHERE c.only_row;
    INSERT INTO ledger.proofs (proof_number, kind, begun_at, lost_at, actor)
    VALUES (
        v_number, begin_proof.kind, v_now, v_now + lost_after_ms,
        concat_ws('/', v_actor, engine.on_behalf_of())
    );
    RETURN QUERY
    SELECT shown.*
    FROM ledger.proofs AS p
    CROSS JOIN LATERAL engine.show_proof(p) AS shown
    WHERE p.proof_number = v_number;
END;
$function$;

COMMENT ON FUNCTION bank.begin_proof(text, bigint, bigint) IS
    'Say that the ledger is being verified, or a digest taken, if it is time to. None where the '
    'last one is not every_ms ago, or goes on and is not lost. For workers, of which one is told '
    'each time; with every_ms 0, for whoever does it anyway.';
REVOKE ALL ON FUNCTION bank.begin_proof(text, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.begin_proof(text, bigint, bigint) TO bank_operator;
