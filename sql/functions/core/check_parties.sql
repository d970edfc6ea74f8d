-- check_parties: what forbids to move money from the account to the other one.
--
--   Returns  the refusal's name (currency_mismatch, those of engine.check_debit for the account,
--            those of engine.check_credit for the other), or NULL; engine.refuse_parties raises it
--
-- required: what the account must have, fees included; amount: what the other one gets. Without
-- another account only the debit counts. One expression, so that it inlines.
CREATE OR REPLACE FUNCTION engine.check_parties(
    parties engine.parties, required bigint, amount bigint
)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
    SELECT coalesce(
        CASE WHEN ((parties).account).currency <> ((parties).other).currency
            THEN 'currency_mismatch'
        END,
        engine.check_debit(
            ((parties).account).status,
            ((parties).account).balance - ((parties).account).held
            + ((parties).account).overdraft_limit,
            required
        ),
        engine.check_credit(
            ((parties).other).status,
            ((parties).other).balance + ((parties).other).pending_cashback
            + ((parties).other).overdraft_limit,
            amount
        )
    )
$function$;

COMMENT ON FUNCTION engine.check_parties(engine.parties, bigint, bigint) IS
    'Internal: the name of what forbids to move money between two accounts, or NULL.';
REVOKE ALL ON FUNCTION engine.check_parties(engine.parties, bigint, bigint) FROM PUBLIC;
