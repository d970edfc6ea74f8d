-- verify_legs: walk every account's chain and say which of its legs are wrong.
--
--   Returns  the violations of versions_gapless, balances_continuous, timestamps_in_order,
--            ids_in_order, value_dates_in_bounds, hash_versions_known, hashes_recompute,
--            amounts_have_a_contra, operations_declared
--
-- By a thousand accounts at a time, so that memory stays small and a caller who listens for DEBUG
-- messages ('verify_ledger 5000/1000000', in legs) sees how far it is. Legs of no account are
-- engine.verify_accounts's to find.
CREATE OR REPLACE FUNCTION engine.verify_legs(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    c_most CONSTANT bigint := 9007199254740991;
    v_all numeric := (
        SELECT sum(a.version)
        FROM ledger.accounts AS a
        WHERE engine.is_asked(a.account_id, verify_legs.account_id)
    );
    v_done numeric := 0;
    v_first text COLLATE "C";
    v_last text COLLATE "C" := '';
    v_legs numeric;
BEGIN
    LOOP
        SELECT min(page.account_id::text), max(page.account_id::text), sum(page.version)
        INTO v_first, v_last, v_legs
        FROM (
            SELECT a.account_id, a.version
            FROM ledger.accounts AS a
            WHERE a.account_id > v_last
                AND engine.is_asked(a.account_id, verify_legs.account_id)
            ORDER BY a.account_id
            LIMIT 1000
        ) AS page;
        EXIT WHEN v_last IS NULL;

        RETURN QUERY
        SELECT wrong."check", l.account_id, json_build_object(
            'version', l.version, 'transaction_id', l.transaction_id
        )
        FROM (
            SELECT
                t.account_id,
                t.version,
                t.transaction_id,
                -- By this leg's numbers alone, and within bounds: so none overflows.
                t.version > 0 AND t.version - 1 = coalesce(lag(t.version) OVER chain, 0) AS gapless,
                t.amount BETWEEN -c_most AND c_most
                AND t.balance_after BETWEEN -c_most AND c_most
                AND t.balance_after - t.amount = coalesce(lag(t.balance_after) OVER chain, 0)
                    AS continuous,
                (
                    t."timestamp" >= coalesce(lag(t."timestamp") OVER chain, 0)
                ) = (t.operation <> 'rewind_account') AS in_order,
                coalesce(t.folded_in, t.transaction_id) >= coalesce(
                    lag(coalesce(t.folded_in, t.transaction_id)) OVER chain, 0
                ) AS rising,
                t.value_at IS NULL OR t.value_at BETWEEN 0 AND c_most AS dated,
                t.hash_version = 1 AS known,
                t.hash_version = 1 AND t.hash = engine.seal(
                    coalesce(lag(t.hash) OVER chain, ''), engine.leg_content(
                        t.account_id, t.version, t.transaction_id, t.leg, t."timestamp",
                        t.value_at, t.recorded_at, t.operation, t.amount, t.balance_after,
                        t.held_after, t.pending_cashback_after, t.overdraft_limit_after,
                        t.contra_account_id, t.payment_ref, t.refers_to, t.folded_in, t.actor,
                        t.on_behalf_of, t.metadata, t.posting_metadata, t.details, t.key_hash
                    )
                ) AS sealed,
                (t.amount = 0) = (t.contra_account_id IS NULL) AS two_sided
            FROM ledger.ledger_transactions AS t
            WHERE t.account_id BETWEEN v_first AND v_last
            WINDOW chain AS (PARTITION BY t.account_id ORDER BY t.version)
        ) AS l
        CROSS JOIN LATERAL (
            VALUES
            ('versions_gapless', l.gapless),
            ('balances_continuous', l.continuous),
            ('timestamps_in_order', l.in_order),
            ('ids_in_order', l.rising),
            ('value_dates_in_bounds', l.dated),
            ('hash_versions_known', l.known),
            ('hashes_recompute', l.sealed),
            ('amounts_have_a_contra', l.two_sided)
        ) AS wrong ("check", holds)
        -- First the legs with anything wrong, so that the others are not looked at seven times.
        -- Of an unknown rule no hash recomputes, so known need not be looked at here.
        WHERE NOT (
                l.gapless AND l.continuous AND l.in_order AND l.rising AND l.dated AND l.sealed
                AND l.two_sided
            )
            AND NOT wrong.holds;

        v_done := v_done + v_legs;
        RAISE DEBUG 'verify_ledger %/%', v_done, v_all;
    END LOOP;

    RETURN QUERY
    SELECT 'operations_declared', min(t.account_id), json_build_object(
        'operation', t.operation, 'legs', count(*)
    )
    FROM ledger.ledger_transactions AS t
    WHERE engine.is_asked(t.account_id, verify_legs.account_id)
        AND NOT EXISTS (SELECT FROM engine.operations AS o WHERE o.operation = t.operation)
    GROUP BY t.operation;
END;
$function$;

COMMENT ON FUNCTION engine.verify_legs(text) IS
    'Internal: the violations of chains, leg by leg.';
REVOKE ALL ON FUNCTION engine.verify_legs(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('versions_gapless', 'An account''s legs are numbered 1, 2, 3 ... without a gap.', 'verify_legs', true),
('balances_continuous', 'Each balance_after is the one before it plus the leg''s amount.', 'verify_legs', true),
('timestamps_in_order', 'No leg of an account is older than the one before it, but those that rewind it.', 'verify_legs', true),
('ids_in_order', 'An account''s legs come in the order of their ids, collected ones by the id of their folding.', 'verify_legs', true),
('value_dates_in_bounds', 'A value date, where a leg has one, is 0 to 2^53-1 ms.', 'verify_legs', true),
('operations_declared', 'Each leg is of an operation that a room has declared.', 'verify_legs', true),
('hash_versions_known', 'Each leg names a rule of hashing that there is.', 'verify_legs', true),
('hashes_recompute', 'Each hash is the SHA-256 of the hash before it and of its leg, by the leg''s rule.', 'verify_legs', true),
('amounts_have_a_contra', 'A leg names another side where it moves money, and only there.', 'verify_legs', true);
