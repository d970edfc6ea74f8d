-- webhook_rules: to which addresses webhooks are sent.
--
--   Returns  whether http will do, and two lists of networks: an address is fit if it is in
--            `allowed`, or not in `refused`
--   Errors   limited_to_accounts
--
-- What a name resolves to is not known here: whoever sends resolves it, holds each address against
-- this, and connects to that address.
CREATE OR REPLACE FUNCTION bank.webhook_rules()
RETURNS bank.address_rules
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_rules bank.address_rules;
BEGIN
    PERFORM engine.refuse_limited();
    SELECT s.webhook_http, to_jsonb(s.webhook_networks), to_jsonb(engine.refused_networks())
    INTO v_rules
    FROM ledger.settings AS s;
    RETURN v_rules;
END;
$function$;

COMMENT ON FUNCTION bank.webhook_rules() IS
    'To which addresses webhooks are sent. Those that are in `allowed`, and those that are not in '
    '`refused`. For workers, who hold against it what a name resolves to.';
REVOKE ALL ON FUNCTION bank.webhook_rules() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bank.webhook_rules() TO bank_operator, bank_auditor;
