-- batch: run many operations in one call and one transaction.
--
--   Returns  one result per item, in order: exactly as if the items ran one by one, each posted or
--            refused on its own, later ones seeing earlier ones
--   Writes   what the items' functions write; nothing for a dry run
--   Locks    every account named, in byte order; not a collecting account that is only transferred
--            or paid to
--   Errors   invalid_idempotency_key, invalid_batch, idempotency_key_reused; a refused item is a
--            result, not an error
--
-- An item with "linked": true is joined to the next one; a chain posts whole or not at all: the
-- first item that fails keeps its code, the others say linked_failed. atomic makes the batch one
-- chain.
CREATE OR REPLACE FUNCTION bank.batch(
    operations json,
    atomic boolean DEFAULT false,
    dry_run boolean DEFAULT false,
    idempotency_key text DEFAULT NULL
)
RETURNS SETOF bank.batch_result
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $function$
DECLARE
    v_operations jsonb := operations;
    v_request text;
    v_items engine.batch_item[];
    v_accounts ledger.accounts[];
    v_results bank.batch_result[];
    v_now bigint;
    v_response json;
BEGIN
    PERFORM engine.check_request(1, NULL, idempotency_key);
    IF idempotency_key IS NOT NULL THEN
        v_request := ROW(v_operations, atomic)::text;
        IF dry_run THEN
            v_response := engine.replay('@batch', idempotency_key, 'batch', v_request);
        ELSE
            v_response := engine.claim('@batch', idempotency_key, 'batch', v_request);
        END IF;
        IF v_response IS NOT NULL THEN
            RETURN QUERY
            SELECT r.* FROM json_populate_recordset(NULL::bank.batch_result, v_response) AS r;
            RETURN;
        END IF;
    END IF;

    v_items := ARRAY(SELECT i FROM engine.batch_items(v_operations, atomic) AS i ORDER BY i.item);
    BEGIN
        -- What is due by now is settled first, which changes no answer, unless an item counts
        -- earlier.
        v_accounts := engine.batch_lock(v_items, NOT EXISTS (
            SELECT FROM unnest(v_items) AS i WHERE i."timestamp" IS NOT NULL
        ));
        v_now := engine.now();
        v_results := coalesce(
            engine.batch_at_once(v_items, v_accounts, v_now), engine.batch_one_by_one(v_items)
        );
        IF dry_run THEN
            RAISE EXCEPTION 'dry_run' USING ERRCODE = 'TL999';
        END IF;
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN  -- all is undone but the answers
            NULL;
    END;

    IF idempotency_key IS NOT NULL AND dry_run IS NOT TRUE THEN
        PERFORM engine.keep_claim('@batch', idempotency_key, (
            SELECT json_agg(r)
            FROM unnest(v_results) AS r
            HAVING bool_or(r.status <> 'refused')
        ));
    END IF;
    RETURN QUERY SELECT r.* FROM unnest(v_results) AS r;
END;
$function$;

COMMENT ON FUNCTION bank.batch(json, boolean, boolean, text) IS
    'Runs up to 10000 items {"operation": deposit|withdraw|transfer|pay, ...the fields of that '
    'function..., "linked": boolean} as if one by one, each accepted or refused on its own; a '
    'chain of linked items, or the whole batch where atomic, posts whole or not at all. dry_run '
    'answers the same and writes nothing. Returns a row per item: status (posted, replayed, '
    'refused), receipt, or code and detail of the refusal. Raises invalid_batch, '
    'invalid_idempotency_key, idempotency_key_reused.';
REVOKE ALL ON FUNCTION bank.batch(json, boolean, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.batch(json, boolean, boolean, text) TO bank_teller;
