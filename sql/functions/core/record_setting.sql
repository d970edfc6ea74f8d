-- record_setting: put on record a change of what belongs to no account.
--
--   Writes   one zero-amount leg of the house's own chain, @ledger, which seals a key if there
--            is one
--   Locks    @ledger, so that such changes come one after the other
--
-- @ledger is an account that is closed from the beginning, so no operation moves anything of it. It
-- is listed nowhere, and read like any other: list_transactions('@ledger') tells who set what.
CREATE OR REPLACE FUNCTION engine.record_setting(
    operation text, details jsonb, key_hash bytea DEFAULT NULL
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v engine.parties;
BEGIN
    PERFORM engine.refuse_limited();
    v := engine.prepare('@ledger', NULL, NULL, NULL, operation, NULL);
    v.key_hash := record_setting.key_hash;
    PERFORM engine.book(
        v, nextval('ledger.transaction_seq'), operation, 0, details => record_setting.details
    );
END;
$function$;

COMMENT ON FUNCTION engine.record_setting(text, jsonb, bytea) IS
    'Internal: posts the leg that tells of a change which belongs to no account.';
REVOKE ALL ON FUNCTION engine.record_setting(text, jsonb, bytea) FROM PUBLIC;
