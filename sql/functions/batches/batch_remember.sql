-- batch_remember: store the answer given under the key of a batch, and seal both.
--
--   Returns  whether anything was posted; where not, nothing is stored, for the key stays free
--   Writes   ledger.idempotency_keys, one zero-amount leg `batch` on the first account that the
--            batch posted to, at the time of its newest leg
--   Locks    nothing: who posted to an account has it locked
CREATE OR REPLACE FUNCTION engine.batch_remember(
    owner text, idempotency_key text, results bank.batch_result[]
)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_response json := (SELECT json_agg(r) FROM unnest(results) AS r);
    v_account ledger.accounts;
    v engine.parties;
BEGIN
    SELECT a.* INTO v_account
    FROM unnest(results) AS r
    INNER JOIN ledger.ledger_transactions AS t ON t.transaction_id = r.transaction_id
    INNER JOIN ledger.accounts AS a ON a.account_id = t.account_id
    WHERE r.status = 'posted'
    ORDER BY r.item, t.leg
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    v := ROW(
        v_account, NULL, v_account.last_timestamp, engine.now(), NULL, NULL,
        engine.keep_claim(owner, idempotency_key, v_response)
    );
    PERFORM engine.book(
        v, nextval('ledger.transaction_seq'), 'batch', 0,
        details => jsonb_build_object('items', cardinality(results))
    );
    RETURN true;
END;
$function$;

COMMENT ON FUNCTION engine.batch_remember(text, text, bank.batch_result[]) IS
    'Internal: stores and seals the answer to a batch under its key; false where nothing was '
    'posted.';
REVOKE ALL ON FUNCTION engine.batch_remember(text, text, bank.batch_result[]) FROM PUBLIC;
