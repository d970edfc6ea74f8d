-- batch_accounts: the accounts that an item of a batch touches.
--
--   Returns  their ids, in the order in which the function of its operation names them: the first
--            is the one whose key it is; credited where it is only credited, so that it need not
--            be locked if it is collecting. None where nothing has the id that the item gives
CREATE OR REPLACE FUNCTION engine.batch_accounts(
    body jsonb, OUT account_id text, OUT credited boolean
)
RETURNS SETOF record
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_item engine.batch_item := jsonb_populate_record(NULL::engine.batch_item, body);
    v_hold ledger.holds;
    v_payment ledger.payments;
BEGIN
    CASE v_item.operation
        WHEN 'raise_hold', 'capture_hold', 'release_hold', 'refund_hold' THEN
            v_hold := engine.read_hold(v_item.hold_id);
            RETURN QUERY
            VALUES
                (v_hold.account_id, false),
                (v_hold.target_account_id, v_item.operation <> 'refund_hold');
        WHEN 'refund_payment' THEN
            v_payment := engine.read_payment(v_item.payment_id);
            RETURN QUERY
            VALUES (v_payment.account_id, false), (v_payment.merchant_account_id, false);
        WHEN 'reverse_transaction' THEN
            RETURN QUERY
            SELECT DISTINCT l.account_id COLLATE "C" AS id, false
            FROM bank.legs AS l
            WHERE l.transaction_id = v_item.transaction_id AND l.account_id NOT LIKE '@%'
            ORDER BY id;
        WHEN 'post' THEN
            RETURN QUERY
            SELECT c.id, false
            FROM unnest(engine.customers_of(
                ARRAY(SELECT p FROM engine.read_postings(v_item.postings) AS p)
            )) AS c (id);
        ELSE
            RETURN QUERY
            VALUES
                (coalesce(v_item.account_id, v_item.source_account_id), false),
                (v_item.merchant_account_id, true),
                -- The target of a hold is only looked at.
                (CASE WHEN v_item.operation <> 'hold' THEN v_item.target_account_id END, true);
    END CASE;
EXCEPTION
    -- No such hold or payment, no such postings: the function itself will say so.
    WHEN SQLSTATE 'TL000' THEN
        NULL;
END;
$function$;

COMMENT ON FUNCTION engine.batch_accounts(jsonb) IS
    'Internal: the accounts that an item of a batch touches, the one whose key it is first.';
REVOKE ALL ON FUNCTION engine.batch_accounts(jsonb) FROM PUBLIC;
