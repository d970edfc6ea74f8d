-- collect: put aside a credit of a collecting account, which nobody has locked.
--
--   Writes   a row of ledger.collected_credits; engine.settle_due moves it to the log
--   Locks    nothing: the caller holds the account FOR KEY SHARE, so that it goes on collecting
CREATE OR REPLACE FUNCTION engine.collect(
    account_id text,
    transaction_id bigint,
    leg integer,
    "timestamp" bigint,
    operation text,
    amount bigint,
    contra_account_id text,
    metadata jsonb DEFAULT NULL,
    value_at bigint DEFAULT NULL,
    payment_ref text DEFAULT NULL,
    details jsonb DEFAULT NULL
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_for text := engine.on_behalf_of();
BEGIN
    INSERT INTO ledger.collected_credits (
        account_id, transaction_id, leg, "timestamp", operation, amount, contra_account_id,
        metadata, value_at, payment_ref, actor, on_behalf_of, details
    )
    VALUES (
        collect.account_id, collect.transaction_id, collect.leg, collect."timestamp",
        collect.operation, collect.amount, collect.contra_account_id, collect.metadata,
        collect.value_at, collect.payment_ref, session_user, v_for,
        collect.details
    );
END;
$function$;

COMMENT ON FUNCTION engine.collect(
    text, bigint, integer, bigint, text, bigint, text, jsonb, bigint, text, jsonb
) IS 'Internal: puts aside a credit of a collecting account.';
REVOKE ALL ON FUNCTION engine.collect(
    text, bigint, integer, bigint, text, bigint, text, jsonb, bigint, text, jsonb
) FROM PUBLIC;
