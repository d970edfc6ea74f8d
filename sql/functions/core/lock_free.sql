-- lock_free: take some accounts, of those that nobody else holds.
--
--   Returns  those taken, in the order given: of the first limit ones, where any of them is free,
--            else at most limit of the rest
--   Locks    what engine.lock_skipping locks
CREATE OR REPLACE FUNCTION engine.lock_free(account_ids text[], "limit" bigint)
RETURNS text[]
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_locked text[] := engine.lock_skipping(account_ids[:"limit"]);
BEGIN
    IF v_locked = '{}' THEN
        v_locked := engine.lock_skipping(account_ids, "limit");
    END IF;
    RETURN ARRAY(
        SELECT i.account_id
        FROM unnest(account_ids) WITH ORDINALITY AS i (account_id, number)
        WHERE i.account_id = ANY(v_locked)
        ORDER BY i.number
    );
END;
$function$;

COMMENT ON FUNCTION engine.lock_free(text[], bigint) IS
    'Internal: locks accounts unless they are locked, some of those given; tells which it has.';
REVOKE ALL ON FUNCTION engine.lock_free(text[], bigint) FROM PUBLIC;
