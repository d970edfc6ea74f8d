-- Tests of engine.sought_accounts.
BEGIN;
SELECT plan(103);

-- Shape and privileges
SELECT is(
    pg_get_function_arguments('engine.sought_accounts'::regproc),
    '"limit" bigint, after text, "order" text, search text, status text, currency text, sort text',
    'its arguments, by name'
);
SELECT is(
    pg_get_function_result('engine.sought_accounts'::regproc), 'text[]', 'what it returns'
);
SELECT volatility_is('engine', 'sought_accounts', 'stable', 'it is stable');
SELECT isnt_definer('engine', 'sought_accounts', 'it runs as its caller');
SELECT ok(
    NOT has_function_privilege('bank_operator', 'engine.sought_accounts'::regproc, 'EXECUTE'),
    'nobody but the owner may call it'
);

-- Given accounts whose ids and metadata hold what could be taken for a pattern; others' may be there
SELECT count(bank.create_account_at(
    'seek' || a.id, a.currency, "timestamp" => a.at, metadata => a.metadata::jsonb
))
FROM (
    VALUES ('1', 'EUR', 4000, '{"name": "Ann Müller", "age": 41, "tags": ["vip", {"deep": "Łódź"}]}'),
    ('2', 'USD', 3000, '{"name": "ann of Köln", "ok": true, "no": null, "zip": 50667}'),
    ('3%', 'EUR', 2000, '{"quote": "say \"hi\"", "path": "c:\\temp", "tab": "a\tb"}'),
    ('4_x', 'EUR', 1000, '{"Müller": "a name of a member", "rate": 1.50}'),
    ('5\y', 'USD', 1000, '{}'),
    ('6É', 'EUR', 1000, '{"name": "ΟΔΥΣΣΕΥΣ", "like": "100% a_b [x] (y) .*"}'),
    ('7', 'GBP', 1000, '{"name": "Søren Weiß-Łęski", "city": "İzmir", "of": "Œuvre", "n": 1e20}'),
    ('8', 'GBP', 1000, '{"name": "ガラス 한국", "wide": "ＡＢＣ", "one": "e\u0301t\u00e9\u00a0x", '
        || '"bell": "a\u0007b", "two": "line\nline2", "name2": "مُحَمَّد"}')
) AS a (id, currency, at, metadata);
SELECT count(bank.deposit_at('seek' || d.id, d.amount, "timestamp" => d.at))
FROM (
    VALUES ('1', 50, 9000), ('2', 70, 5000), ('4_x', 50, 6000), ('6É', 90, 9000)
) AS d (id, amount, at);
SELECT count(bank.freeze_account('seek2', 'a test')) FROM generate_series(1, 1);
CREATE FUNCTION pg_temp.found(
    search text DEFAULT 'seek', status text DEFAULT NULL, currency text DEFAULT NULL,
    sort text DEFAULT 'account_id', "order" text DEFAULT 'asc', "limit" bigint DEFAULT NULL,
    after text DEFAULT NULL
) RETURNS text LANGUAGE sql AS $function$
    SELECT coalesce(string_agg(substr(s.id, 5, 1), '' ORDER BY s.place), '')
    FROM unnest(engine.sought_accounts("limit", after, "order", search, status, currency, sort))
        WITH ORDINALITY AS s (id, place)
    WHERE starts_with(s.id, 'seek')
$function$;
CREATE FUNCTION pg_temp.by_pages(sort text, "order" text, page bigint) RETURNS text
LANGUAGE plpgsql AS $function$
DECLARE
    v_page text[];
    v_ids text[] := '{}';
BEGIN
    LOOP
        v_page := engine.sought_accounts(
            page, v_ids[cardinality(v_ids)], "order", 'seek', NULL, NULL, sort
        );
        v_ids := v_ids || v_page;
        EXIT WHEN cardinality(v_page) < page OR cardinality(v_ids) > 100;
    END LOOP;
    RETURN (
        SELECT string_agg(substr(i.id, 5, 1), '' ORDER BY i.nr)
        FROM unnest(v_ids) WITH ORDINALITY AS i (id, nr)
    );
