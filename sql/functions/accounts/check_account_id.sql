-- check_account_id: refuse a name that no account may have.
--
--   Errors   invalid_account_id
--
-- Says the rule of constraint account_id_is_valid again, with a better message.
CREATE OR REPLACE FUNCTION engine.check_account_id(account_id text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    c_blank CONSTANT text := '[ \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF]';
    v_reason text := CASE
        WHEN account_id IS NULL THEN 'missing'
        WHEN char_length(account_id) NOT BETWEEN 1 AND 64 THEN 'not 1 to 64 characters'
        WHEN account_id LIKE '@%' THEN 'starts with @, which is for house accounts'
        WHEN account_id COLLATE "C" ~ '[\u0001-\u001F\u007F-\u009F]' THEN 'has a control character'
        WHEN account_id COLLATE "C" ~ ('^' || c_blank || '|' || c_blank || '$')
            THEN 'begins or ends with a blank'
    END;
BEGIN
    IF v_reason IS NOT NULL THEN
        PERFORM engine.refuse('invalid_account_id', json_build_object(
            'account_id', left(account_id, 65), 'reason', v_reason
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_account_id(text) IS
    'Internal: raises invalid_account_id for a name that no account may have.';
REVOKE ALL ON FUNCTION engine.check_account_id(text) FROM PUBLIC;
