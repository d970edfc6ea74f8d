-- legs_of: the legs that postings come to.
--
--   Returns  drafts for engine.post_legs: of each posting the debit, then the credit, of those that
--            are customers'; numbered 1, 2, 3 ... through the transaction
CREATE OR REPLACE FUNCTION engine.legs_of(
    postings engine.posting[],
    transaction_id bigint,
    "timestamp" bigint,
    value_at bigint,
    refers_to bigint,
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
            side.account_id, legs_of.transaction_id,
            row_number() OVER (ORDER BY p.number, side.turn), legs_of."timestamp",
            nullif(legs_of.value_at, legs_of."timestamp"), 'post', side.amount, 0, 0, NULL,
            side.contra, NULL, legs_of.refers_to, NULL, NULL, NULL, legs_of.metadata, p.metadata,
            NULL, NULL
        )::engine.draft
        FROM unnest(postings) AS p
        CROSS JOIN LATERAL (
            VALUES
            (1, p.source_account_id, -p.amount, p.target_account_id),
            (2, p.target_account_id, p.amount, p.source_account_id)
        ) AS side (turn, account_id, amount, contra)
        WHERE side.account_id NOT LIKE '@%'
        ORDER BY p.number, side.turn
    );
END;
$function$;

COMMENT ON FUNCTION engine.legs_of(engine.posting[], bigint, bigint, bigint, bigint, jsonb) IS
    'Internal: the legs that postings come to.';
REVOKE ALL ON FUNCTION engine.legs_of(engine.posting[], bigint, bigint, bigint, bigint, jsonb)
FROM PUBLIC;
