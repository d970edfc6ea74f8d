-- verified: what verification finds, by check.
--
--   Returns  a row per check of engine.checks: whether it holds, how many times it does not, and
--            three of those with the account and what was found; of an account, of those checks
--            that can be asked about one
--
-- Compiling the queries takes longer than a small ledger does (0.4 s against 0.01), and gains a
-- large one nothing; so there is no JIT. How definitions are printed must not depend on the caller.
--
-- Finders are planned for what they are asked: a plan for any account would read the whole ledger,
-- and one for the whole ledger would look at the account of each row.
--
-- What is damaged may be no number where one is counted with. Then the checks that this finder has
-- are not held, and the others are looked at all the same.
CREATE OR REPLACE FUNCTION engine.verified(account_id text DEFAULT NULL)
RETURNS SETOF bank.verification
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET jit = off
SET plan_cache_mode = force_custom_plan
SET bytea_output = 'hex'
SET quote_all_identifiers = off
SET standard_conforming_strings = on
AS $function$
DECLARE
    v_finder text;
    v_violated bank.verification[] := ARRAY[]::bank.verification[];
    v_more bank.verification[];
BEGIN
    -- One after the other, and still in one snapshot: that of the caller's statement.
    FOR v_finder IN
        SELECT DISTINCT c.finder
        FROM engine.checks AS c
        WHERE c.by_account OR verified.account_id IS NULL
        ORDER BY c.finder
    LOOP
        BEGIN
            EXECUTE format($query$
                SELECT array_agg(w) FROM (
                    SELECT
                        v."check",
                        false AS ok,
                        count(*) AS violations,
                        json_agg(
                            json_build_object('account_id', v.account_id, 'found', v.found)
                            ORDER BY v.number
                        ) FILTER (WHERE v.number <= 3) AS sample
                    FROM (
                        SELECT
                            one.*,
                            row_number() OVER (PARTITION BY one."check" ORDER BY one.account_id)
                                AS number
                        FROM engine.%I(%s) AS one
                    ) AS v
                    GROUP BY v."check"
                ) AS w
            $query$, v_finder, CASE WHEN account_id IS NOT NULL THEN '$1' END)
            INTO v_more
            USING account_id;
        EXCEPTION
            WHEN data_exception OR cardinality_violation THEN
                v_more := ARRAY(
                    SELECT ROW(c."check", false, 1, json_build_array(json_build_object(
                        'account_id', NULL, 'found', json_build_object('unreadable', SQLERRM)
                    )))::bank.verification
                    FROM engine.checks AS c
                    WHERE c.finder = v_finder
                );
        END;
        v_violated := v_violated || v_more;
    END LOOP;

    RETURN QUERY
    SELECT
        c."check",
        v."check" IS NULL,
        coalesce(v.violations, 0),
        coalesce(v.sample, '[]')
    FROM engine.checks AS c
    LEFT JOIN unnest(v_violated) AS v ON v."check" = c."check"
    WHERE c.by_account OR verified.account_id IS NULL
    ORDER BY c."check";
END;
$function$;

COMMENT ON FUNCTION engine.verified(text) IS
    'Internal: what verification finds, by check; of all, or of one account.';
REVOKE ALL ON FUNCTION engine.verified(text) FROM PUBLIC;
