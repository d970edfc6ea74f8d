-- alone: a locked account as it is by now, for a further leg of the transaction that parties is of.
--
--   Returns  parties, with that account, its row read anew, and neither other account nor key
CREATE OR REPLACE FUNCTION engine.alone(account_id text, parties engine.parties)
RETURNS engine.parties
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
BEGIN
    parties.account := engine.read_account(alone.account_id);
    parties.other := NULL;
    parties.key_hash := NULL;
    RETURN parties;
END;
$function$;

COMMENT ON FUNCTION engine.alone(text, engine.parties) IS
    'Internal: a locked account for a further leg of a transaction.';
REVOKE ALL ON FUNCTION engine.alone(text, engine.parties) FROM PUBLIC;