END;
$function$;

-- Works: what is sought
SELECT is(pg_temp.found(s.search), s.found, format('finds %s: %s', s.search, s.what))
FROM (
    VALUES ('seek', '12345678', 'a part of an id'),
    ('EEK', '12345678', 'in capitals'),
    ('ann', '12', 'of a value'),
    ('mÜLLER', '1', 'beyond ASCII too; names of members are not looked at'),
    ('łódŹ', '1', 'in a list in the metadata, and an object in it'),
    ('VIP', '1', 'in a list'),
    ('οδυσσευς', '6', 'a sigma, wherever it stands'),
    ('οδυσσευσ', '6', 'be it the other one'),
    ('k6é', '6', 'of an id, beyond ASCII'),
    ('K6e', '6', 'without its accent'),
    ('muller', '1', 'of a value, without its accent'),
    ('mu' || chr(776) || 'ller', '1', 'with an accent of its own'),
    ('lodz', '1', 'and for a stroke, as in Ł'),
    ('soren weiss', '7', 'as in ø; ß is ss'),
    ('weiß', '7', 'and itself'),
    ('oeuvre', '7', 'Œ is oe'),
    ('izmir', '7', 'a dot above is as an accent'),
    ('100000000000000000000', '7', 'a number as PostgreSQL writes it'),
    ('müller ann', '1', 'words in any order'),
    ('müller, ann;', '1', 'with commas after them'),
    ('vip,ann', '', 'but with those in them'),
    ('  vip' || chr(9) || 'ann 41 ', '1', 'of several values, whatever blanks are between them'),
    ('ann vip köln', '', 'but all of them'),
    ('nn uller', '1', 'parts of words'),
    ('seek of', '24', 'of the id as well'),
    ('müller41', '', 'none of two values together'),
    ('41vip', '', 'in no order'),
    ('カ', '8', 'a kana without its mark'),
    ('ガラス', '8', 'with it'),
    ('ザ', '', 'with another one, nothing'),
    ('한국', '8', 'hangul'),
    ('محمد', '', 'vowels that are written count'),
    ('مُحَمَّد', '8', 'as they are written'),
    ('abc', '8', 'a wide letter is that letter'),
    ('été x', '8', 'however an accent is written, and a blank'),
    ('line line2', '8', 'over lines'),
    ('a' || chr(7) || 'B', '8', 'a control character'),
    ('u0007', '', 'which is not sought as JSON has it'),
    (chr(160), '12345678', 'blanks alone leave nobody out'),
    ('41', '1', 'a number'),
    ('066', '2', 'a part of a number'),
    ('1.50', '4', 'a number as it is written'),
    ('true', '', 'not a truth value'),
    ('null', '', 'nor nothing'),
    ('deep', '', 'nor the name of a member, however deep'),
    ('", "', '', 'nor what is between values'),
    (', ', '', 'nor a part of that'),
    ('{', '', 'nor how they are kept'),
    ('%', '36', 'a percent sign is one'),
    ('_', '46', 'so is an underscore'),
    ('_x', '4', 'with more'),
    ('\', '35', 'and a backslash'),
    ('\Y', '5', 'with more'),
    ('c:\T', '3', 'in a value'),
    ('\\', '', 'two are two'),
    ('"HI"', '3', 'quotes'),
    ('\"hi', '', 'as they are in the text, not as JSON has them'),
    ('temp' || chr(9) || 'HI', '3', 'over a tab'),
    ('.*', '6', 'no regular expression'),
    ('[x] (Y)', '6', 'in no way'),
    (repeat('x', 100), '', 'the longest')
) AS s (search, found, what);
SELECT is(pg_temp.found(status => f.status, currency => f.currency), f.found, f.what)
FROM (
    VALUES ('frozen', NULL, '2', 'of a status'), ('active', 'USD', '5', 'of one, in a currency'),
    (NULL, 'USD', '25', 'in a currency'), ('closed', NULL, '', 'of a status that none has')
) AS f (status, currency, found, what);

-- Works: what is sought follows the account
SELECT is(
    ARRAY[
        (
            SELECT a.metadata ->> 'name'
            FROM bank.set_account_metadata('seek5\y', metadata => '{"name": "Çelik"}') AS a
        ),
        pg_temp.found('celik'), (bank.freeze_account('seek5\y', 'a test')).status,
        pg_temp.found('celik'),
        (bank.set_account_metadata('seek5\y', metadata => '{}')).status, pg_temp.found('celik')
    ],
    ARRAY['Çelik', '5', 'frozen', '5', 'frozen', ''], 'by new metadata, and no longer by the old'
);
SELECT results_eq(
    'SELECT t.account_id, t.folded FROM ledger.account_texts AS t ORDER BY t.account_id',
    $$
        SELECT a.account_id::text, ledger.account_text(a.account_id, a.metadata)
        FROM ledger.accounts AS a
        ORDER BY a.account_id
    $$, 'of every account there is what its row says'
);

-- Works: in an order
SELECT is(
    ARRAY[
        pg_temp.found(sort => s.sort), reverse(pg_temp.found(sort => s.sort, "order" => 'desc'))
    ],
    ARRAY[s.found, s.found], 'both ways by ' || s.sort
) FROM (
    VALUES ('account_id', '12345678'), ('balance', '35781426'), ('created_at', '45678321')
) AS s (sort, found);
SELECT is(
    pg_temp.found(currency => 'EUR', sort => 'last_timestamp'), '3416',
    'by last_timestamp, equals by account_id'
);
SELECT is(
    pg_temp.by_pages(s.sort, s."order", p.page), pg_temp.found(sort => s.sort, "order" => s."order"),
    format('pages of %s by %s %s', p.page, s.sort, s."order")
)
FROM unnest(ARRAY[1, 2, 6, 1000]) AS p (page)
CROSS JOIN (
    VALUES ('account_id', 'asc'), ('account_id', 'desc'), ('balance', 'asc'), ('balance', 'desc')
) AS s (sort, "order");
SELECT is(
    pg_temp.found(after => 'seek3', "limit" => 1), '3', 'by account_id `after` need not be there'
);
SET LOCAL pgteller.accounts = '{seek1,seek4*}';
SELECT is(
    pg_temp.found(sort => 'balance', "order" => 'desc'), '41', 'who is for some accounts finds those'
);
SELECT throws_ok(
    $$SELECT engine.sought_accounts(1, 'seek2', 'asc', NULL, NULL, NULL, 'balance')$$,
    'TL101', 'account_not_found', 'and goes on from no other'
);
RESET pgteller.accounts;

-- Refuses
SELECT throws_ok(
    format('SELECT engine.sought_accounts(1, NULL, %L, %s)', 'asc', r.given), r.code, r.name, r.what
) FROM (
    VALUES ($$'', NULL, NULL, 'account_id'$$, 'TL007', 'invalid_argument', 'nothing to look for'),
    ($$repeat('x', 101), NULL, NULL, 'account_id'$$, 'TL007', 'invalid_argument', 'too much of it'),
    ($$NULL, 'Active', NULL, 'account_id'$$, 'TL007', 'invalid_argument', 'a status that is none'),
    ($$NULL, NULL, 'eur', 'account_id'$$, 'TL004', 'unknown_currency', 'a currency that is none'),
    ($$NULL, NULL, NULL, 'head'$$, 'TL007', 'invalid_argument', 'another column to sort by'),
    ('NULL, NULL, NULL, NULL', 'TL007', 'invalid_argument', 'none')
) AS r (given, code, name, what);
SELECT throws_ok(
    $$SELECT engine.sought_accounts(1, NULL, 'up', NULL, NULL, NULL, 'account_id')$$,
    'TL007', 'invalid_argument', 'an order that is none'
);
SELECT throws_ok(
    $$SELECT engine.sought_accounts(1, 'seek', 'asc', NULL, NULL, NULL, 'created_at')$$,
    'TL101', 'account_not_found', 'to go on from an account that there is not'
);

SELECT * FROM finish();
ROLLBACK;
