-- refund_legs: the legs that give back a part of what was captured from a hold.
--
--   Returns  drafts for engine.post_legs: of each capture that something is left of, the oldest
--            first, the payer's debit, if that is a customer, and the account's credit; numbered
--            1, 2, 3 ... through the transaction
CREATE OR REPLACE FUNCTION engine.refund_legs(
    hold ledger.holds,
    payer text,
    amount bigint,
    transaction_id bigint,
    "timestamp" bigint,
    value_at bigint,
    metadata jsonb
)
RETURNS engine.draft[]
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN ARRAY(
        SELECT ROW(
            side.account_id, refund_legs.transaction_id,
            row_number() OVER (ORDER BY part.number, side.turn), refund_legs."timestamp",
            refund_legs.value_at, 'refund_hold', side.amount, 0, 0, NULL, side.contra, NULL,
            part.transaction_id, NULL, NULL, NULL, refund_legs.metadata, NULL, side.details,
            NULL
        )::engine.draft
        FROM (
            SELECT
                c.number,
                c.transaction_id,
                c.captured - c.refunded AS refundable,
                refund_legs.amount
                - sum(c.captured - c.refunded) OVER (ORDER BY c.number)
                + c.captured - c.refunded AS wanted
            FROM engine.captures_of(hold) AS c
        ) AS part
        CROSS JOIN LATERAL (
            VALUES
            (1, payer, -least(part.refundable, part.wanted), hold.account_id, NULL),
            (
                2, hold.account_id, least(part.refundable, part.wanted), payer,
                jsonb_build_object('hold_id', 'hold' || hold.hold_number)
            )
        ) AS side (turn, account_id, amount, contra, details)
        WHERE part.refundable > 0 AND part.wanted > 0 AND side.account_id NOT LIKE '@%'
        ORDER BY part.number, side.turn
    );
END;
$function$;

COMMENT ON FUNCTION engine.refund_legs(
    ledger.holds, text, bigint, bigint, bigint, bigint, jsonb
) IS 'Internal: the legs that give back a part of what was captured from a hold.';
REVOKE ALL ON FUNCTION engine.refund_legs(
    ledger.holds, text, bigint, bigint, bigint, bigint, jsonb
) FROM PUBLIC;
