-- record_setting: put on record a change of what belongs to no account.
--
--   Writes   one zero-amount leg of the house's own chain, @ledger
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
    v engine.parties := engine.prepare('@ledger', NULL, NULL, NULL, operation, NULL);
BEGIN
    PERFORM engine.book(
        v, nextval('ledger.transaction_seq'), operation, 0, details => record_setting.details
    );
END;
$function$;

COMMENT ON FUNCTION engine.record_setting(text, jsonb) IS
    'Internal: posts the leg that tells of a change which belongs to no account.';
REVOKE ALL ON FUNCTION engine.record_setting(text, jsonb) FROM PUBLIC;
