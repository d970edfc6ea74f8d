-- batch: run many operations in one call and one transaction.
--
--   Returns  one result per item, in order: exactly as if the items ran one by one, each posted or
--            refused on its own, later ones seeing earlier ones
--   Writes   what the items' functions write; nothing for a dry run
--   Locks    every account that they touch, in byte order; a collecting account that is only paid
--            to is shared
--   Errors   invalid_idempotency_key, invalid_batch, idempotency_key_reused; a refused item is a
--            result, not an error
--
-- An item with "linked": true is joined to the next one; a chain posts whole or not at all: the
-- first item that fails keeps its code, the others say linked_failed. atomic makes the batch one
-- chain. What only operators may give or call is taken where the batch is privileged. A key of
-- the batch belongs to the login that calls.
CREATE OR REPLACE FUNCTION bank.batch(
    operations json,
    atomic boolean DEFAULT false,
    dry_run boolean DEFAULT false,
    privileged boolean DEFAULT true,
    idempotency_key text DEFAULT NULL
)
RETURNS SETOF bank.batch_result
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_operations jsonb;
    v_owner text;
    v_hash bytea;
    v_response json;
    v_posted boolean := true;
    v_result bank.batch_result;
    v_results bank.batch_result[];
BEGIN
    IF engine.is_plain(1, NULL, idempotency_key, NULL) IS NOT TRUE THEN
        PERFORM engine.refuse_request(1, NULL, idempotency_key);
    END IF;
    BEGIN
        v_operations := operations;
    EXCEPTION
        WHEN data_exception THEN  -- JSON with what no text can hold, such as NUL
            PERFORM engine.refuse('invalid_batch', json_build_object('reason', sqlerrm));
    END;
    IF idempotency_key IS NOT NULL THEN
        -- As text, to be hashed, such a number has up to 131 072 digits.
        IF v_operations @? 'strict $.**{last} ? (@ > 1e308 || @ < -1e308)' THEN
            PERFORM engine.refuse('invalid_batch', '{"reason": "a number beyond 1e308"}');
        END IF;
        v_owner := engine.login_scope();
        v_hash := engine.request_hash(json_build_object(
            'operations', v_operations::text, 'atomic', coalesce(atomic, false)
        ));
    END IF;
    BEGIN
        IF idempotency_key IS NOT NULL THEN
            v_response := engine.claim(v_owner, idempotency_key, 'batch', v_hash);
            IF v_response IS NOT NULL THEN
                RETURN QUERY
                SELECT r.* FROM json_populate_recordset(NULL::bank.batch_result, v_response) AS r;
                RETURN;
            END IF;
        END IF;
        IF engine.batch_flaw(v_operations, privileged) IS NOT NULL THEN
            PERFORM engine.refuse_batch(v_operations, privileged);
        END IF;
        -- One item alone takes its locks itself. But what stands under its key can be told only
        -- once they are taken: until then another request may be at work under it.
        v_results := CASE
            WHEN jsonb_array_length(v_operations) = 1
                AND v_operations -> 0 ->> 'idempotency_key' IS NULL
                THEN engine.batch_chain(v_operations, 1, 1)
            ELSE engine.batch_run(v_operations, coalesce(atomic, false))
        END;
        IF idempotency_key IS NOT NULL THEN
            v_posted := engine.batch_remember(v_owner, idempotency_key, v_results);
        END IF;
        IF dry_run OR NOT v_posted THEN
            RAISE EXCEPTION 'nothing_stays' USING ERRCODE = 'TL999';
        END IF;
    EXCEPTION
        WHEN SQLSTATE 'TL999' THEN  -- all is undone but the answers
            NULL;
    END;
    FOREACH v_result IN ARRAY v_results LOOP
        RETURN NEXT v_result;
    END LOOP;
END;
$function$;

COMMENT ON FUNCTION bank.batch(json, boolean, boolean, boolean, text) IS
    'Run many operations in one call and one transaction. Exactly as if the items came one by '
    'one, in order: each is posted or refused on its own, and later ones see earlier ones. A '
    'refused item is a result, not an error. A chain of linked items is posted whole or not at '
    'all, and with atomic so is the batch. An item that gives what only operators may give, or is '
    'of an operation that only they may call, makes the batch invalid unless it is privileged.';
REVOKE ALL ON FUNCTION bank.batch(json, boolean, boolean, boolean, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.batch(json, boolean, boolean, boolean, text) TO bank_teller;
