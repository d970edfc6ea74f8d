-- cashback_for: the cashback that a policy promises for an amount.
--
--   Returns  floor(amount * rate_bps / 10000), at most max_amount; minor units
--
-- Whole ten-thousands first, so that no product leaves bigint: 2^53 * 10000 would.
CREATE OR REPLACE FUNCTION engine.cashback_for(amount bigint, policy ledger.cashback_policies)
RETURNS bigint
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    RETURN least(
        amount / 10000 * policy.rate_bps + amount % 10000 * policy.rate_bps / 10000,
        policy.max_amount
    );
END;
$function$;

COMMENT ON FUNCTION engine.cashback_for(bigint, ledger.cashback_policies) IS
    'Internal: floor(amount * rate_bps / 10000), capped by the policy; minor units.';
REVOKE ALL ON FUNCTION engine.cashback_for(bigint, ledger.cashback_policies) FROM PUBLIC;
