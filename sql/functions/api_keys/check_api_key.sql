-- check_api_key: refuse an API key that cannot be.
--
--   Errors   invalid_argument (name, role, accounts, expires_at)
--
-- No key is called token, nor can it begin with token/: so begins what vouch calls those who come
-- with a token.
CREATE OR REPLACE FUNCTION engine.check_api_key(
    name text, role text, accounts text[], expires_at bigint
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
SECURITY INVOKER
AS $function$
DECLARE
    -- Neither does an id, so such an entry would be for no account, and nobody would see why.
    c_blank CONSTANT text :=
        E'[\\u0001- \\u007F-\\u00A0\\u1680\\u2000-\\u200A\\u202F\\u205F\\u3000]';
    v_blank text;
BEGIN
    IF (name ~ '^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$' AND name <> 'token') IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'name', 'value', left(name, 65),
            'expected', '1 to 64 letters, digits and . _ : @ -, a letter or digit first; not token'
        ));
    END IF;
    PERFORM engine.check_one_of('role', role, ARRAY['teller', 'operator', 'auditor']);
    IF accounts IS NOT NULL AND (
        cardinality(accounts) BETWEEN 1 AND 100
        AND array_ndims(accounts) = 1
        AND array_position(accounts, NULL) IS NULL
        AND (
            SELECT bool_and(char_length(a.pattern) BETWEEN 1 AND 65)
            FROM unnest(accounts) AS a (pattern)
        )
    ) IS NOT TRUE THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'accounts',
            'expected', '1 to 100 ids, or prefixes with a * at their end, of 1 to 65 characters'
        ));
    END IF;
    v_blank := (
        SELECT min(a.pattern COLLATE "C")
        FROM unnest(accounts) AS a (pattern)
        WHERE a.pattern COLLATE "C" ~ concat('^', c_blank, '|', c_blank, '$')
    );
    IF v_blank IS NOT NULL THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'accounts', 'value', v_blank,
            'expected', 'an id or a prefix, which neither begins nor ends with a blank'
        ));
    END IF;
    IF expires_at NOT BETWEEN engine.now() AND 9007199254740991 THEN
        PERFORM engine.refuse('invalid_argument', json_build_object(
            'argument', 'expires_at', 'value', expires_at, 'expected', 'a time to come'
        ));
    END IF;
END;
$function$;

COMMENT ON FUNCTION engine.check_api_key(text, text, text[], bigint) IS
    'Internal: refuses an API key that cannot be.';
REVOKE ALL ON FUNCTION engine.check_api_key(text, text, text[], bigint) FROM PUBLIC;
