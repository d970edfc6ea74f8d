-- record_setting: put on record a change of what belongs to no account.
--
--   Writes   one zero-amount leg of the house's own chain, @ledger; before the first one its row
--            and its opening
--   Locks    @ledger, so that such changes come one after the other
--
-- @ledger is an account that is closed from the beginning, so no operation moves anything of it. It
-- is listed nowhere, and read like any other: list_transactions('@ledger') tells who set what.
CREATE OR REPLACE FUNCTION engine.record_setting(operation text, details jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_now bigint := engine.now();
    v_account ledger.accounts;
    v engine.parties;
BEGIN
    INSERT INTO ledger.accounts (account_id, currency, status, last_timestamp, created_at)
    VALUES ('@ledger', 'XXX', 'closed', v_now, v_now)
    ON CONFLICT ON CONSTRAINT accounts_pkey DO NOTHING
    RETURNING * INTO v_account;
    IF FOUND THEN
        v := ROW(v_account, NULL::ledger.accounts, v_now, v_now, NULL::json, NULL::bytea);
        PERFORM engine.book(
            v, nextval('ledger.transaction_seq'), 'open', 0,
            details => jsonb_build_object('currency', 'XXX', 'overdraft_limit', 0)
        );
    END IF;
    v := engine.prepare('@ledger', NULL, NULL, NULL, operation, NULL);
    PERFORM engine.book(
        v, nextval('ledger.transaction_seq'), operation, 0, details => record_setting.details
    );
END;
$function$;

COMMENT ON FUNCTION engine.record_setting(text, jsonb) IS
    'Internal: posts the leg that tells of a change which belongs to no account.';
REVOKE ALL ON FUNCTION engine.record_setting(text, jsonb) FROM PUBLIC;
