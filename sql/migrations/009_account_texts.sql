-- What a search for accounts looks in, kept beside each account by a trigger: so it is what the
-- account says, whoever writes, functions from before this migration too.

CREATE TABLE ledger.account_texts (
    account_id text COLLATE "C" PRIMARY KEY,
    folded text COLLATE "C" NOT NULL
);
COMMENT ON TABLE ledger.account_texts IS
    'What a search for accounts looks in. Made of ledger.accounts alone, by a trigger; no part of '
    'the books.';
COMMENT ON COLUMN ledger.account_texts.folded IS
    'The account_id and the texts and numbers of the metadata, a line each, as ledger.folded has '
    'them.';

CREATE FUNCTION ledger.folded(given text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    v_text text := upper(given COLLATE "default");
BEGIN
    IF octet_length(v_text) <> char_length(v_text) THEN
        v_text := regexp_replace(normalize(v_text, NFKD), E'[\u0300-\u036F]', '', 'g');
        -- Letters that are no other letter with a mark, and are typed as one all the same.
        IF v_text ~ '[ŁØĐÐĦŦıÆŒßẞ]' THEN
            v_text := translate(v_text, 'ŁØĐÐĦŦıẞ', 'LODDHTIß');
            v_text := replace(replace(replace(v_text, 'Æ', 'AE'), 'Œ', 'OE'), 'ß', 'SS');
        END IF;
    END IF;
    -- Of what had a mark, a locale may have made no capital (C), or another one (Turkish).
    RETURN upper(v_text COLLATE "C");
END;
$function$;
COMMENT ON FUNCTION ledger.folded(text) IS
    'A text as searches compare it: without accents, in capitals as the locale of the database '
    'has them, letters that are written in several ways as one.';
REVOKE ALL ON FUNCTION ledger.folded(text) FROM PUBLIC;

CREATE FUNCTION ledger.account_text(account_id text, metadata jsonb)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF metadata = '{}' THEN
        RETURN ledger.folded(account_id);
    END IF;
    RETURN ledger.folded((
        SELECT concat_ws(E'\n', account_id, string_agg(m.value #>> '{}', E'\n'))
        FROM jsonb_path_query(
            metadata, 'strict $.** ? (@.type() == "string" || @.type() == "number")'
        ) AS m (value)
    ));
END;
$function$;
COMMENT ON FUNCTION ledger.account_text(text, jsonb) IS
    'What a search looks in for an account: ledger.account_texts.folded.';
REVOKE ALL ON FUNCTION ledger.account_text(text, jsonb) FROM PUBLIC;

CREATE FUNCTION ledger.keep_account_text()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ledger.account_texts (account_id, folded)
        VALUES (new.account_id, ledger.account_text(new.account_id, new.metadata));
    ELSIF new.metadata <> old.metadata THEN
        UPDATE ledger.account_texts AS t
        SET folded = ledger.account_text(new.account_id, new.metadata)
        WHERE t.account_id = new.account_id;
    END IF;
    RETURN NULL;
END;
$function$;
COMMENT ON FUNCTION ledger.keep_account_text() IS
    'Trigger: has ledger.account_texts follow ledger.accounts.';
REVOKE ALL ON FUNCTION ledger.keep_account_text() FROM PUBLIC;

-- Most of it is filled in without a lock, so that nobody waits for long; then, under the lock that
-- the trigger takes, what others have written since.
DO $fill$
DECLARE
    v_since xid := pg_snapshot_xmin(pg_current_snapshot())::xid;
BEGIN
    INSERT INTO ledger.account_texts (account_id, folded)
    SELECT a.account_id, ledger.account_text(a.account_id, a.metadata)
    FROM ledger.accounts AS a;

    -- Postings change no metadata: to them this costs a look at which columns they change.
    CREATE TRIGGER keeps_text
    AFTER INSERT OR UPDATE OF metadata ON ledger.accounts
    FOR EACH ROW EXECUTE FUNCTION ledger.keep_account_text();

    INSERT INTO ledger.account_texts (account_id, folded)
    SELECT a.account_id, ledger.account_text(a.account_id, a.metadata)
    FROM ledger.accounts AS a
    WHERE age(a.xmin) <= age(v_since)
    ON CONFLICT ON CONSTRAINT account_texts_pkey DO UPDATE SET folded = excluded.folded;
END;
$fill$;

CREATE TRIGGER never_removed
BEFORE DELETE OR TRUNCATE ON ledger.account_texts
FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
