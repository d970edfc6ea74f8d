-- remember: store the answer given under an idempotency key.
--
--   Returns  the hash of the key, what it stands for and the answer, for the first leg of the
--            transaction to seal
--   Writes   ledger.idempotency_keys, in the transaction of the posting
--   Errors   idempotency_key_reused
--
-- ON CONFLICT, though engine.replay has found the key free under the owner's lock: a transaction
-- that reads by an old snapshot may not see a key that is there, and then gets 40001 from this, to
-- try again, in place of a unique violation. And a key whose owner is a login has no lock: another
-- request may have taken it meanwhile. An equal one can't: it would wait for the same accounts.
CREATE OR REPLACE FUNCTION engine.remember(
    owner text, idempotency_key text, operation text, request_hash bytea, response json
)
RETURNS bytea
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_now bigint := engine.now();
BEGIN
    INSERT INTO ledger.idempotency_keys
        (owner, idempotency_key, operation, request_hash, response, created_at)
    VALUES (
        remember.owner, remember.idempotency_key, remember.operation, remember.request_hash,
        remember.response, v_now
    )
    ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING;
    IF NOT FOUND THEN
        PERFORM engine.replay(
            remember.owner, remember.idempotency_key, remember.operation, remember.request_hash
        );
    END IF;
    RETURN engine.key_hash(owner, idempotency_key, operation, request_hash, response, v_now);
END;
$function$;

COMMENT ON FUNCTION engine.remember(text, text, text, bytea, json) IS
    'Internal: stores a response under an idempotency key, returns the hash that seals both; '
    'raises idempotency_key_reused.';
REVOKE ALL ON FUNCTION engine.remember(text, text, text, bytea, json) FROM PUBLIC;
