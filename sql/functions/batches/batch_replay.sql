-- batch_replay: what the idempotency key of an item says.
--
--   Returns  NULL where the key is free; else the result, replayed, or refused because the key was
--            used for another request
CREATE OR REPLACE FUNCTION engine.batch_replay(item engine.batch_item)
RETURNS bank.batch_result
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_owner text := coalesce(item.payer, item.payee);
    v_key ledger.idempotency_keys;
BEGIN
    SELECT k.* INTO v_key
    FROM ledger.idempotency_keys AS k
    WHERE k.account_id = v_owner AND k.idempotency_key = item.idempotency_key;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF v_key.operation = item.operation
        AND v_key.request_hash = sha256(convert_to(item.request, 'UTF8'))
    THEN
        RETURN engine.batch_posted(item, v_key.response, true);
    END IF;
    RETURN engine.batch_refused(item, 'idempotency_key_reused', json_build_object(
        'account_id', v_owner,
        'idempotency_key', item.idempotency_key,
        'first_operation', v_key.operation,
        'first_used_at', v_key.created_at
    ));
END;
$function$;

COMMENT ON FUNCTION engine.batch_replay(engine.batch_item) IS
    'Internal: the result stored under the key of an item of a batch, or NULL.';
REVOKE ALL ON FUNCTION engine.batch_replay(engine.batch_item) FROM PUBLIC;
