-- settle_free: post what is due on accounts that nobody else holds.
--
--   Returns  how many legs of the operation counted were posted, and the sum of their amounts, as
--            engine.settle_skipping tells them
--   Writes   what engine.settle_skipping writes, until limit legs of that operation are posted
--   Locks    what engine.lock_free locks of the accounts given
CREATE OR REPLACE FUNCTION engine.settle_free(
    account_ids text[], "timestamp" bigint, "limit" bigint, counted text,
    OUT settled bigint, OUT amount numeric
)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_account_id text;
    v_settled record;
BEGIN
    settled := 0;
    amount := 0;
    FOREACH v_account_id IN ARRAY engine.lock_free(account_ids, "limit") LOOP
        v_settled := engine.settle_skipping(
            v_account_id, settle_free."timestamp", "limit" - settled, counted
        );
        settled := settled + v_settled.settled;
        amount := amount + v_settled.amount;
        EXIT WHEN settled >= "limit";
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION engine.settle_free(text[], bigint, bigint, text) IS
    'Internal: settles accounts that are not locked; counts legs of one kind.';
REVOKE ALL ON FUNCTION engine.settle_free(text[], bigint, bigint, text) FROM PUBLIC;
