-- cashback_for: the cashback that a policy promises for an amount.
--
--   Returns  floor(amount * rate_bps / 10000), at most max_amount; minor units
--
-- Whole ten-thousands first, so that no product leaves bigint: 2^53 * 10000 would. One expression,
-- so that it inlines.
CREATE OR REPLACE FUNCTION engine.cashback_for(amount bigint, rate_bps integer, max_amount bigint)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT least(
        amount / 10000 * rate_bps + amount % 10000 * rate_bps / 10000,
        max_amount
    )
$function$;

COMMENT ON FUNCTION engine.cashback_for(bigint, integer, bigint) IS
    'Internal: floor(amount * rate_bps / 10000), at most max_amount; minor units.';
REVOKE ALL ON FUNCTION engine.cashback_for(bigint, integer, bigint) FROM PUBLIC;
