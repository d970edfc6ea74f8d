-- verify_collected: see that each credit that was collected is as its payer's leg says.
--
--   Returns  the violations of credits_collected_rightly
--
-- Until it is folded nothing seals a credit, and what is sealed then is what it was by then: so
-- what its payer's leg sealed at once is compared with both. A folded credit that came late has the
-- time of the leg before it, and its own, which is earlier, in details.
CREATE OR REPLACE FUNCTION engine.verify_collected(account_id text DEFAULT NULL)
RETURNS SETOF engine.violation
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN QUERY
    SELECT 'credits_collected_rightly', credit.account_id, json_build_object(
        'transaction_id', credit.transaction_id
    )
    FROM (
        SELECT
            c.transaction_id, c.leg, c.account_id, c.amount::text AS amount, c.contra_account_id,
            c."timestamp"::text AS "timestamp", c.value_at, c.operation, c.payment_ref, c.actor,
            c.on_behalf_of, c.metadata::text AS metadata,
            c.posting_metadata::text AS posting_metadata, c.details, a.collecting AS possible
        FROM ledger.collected_credits AS c
        INNER JOIN ledger.accounts AS a ON a.account_id = c.account_id
        WHERE engine.is_asked(c.account_id, verify_collected.account_id)
        UNION ALL
        SELECT
            t.transaction_id, t.leg, t.account_id, t.amount::text, t.contra_account_id,
            coalesce(t.details ->> 'credited_at', t."timestamp"::text),
            t.value_at, t.operation, t.payment_ref, t.actor, t.on_behalf_of,
            t.metadata::text, t.posting_metadata::text,
            CASE WHEN t.details ? 'credited_at'
                THEN nullif(t.details - 'credited_at', '{}')
                ELSE t.details
            END,
            (t.details ? 'credited_at') IS NOT TRUE OR (
                t."timestamp" = before."timestamp"
                AND t.details -> 'credited_at' < to_jsonb(t."timestamp")
            )
        FROM ledger.ledger_transactions AS t
        LEFT JOIN ledger.ledger_transactions AS before
            ON t.details ? 'credited_at'
                AND before.account_id = t.account_id
                AND before.version = t.version - 1
        WHERE t.folded_in IS NOT NULL
            AND engine.is_asked(t.account_id, verify_collected.account_id)
    ) AS credit
    LEFT JOIN ledger.ledger_transactions AS payer
        ON payer.transaction_id = credit.transaction_id AND payer.leg = credit.leg - 1
    WHERE credit.possible IS NOT TRUE OR (
        credit.account_id, credit.amount, credit.contra_account_id, credit."timestamp",
        credit.value_at, credit.operation, credit.payment_ref, credit.actor, credit.on_behalf_of,
        credit.metadata, credit.posting_metadata, credit.details::text
    ) IS DISTINCT FROM (
        CASE payer.operation
            WHEN 'exchange' THEN payer.details ->> 'target_account_id'
            ELSE payer.contra_account_id
        END,
        CASE payer.operation
            WHEN 'exchange' THEN payer.details ->> 'target_amount'
            ELSE (-payer.amount)::text
        END,
        CASE payer.operation
            WHEN 'exchange' THEN payer.contra_account_id
            ELSE payer.account_id
        END,
        payer."timestamp"::text, payer.value_at, payer.operation, payer.payment_ref,
        payer.actor, payer.on_behalf_of, payer.metadata::text, payer.posting_metadata::text,
        CASE payer.operation WHEN 'exchange' THEN payer.details::text END
    );
END;
$function$;

COMMENT ON FUNCTION engine.verify_collected(text) IS
    'Internal: the violations of credits that were collected.';
REVOKE ALL ON FUNCTION engine.verify_collected(text) FROM PUBLIC;

-- noqa: disable=LT05
INSERT INTO engine.checks ("check", promise, finder, by_account) VALUES
('credits_collected_rightly', 'Only a collecting account has credits that are not folded, and each, folded or not, is as its payer''s leg says.', 'verify_collected', true);
