-- verify_digest: say whether everything a digest has sealed is still there, unchanged.
--
--   Returns  ok; else the first account that differs and how: chain_broken (at version),
--            account_missing, history_differs, recorded_before (at version); account_id is NULL
--            where too many differ to tell, and for root_differs
--   Errors   limited_to_accounts, invalid_argument (digest)
--
-- The accounts' heads must be those that were sealed, and every leg up to them must hash to them: a
-- history written anew, hashes and all, fails the first; one edited in place the second. What came
-- later must have been recorded later, or it has been slipped in; a minute is let pass, for clocks
-- are set, and who had read the clock may have drawn an id after the digest was taken.
-- root_differs blames neither side: the sums agree, and what else the digest says does not. So it
-- is not the one that was given; or the history is another, and who wrote it has made the sums
-- collide, which are 31 bits each.
CREATE OR REPLACE FUNCTION bank.verify_digest(digest json)
RETURNS bank.digest_verification
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $function$
DECLARE
    v_sealed bank.digest;
    v_whole boolean;
    v_found bank.digest;
    v_differing text COLLATE "C";
    v_result bank.digest_verification;
BEGIN
    PERFORM engine.refuse_limited();
    BEGIN
        IF json_typeof(digest) = 'object' THEN
            v_sealed := json_populate_record(NULL::bank.digest, digest);
        END IF;
        v_whole := to_jsonb(v_sealed) = digest::jsonb;
    EXCEPTION
        WHEN data_exception THEN  -- a member that is not of its type
            v_whole := false;
    END;
    IF (
        v_whole  -- every member, as it was given, and no other
        AND v_sealed.transaction_id BETWEEN 1 AND 9007199254740991
        AND v_sealed."timestamp" BETWEEN 0 AND 9007199254740991
        AND v_sealed.accounts BETWEEN 0 AND 9007199254740991
        AND v_sealed.legs BETWEEN 0 AND 9007199254740991
        AND v_sealed.root ~ '^[0-9a-f]{64}$'
        AND cardinality(v_sealed.sums) = 256 AND cardinality(v_sealed.weighted_sums) = 256
        AND 0 <= ALL(v_sealed.sums) AND 2147483647 > ALL(v_sealed.sums)
        AND 0 <= ALL(v_sealed.weighted_sums) AND 2147483647 > ALL(v_sealed.weighted_sums)
    ) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'digest', 'expected', 'what ledger_digest returned, whole and unchanged'
        ));
    END IF;

    v_found := engine.digest_of(v_sealed.transaction_id, v_sealed."timestamp");
    v_result.transaction_id := v_sealed.transaction_id;
    v_result."timestamp" := v_sealed."timestamp";
    v_result.accounts := v_found.accounts;
    v_result.legs := v_found.legs;

    SELECT 'chain_broken', v.account_id, (v.found ->> 'version')::bigint
    INTO v_result.finding, v_result.account_id, v_result.version
    FROM engine.verify_legs() AS v
    INNER JOIN engine.sealed(v_sealed.transaction_id) AS s ON s.account_id = v.account_id
    WHERE v."check" IN ('versions_gapless', 'hashes_recompute')
        AND (v.found ->> 'version')::bigint <= s.version
    ORDER BY v.account_id COLLATE "C", (v.found ->> 'version')::bigint
    LIMIT 1;

    IF (v_found.sums, v_found.weighted_sums) = (v_sealed.sums, v_sealed.weighted_sums) THEN
        IF v_found IS DISTINCT FROM v_sealed THEN
            v_result.finding := coalesce(v_result.finding, 'root_differs');
        END IF;
    ELSE
        v_differing := engine.differing_account(v_sealed, v_found);
        IF v_result.finding IS NULL OR v_differing < v_result.account_id THEN
            v_result.account_id := v_differing;
            v_result.version := NULL;
            v_result.finding := CASE WHEN v_differing IS NULL OR EXISTS (
                SELECT FROM ledger.accounts AS a WHERE a.account_id = v_differing
            ) THEN 'history_differs' ELSE 'account_missing' END;
        END IF;
    END IF;
    IF v_result.finding IS NULL THEN
        SELECT 'recorded_before', t.account_id, t.version
        INTO v_result.finding, v_result.account_id, v_result.version
        FROM ledger.ledger_transactions AS t
        WHERE coalesce(t.folded_in, t.transaction_id) >= v_sealed.transaction_id
            AND t.recorded_at < v_sealed."timestamp" - 60000
        ORDER BY t.account_id, t.version
        LIMIT 1;
    END IF;
    v_result.ok := v_result.finding IS NULL;
    RETURN v_result;
END;
$function$;

COMMENT ON FUNCTION bank.verify_digest(json) IS
    'Say whether everything a digest has sealed is still there, unchanged. It tells the first '
    'account that differs, and how.';
REVOKE ALL ON FUNCTION bank.verify_digest(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.verify_digest(json) TO bank_operator, bank_auditor;
