-- post: post any number of movements as one transaction, whole or not at all.
--
--   Returns  the receipt, with what each account then has; a repeat under the same key gets the
--            first one again
--   Writes   a leg per posting and customer account it touches, all with one transaction_id
--   Locks    every customer account named, in byte order of account_id, collecting ones too
--   Errors   invalid_amount, invalid_metadata, invalid_idempotency_key, invalid_timestamp
--            (value_at), invalid_postings, same_account, account_not_found (the first in byte
--            order), idempotency_key_reused, invalid_timestamp, timestamp_in_past,
--            timestamp_in_future, currency_mismatch, transaction_not_found (refers_to),
--            not_reversible (refers_to), refund_exceeds_transaction; of the postings in their order
--            account_frozen, account_blocked, account_closed, insufficient_funds,
--            balance_limit_exceeded
--
-- A posting is {"source_account_id", "target_account_id", "amount", "metadata"?}; either side may
-- be a house account, not both. Each stays in the currency of its customers; the next may be in
-- another. Later ones see earlier ones, so that money may pass through an account.
--
-- With refers_to it gives back a part of that transaction: never more along any path than went
-- there. The key belongs to the login that calls, since a transaction of many has no one payer.
CREATE OR REPLACE FUNCTION bank.post(
    postings json,
    refers_to bigint DEFAULT NULL,
    value_at bigint DEFAULT NULL,
    "timestamp" bigint DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL
)
RETURNS bank.post_receipt
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_postings engine.posting[];
    v_owner text := engine.login_scope();
    v engine.parties;
    v_transaction_id bigint;
    v_drafts engine.draft[];
    v_receipt bank.post_receipt;
BEGIN
    PERFORM engine.refuse_request(1, metadata, idempotency_key, value_at);
    v_postings := ARRAY(SELECT p FROM engine.read_postings(postings) AS p ORDER BY p.number);
    v := engine.prepare_all(
        engine.customers_of(v_postings), v_owner, post."timestamp", idempotency_key, 'post',
        json_build_object(
            'postings', (postings::jsonb)::text, 'refers_to', refers_to, 'value_at', value_at,
            'timestamp', post."timestamp", 'metadata', metadata::text
        )
    );
    IF v.response IS NOT NULL THEN
        RETURN json_populate_record(NULL::bank.post_receipt, v.response);
    END IF;
    PERFORM engine.refuse_currencies(v_postings);
    IF refers_to IS NOT NULL THEN
        PERFORM engine.refuse_refund(refers_to, v_postings);
    END IF;

    v_transaction_id := nextval('ledger.transaction_seq');
    v_drafts := engine.legs_of(
        v_postings, v_transaction_id, v."timestamp", value_at, refers_to, metadata
    );
    PERFORM engine.refuse_legs(v_drafts, false);
    v_receipt.transaction_id := v_transaction_id;
    v_receipt.postings := cardinality(v_postings);
    v_receipt.refers_to := post.refers_to;
    v_receipt."timestamp" := v."timestamp";
    v_receipt.accounts := (
        SELECT json_agg(json_build_object(
            'account_id', a.account_id, 'balance', a.balance + moved.amount,
            'available', a.balance + moved.amount - a.held + a.overdraft_limit,
            'currency', a.currency
        ) ORDER BY a.account_id)
        FROM (
            SELECT d.account_id, sum(d.amount)::bigint AS amount
            FROM unnest(v_drafts) AS d
            GROUP BY d.account_id
        ) AS moved
        INNER JOIN ledger.accounts AS a ON a.account_id = moved.account_id
    );
    IF idempotency_key IS NOT NULL THEN
        v_drafts[1].key_hash := engine.remember(
            v_owner, idempotency_key, 'post', v.request_hash, row_to_json(v_receipt)
        );
    END IF;
    PERFORM engine.post_drafts(v_drafts);
    RETURN v_receipt;
END;
$function$;

COMMENT ON FUNCTION bank.post(json, bigint, bigint, bigint, jsonb, text) IS
    'Post any number of movements as one transaction, whole or not at all. Either side of a '
    'posting may be a customer''s account or a house account such as @fees, not both the house''s; '
    'each stays in one currency, the next may be in another; later ones see earlier ones. House '
    'accounts need no opening: any @ and a to z, 0 to 9 and _ is one, but @cashback, @exchange, '
    '@customers, @transit and @ledger, which only the bank''s own operations move. With refers_to '
    'it gives back a part of that transaction, never more along any path than went there. The key '
    'belongs to the login that calls.';
REVOKE ALL ON FUNCTION bank.post(json, bigint, bigint, bigint, jsonb, text) FROM PUBLIC;
-- Tellers get it without what is operators' to give, see engine.part_operators.
GRANT EXECUTE ON FUNCTION bank.post(json, bigint, bigint, bigint, jsonb, text) TO bank_teller;
