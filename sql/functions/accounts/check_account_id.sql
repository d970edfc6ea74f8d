-- check_account_id: refuse a name that no account may have.
--
--   Errors   invalid_account_id
--
-- Two names that look the same are the same: NFC is the one spelling of what can be spelt in
-- several ways, and nothing may be in a name that cannot be seen. That is Unicode's
-- Default_Ignorable_Code_Point (soft hyphen, joiners, variation selectors, tags, fillers and, with
-- them, Bidi_Control), the other controls of layout (general category Cf, line and paragraph
-- separators), and the signs that are drawn as nothing (Braille, Khitan, hieroglyphic and musical
-- blanks). An emoji that is joined of several, or ends in a variation selector, is refused too.
--
-- An account is found by its path, /accounts/{account_id}, and so is what belongs to it, as
-- /accounts/{account_id}/balance. Web servers hand a path on decoded, with %2F and / alike, so an
-- account called cs/balance would have the path of the balance of cs. And no path gets to the
-- account `..`, for clients resolve it before they send it. A test holds the names below to the
-- routes there are. A server puts U+FFFD into a path whose bytes are no text, so an account that
-- had it in its name could not be told from what somebody garbled.
--
-- But for these three it says the rule of constraint account_id_is_valid again, with a better
-- message.
CREATE OR REPLACE FUNCTION engine.check_account_id(account_id text)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    v_belonging text;
    v_unseen text;
    v_reason text;
    v_code_point text;
BEGIN
    IF engine.is_plain_id(account_id) THEN
        RETURN;
    END IF;

    v_belonging := '/(?:balance|balance-history|block|cashbacks|close|collecting|freeze|holds'
        || '|metadata|monitors|overdraft-limit|payments|refusals|rewind|schedules|statement'
        || '|transactions|unfreeze|verification)$';
    v_unseen := E'[\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u200B-\\u200F'
        || E'\\u2028-\\u202E\\u2060-\\u206F\\u2800\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0'
        || E'\\uFFF0-\\uFFFB\\U00013430-\\U00013442\\U00016FE4\\U0001BCA0-\\U0001BCA3'
        || E'\\U0001D159\\U0001D173-\\U0001D17A\\U000E0000-\\U000E0FFF]';
    v_reason := CASE
        WHEN account_id IS NULL THEN 'missing'
        WHEN char_length(account_id) NOT BETWEEN 1 AND 64 THEN 'not 1 to 64 characters'
        WHEN account_id LIKE '@%' THEN 'starts with @, which is for house accounts'
        WHEN account_id COLLATE "C" ~ E'[\\u0001-\\u001F\\u007F-\\u009F]'
            THEN 'has a control character'
        WHEN account_id COLLATE "C" ~ E'^[ \\u00A0\\u1680\\u2000-\\u200A\\u202F\\u205F\\u3000]'
            OR account_id COLLATE "C" ~ E'[ \\u00A0\\u1680\\u2000-\\u200A\\u202F\\u205F\\u3000]$'
            THEN 'begins or ends with a blank'
        WHEN account_id COLLATE "C" ~ v_unseen THEN 'has a character that cannot be seen'
        WHEN account_id COLLATE "C" ~ E'\\uFFFD'
            THEN 'has U+FFFD, which is put where bytes were no text'
        WHEN account_id COLLATE "C" ~ '(^|/)[.][.]?(/|$)'
            THEN 'has a part . or .., which stands for a place in a path'
        WHEN account_id COLLATE "C" ~ v_belonging
            THEN 'ends in ' || substring(account_id COLLATE "C" FROM v_belonging)
                || ', as the path of what belongs to an account'
        WHEN account_id IS NOT NFC NORMALIZED THEN 'not in Unicode normalization form C (NFC)'
    END;
    IF v_reason = 'has a character that cannot be seen' THEN
        v_code_point := upper(to_hex(ascii(substring(account_id COLLATE "C" FROM v_unseen))));
        v_code_point := lpad(v_code_point, greatest(4, length(v_code_point)), '0');
        v_reason := v_reason || ', U+' || v_code_point;
    END IF;
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
