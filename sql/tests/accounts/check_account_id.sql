-- Tests of engine.check_account_id, and that constraint account_id_is_valid says the same.
BEGIN;
SELECT plan(91);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.check_account_id'::regproc),
    'account_id text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.check_account_id'::regproc), 'void',
    'what it returns'
);
SELECT volatility_is('engine', 'check_account_id', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'check_account_id', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.check_account_id'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given a second opinion: what the table itself takes
CREATE FUNCTION pg_temp.taken_by_table(name text) RETURNS boolean
LANGUAGE plpgsql AS $function$
BEGIN
    INSERT INTO ledger.accounts (account_id, currency, last_timestamp, created_at)
    VALUES (name, 'EUR', 0, 0);
    RETURN true;
EXCEPTION
    WHEN check_violation OR not_null_violation THEN
        RETURN false;
END;
$function$;
CREATE FUNCTION pg_temp.taken_by_function(name text) RETURNS boolean
LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM engine.check_account_id(name);
    RETURN true;
EXCEPTION
    WHEN SQLSTATE 'TL001' THEN
        RETURN false;
END;
$function$;
CREATE FUNCTION pg_temp.reason(name text) RETURNS text
LANGUAGE plpgsql AS $function$
DECLARE
    v_detail json;
BEGIN
    PERFORM engine.check_account_id(name);
    RETURN NULL;
EXCEPTION
    WHEN SQLSTATE 'TL001' THEN
        GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
        RETURN v_detail ->> 'reason';
END;
$function$;
CREATE TEMP TABLE names (name text, fine boolean, why text);
INSERT INTO names VALUES
('x', true, '1 character'),
('~', true, '1 character, not a letter'),
(repeat('x', 64), true, '64 characters'),
(repeat(chr(128512), 64), true, '64 emoji, 256 bytes'),
('Zo' || chr(235), true, 'a letter with a mark, in NFC'),
(U&'\0645\062D\0645\062F', true, 'Arabic'),
(U&'\05D3\05D5\05D3', true, 'Hebrew'),
(U&'\0928\092E\0938\094D\0924\0947', true, 'Devanagari, its virama included'),
(U&'\0E2A\0E27\0E31\0E2A\0E14\0E35', true, 'Thai'),
(U&'\D55C\AD6D', true, 'Hangul in syllables'),
(U&'\+01F1E6\+01F1F9', true, 'a flag of two letters'),
(U&'\+01F44D\+01F3FD', true, 'an emoji with a colour of skin'),
(repeat(chr(235), 64), true, '64 letters with a mark'),
('tap alice', true, 'a blank inside'),
('tap' || chr(160) || 'alice', true, 'a no-break space inside'),
('tap@alice', true, '@ inside'),
('TAP', true, 'capitals'),
('J' || chr(252) || 'rgen', true, 'a letter with a mark'),
(chr(26481) || chr(20140), true, 'Chinese'),
('"', true, 'a quote'),
('''; DROP TABLE x; --', true, 'SQL'),
('\', true, 'a backslash'),
('%', true, 'a percent sign'),
('null', true, 'the word null'),
(U&'\+01F468\200D\+01F469', false, 'an emoji joined of two'),
(U&'\2764\FE0F', false, 'an emoji with a variation selector'),
(U&'Zoe\0308', false, 'a letter with a mark, in NFD'),
(repeat(U&'e\0308', 32), false, '64 characters in NFD, 32 in NFC'),
(U&'\1112\1161\11AB', false, 'Hangul in letters'),
(U&'\212Angstrom', false, 'the sign for Kelvin'),
(U&'a\0328\0301', false, 'two marks of which one can join the letter'),
(U&'tap\200Balice', false, 'a zero-width space'),
(U&'tap\202Ealice', false, 'a right-to-left override'),
(U&'tap\00ADalice', false, 'a soft hyphen'),
(U&'tap\3164', false, 'a Hangul filler'),
(U&'\2800', false, 'only a Braille blank'),
(U&'tap\2028alice', false, 'a line separator inside'),
(U&'tap\+0E0041', false, 'a tag'),
(repeat('x', 63) || U&'\200D', false, '64 characters, the last of them a joiner'),
('', false, 'nothing'),
(NULL, false, 'NULL'),
(repeat('x', 65), false, '65 characters'),
(repeat(chr(128512), 65), false, '65 emoji'),
('@', false, 'only @'),
('@external', false, 'a house account'),
('@nobody', false, 'a leading @'),
(' x', false, 'a leading blank'),
('x ', false, 'a trailing blank'),
(' ', false, 'only a blank'),
(chr(160) || 'x', false, 'a leading U+00A0'),
('x' || chr(160), false, 'a trailing U+00A0'),
(chr(12288) || 'x', false, 'a leading U+3000'),
('x' || chr(12288), false, 'a trailing U+3000'),
('x' || chr(8195), false, 'a trailing U+2003'),
('x' || chr(8232), false, 'a trailing U+2028'),
(chr(65279) || 'x', false, 'a leading U+FEFF'),
(chr(1), false, 'U+0001'),
('a' || chr(9) || 'b', false, 'a tab inside'),
('a' || chr(10) || 'b', false, 'a newline inside'),
('a' || chr(10), false, 'a newline at the end'),
('a' || chr(27) || '[31m', false, 'an escape sequence'),
('a' || chr(31) || 'b', false, 'U+001F'),
('a' || chr(127) || 'b', false, 'U+007F'),
('a' || chr(133) || 'b', false, 'U+0085'),
('a' || chr(159) || 'b', false, 'U+009F');

-- Works and refuses
SELECT is(pg_temp.taken_by_function(n.name), n.fine, format(
    '%s: %s', CASE WHEN n.fine THEN 'takes' ELSE 'refuses' END, n.why
)) FROM names AS n;
SELECT is_empty(
    'SELECT n.why FROM names AS n WHERE pg_temp.taken_by_table(n.name) <> n.fine',
    'the table''s own constraint agrees on every one of them'
);
SELECT is_empty(
    $$
        SELECT c.n FROM generate_series(1, 12400) AS c (n)
        WHERE pg_temp.taken_by_function(chr(c.n) || 'x') IS DISTINCT FROM (
            NOT (
                c.n BETWEEN 1 AND 32 OR c.n BETWEEN 127 AND 160 OR c.n = 64
                OR c.n BETWEEN 8192 AND 8202
                OR c.n IN (5760, 8239, 8287, 12288)
                -- What cannot be seen
                OR c.n BETWEEN 8203 AND 8207 OR c.n BETWEEN 8232 AND 8238
                OR c.n BETWEEN 8288 AND 8303 OR c.n BETWEEN 6155 AND 6159
                OR c.n IN (173, 847, 1564, 4447, 4448, 6068, 6069, 10240)
                OR chr(c.n) IS NOT NFC NORMALIZED
            )
        )
    $$,
    'of the first 12400 characters it refuses at the front the controls, the blanks, @, and what is unseen or not NFC'
);
-- The table takes what would have no path of its own; nothing but the function writes to it.
SELECT ok(pg_temp.taken_by_function(p.name), 'takes ' || p.name) FROM unnest(ARRAY[
    'a/b', 'a//b', '/', 'balance', 'a/Balance', 'a/balance/x', 'a/..b', 'a..', '...'
]) AS p (name);

-- Refuses
SELECT throws_ok(
    $$SELECT engine.check_account_id('@x')$$, 'TL001', 'invalid_account_id',
    'refuses with its code and name'
);
SELECT is(
    pg_temp.reason(c.name), c.reason, 'says so: ' || c.reason
) FROM (
    VALUES (U&'a\200Bb', 'has a character that cannot be seen, U+200B'),
    (U&'a\00ADb', 'has a character that cannot be seen, U+00AD'),
    (U&'a\+0E0041b', 'has a character that cannot be seen, U+E0041'),
    (U&'a\FFFDb', 'has U+FFFD, which is put where bytes were no text'),
    ('..', 'has a part . or .., which stands for a place in a path'),
    ('a/../b', 'has a part . or .., which stands for a place in a path'),
    ('a/balance', 'ends in /balance, as the path of what belongs to an account'),
    ('a/overdraft-limit', 'ends in /overdraft-limit, as the path of what belongs to an account'),
    (U&'e\0301', 'not in Unicode normalization form C (NFC)')
) AS c (name, reason);

SELECT * FROM finish();
ROLLBACK;
