-- Tests of the catalog: rules that every function, table and view of pgteller keeps.
BEGIN;
SELECT plan(62);

-- Given the functions and their bodies without comments
CREATE TEMP TABLE function AS
SELECT p.oid, p.proname::text AS name, n.nspname = 'engine' AS internal, p.proacl, p.proowner,
    p.proconfig, p.prosecdef, p.proisstrict, p.provolatile, p.proargnames, p.pronargs,
    p.pronargdefaults, l.lanname::text AS language,
    n.nspname || '.' || p.proname AS full_name,
    regexp_replace(p.prosrc, '--[^\n]*', '', 'g') AS body
FROM pg_proc AS p
INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace
INNER JOIN pg_language AS l ON l.oid = p.prolang
WHERE n.nspname IN ('bank', 'engine') AND p.prokind = 'f';
CREATE TEMP TABLE relation AS
SELECT c.oid, c.oid::regclass::text AS name, c.relkind, c.relowner, c.reloptions, n.nspname
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('ledger', 'bank', 'engine') AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f');
-- Who calls whom
CREATE TEMP TABLE call AS
SELECT f.oid AS caller, g.oid AS called
FROM function AS f
CROSS JOIN LATERAL (
    SELECT DISTINCT m[1] AS name FROM regexp_matches(f.body, '\m(bank\.\w+|engine\.\w+)\s*\(', 'g') AS m
) AS named
INNER JOIN function AS g ON g.full_name = named.name;

-- Functions
SELECT cmp_ok((SELECT count(*) FROM function), '>', 40::bigint, 'the functions are there');
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE obj_description(f.oid, 'pg_proc') IS NULL$$,
    'every function has a comment'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.internal IS DISTINCT FROM (obj_description(f.oid, 'pg_proc') LIKE 'Internal: %')
    $$, 'the comments of helpers, and of no other, say that they are internal'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS x
        WHERE x.grantee = 0
    $$, 'PUBLIC may call none'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS x
        WHERE f.internal AND x.grantee <> f.proowner
    $$, 'nobody but the owner may call a helper'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE NOT f.internal AND NOT EXISTS (
            SELECT FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS x
            WHERE x.grantee <> f.proowner
        )
    $$, 'every other function is granted to somebody'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.proowner <> 'bank_owner'::regrole$$,
    'bank_owner owns every function'
);
SELECT is_empty(
    'SELECT f.full_name FROM function AS f GROUP BY f.full_name HAVING count(*) > 1',
    'none is overloaded'
);
SELECT is_empty(
    'SELECT f.name FROM function AS f WHERE f.proisstrict',
    'none is STRICT, which would answer NULL in silence'
);
SELECT is_empty(
    'SELECT f.name FROM function AS f WHERE NOT f.internal AND NOT f.prosecdef',
    'every public function runs as its owner'
);
SELECT is_empty(
    'SELECT f.name FROM function AS f WHERE f.internal AND f.prosecdef',
    'no helper does: it has its caller''s rights'
);
SELECT is_empty(
    $$
        SELECT f.name, f.proconfig FROM function AS f
        WHERE (NOT f.internal)
            IS DISTINCT FROM coalesce('search_path=pg_catalog, pg_temp' = ANY(f.proconfig), false)
    $$, 'every public function sets its search_path; no helper does, for its caller has'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.provolatile <> 'v'
            AND f.body ~ '\m(INSERT INTO|UPDATE ledger|DELETE FROM|FOR NO KEY UPDATE|nextval)\M'
    $$, 'none that writes or locks claims not to'
);
SELECT is_empty(
    $$
        SELECT f.full_name, g.full_name FROM call AS c
        INNER JOIN function AS f ON f.oid = c.caller
        INNER JOIN function AS g ON g.oid = c.called
        WHERE f.provolatile <> 'v' AND g.provolatile = 'v' AND g.full_name <> 'engine.now'
    $$, 'none that calls a volatile function claims not to be, but for the clock'
);
SELECT is_empty(
    $$
        SELECT f.full_name FROM function AS f
        WHERE f.provolatile = 'i' AND (
            f.body ~ '\m(ledger|engine|bank)\.\w+ AS\M'
            OR EXISTS (
                SELECT FROM call AS c INNER JOIN function AS g ON g.oid = c.called
                WHERE c.caller = f.oid AND g.provolatile <> 'i'
            )
        )
    $$, 'what is immutable reads nothing, and calls only what is'
);
SELECT is_empty(
    $$
        SELECT f.full_name FROM function AS f
        WHERE NOT f.internal AND f.provolatile = 'v'
            AND 'idempotency_key' = ANY(f.proargnames) AND 'metadata' = ANY(f.proargnames)
            AND f.name <> 'rewind_account'  -- which brings an account to the clock, and to no other time
            AND (
                f.oid IN (SELECT s.whole FROM engine.functions AS s)
                AND pg_get_function_arguments(f.oid) !~ '"timestamp" bigint DEFAULT NULL::bigint, metadata'
                OR pg_get_function_arguments(f.oid) !~ (
                    'metadata jsonb DEFAULT NULL::jsonb, idempotency_key text DEFAULT NULL::text$'
                )
            )
    $$, 'writers take timestamp, metadata and idempotency_key last, NULL unless given'
);

-- Twins: the plain function is for tellers, the one called _at is for operators
SELECT results_eq(
    'SELECT s.name FROM engine.functions AS s ORDER BY 1',
    $$
        SELECT f.name FROM function AS f
        WHERE NOT f.internal AND f.oid NOT IN (
            SELECT s.whole FROM engine.functions AS s WHERE s.whole <> s.plain
        )
        ORDER BY 1
    $$, 'engine.functions has every public function once'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        LEFT JOIN engine.functions AS s ON f.oid = s.whole AND f.name = s.name || '_at'
        WHERE f.name LIKE '%\_at' AND NOT f.internal AND s.name IS NULL
    $$, 'what is called _at is a twin, and nothing else'
);
CREATE FUNCTION pg_temp.arguments(function oid, wanted boolean) RETURNS text[]
LANGUAGE sql AS $function$
    SELECT array_agg(
        concat_ws(
            ' ', a.name, a.type::regtype, pg_get_function_arg_default(p.oid, a.number::integer)
        ) ORDER BY a.number
    )
    FROM pg_proc AS p
    CROSS JOIN unnest(p.proargnames[:p.pronargs], p.proargtypes::oid[])
        WITH ORDINALITY AS a (name, type, number)
    WHERE p.oid = function
        AND (wanted OR a.name NOT IN (SELECT o.argument FROM engine.operator_arguments AS o))
$function$;
SELECT is_empty(
    $$
        SELECT s.name FROM engine.functions AS s
        WHERE s.plain <> s.whole
            AND pg_temp.arguments(s.plain, true) IS DISTINCT FROM pg_temp.arguments(s.whole, false)
    $$, 'a twin has the arguments of the plain function, and those of operators besides'
);
SELECT is_empty(
    $$
        SELECT s.name FROM engine.functions AS s
        INNER JOIN function AS p ON p.oid = s.plain
        INNER JOIN function AS w ON w.oid = s.whole
        WHERE s.plain <> s.whole AND (
            substr(p.body, strpos(p.body, 'BEGIN'))
            <> regexp_replace(substr(w.body, strpos(w.body, 'BEGIN')), format('\m%s_at\.', s.name), s.name || '.', 'g')
            OR ROW(p.prosecdef, p.proisstrict, p.provolatile, p.proconfig)
            IS DISTINCT FROM ROW(w.prosecdef, w.proisstrict, w.provolatile, w.proconfig)
        )
    $$, 'and does the same: what is written once'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.language NOT IN ('plpgsql', 'sql')$$,
    'only PL/pgSQL and SQL'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.body ~* '\mEXECUTE\M'
            AND f.full_name NOT IN ('engine.verified', 'engine.part_operators')
    $$, 'no dynamic SQL, but where a room''s checks are called, and where a reload makes twins'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.body ~* '\mWHEN\s+OTHERS\M'$$,
    'none swallows errors'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.body ~* '\mRAISE\s+(EXCEPTION|USING|SQLSTATE)' AND f.name NOT IN ('refuse', 'batch', 'batch_at', 'part_operators')
    $$,
    'every refusal is raised by refuse (batch raises what it catches, to undo a dry run; a reload '
    'raises what would leave something out)'
);
SELECT is_empty(
    $$
        SELECT f.name, called[1] FROM function AS f
        CROSS JOIN LATERAL regexp_matches(f.body, '\m(bank\.\w+|engine\.\w+)\s*\(', 'g') AS called
        LEFT JOIN function AS g ON g.full_name = called[1]
        WHERE g.name IS NULL AND to_regclass(called[1]) IS NULL AND to_regproc(called[1]) IS NULL
    $$, 'every function that a body calls exists'
);
SELECT is_empty(
    $$
        SELECT f.full_name FROM function AS f
        WHERE f.internal AND NOT EXISTS (SELECT FROM call AS c WHERE c.called = f.oid)
            AND f.oid NOT IN (SELECT a.aggtransfn FROM pg_aggregate AS a)
            AND f.name NOT IN (SELECT k.finder FROM engine.checks AS k)
            AND f.name NOT IN ('open_ledger', 'part_operators')  -- which a reload calls
    $$, 'every helper is called'
);

-- Refusals
SELECT is_empty(
    $$
        SELECT f.name, called[1] FROM function AS f
        CROSS JOIN LATERAL regexp_matches(f.body, 'refuse\(\s*''(\w+)''\s*,', 'g') AS called
        LEFT JOIN bank.refusals AS r ON r.name = called[1]
        WHERE r.name IS NULL
    $$, 'every refusal that a body raises is in the list'
);
SELECT is_empty(
    $$
        SELECT r.name FROM bank.refusals AS r
        WHERE r.name NOT IN (
                'account_frozen', 'account_blocked', 'account_closed', 'insufficient_funds',
                'invalid_metadata', 'invalid_idempotency_key',
                'hold_captured', 'hold_released', 'hold_expired', 'linked_failed'
            )
            AND NOT EXISTS (
                SELECT FROM function AS f WHERE f.body ~ ('refuse\(\s*''' || r.name || '''')
            )
    $$, 'every refusal in the list is raised (those of a check by way of it)'
);
SELECT matches(
    f.body, 'batch_refused\([^;]*''linked_failed''', 'linked_failed is only ever a result: ' || f.name
) FROM function AS f WHERE f.body LIKE '%linked\_failed%' ORDER BY f.name;
SELECT is_empty(
    $$
        SELECT r.* FROM bank.refusals AS r
        WHERE r.code !~ '^TL[0-9]{3}$' OR r.name !~ '^[a-z]+(_[a-z]+)*$' OR r.hint !~ '\.$'
    $$, 'codes are of class TL, names snake_case, hints sentences'
);
SELECT is(
    count(DISTINCT r.code), count(*), 'no code twice'
) FROM bank.refusals AS r;
SELECT is(
    count(DISTINCT r.name), count(*), 'no name twice'
) FROM bank.refusals AS r;

-- Meanings
SELECT is_empty(
    'SELECT m.place, m.name FROM engine.meanings AS m WHERE m.description IS NULL',
    'every argument, result and column has a term that tells what it is'
);
SELECT is_empty(
    $$SELECT t.name FROM engine.terms AS t WHERE t.description !~ '\.$'$$, 'which is a sentence'
);
SELECT is_empty(
    $$
        SELECT t.name, place FROM engine.terms AS t
        CROSS JOIN unnest(coalesce(nullif(t.places, '{}'), '{NULL}')) AS place
        WHERE NOT EXISTS (
            SELECT FROM engine.meanings AS m
            WHERE m.name = t.name AND (
                place IS NULL OR place = m.place OR place = 'arguments' AND m.kind = 'argument'
            )
        )
    $$, 'every term tells of something that there is'
);
SELECT is_empty(
    $$
        SELECT t.name, place FROM engine.terms AS t
        CROSS JOIN unnest(t.places) AS place
        GROUP BY t.name, place
        HAVING count(*) > 1
    $$, 'no place has two terms of one name'
);
SELECT is_empty(
    $$
        SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = 'bank'::regnamespace AND c.relkind = 'c'
            AND obj_description(c.reltype, 'pg_type') IS NULL
    $$, 'every type that users see has a comment'
);
SELECT is_empty(
    $$
        SELECT m.place, m.name FROM engine.meanings AS m
        WHERE m.kind IN ('type', 'view')
            AND col_description(format('bank.%I', m.place)::regclass, m.number::integer)
                IS DISTINCT FROM m.description
    $$, 'every column has the meaning of its term for a comment'
);

-- What is wrong is told with what would do
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        CROSS JOIN LATERAL regexp_matches(
            f.body, 'refuse\(\s*''invalid_argument'',([^;]*);', 'g'
        ) AS called
        WHERE called[1] !~ '''expected'''
    $$, 'every invalid_argument says what is expected'
);

-- Operations: that every leg's is in the list is proved in invariants.sql
SELECT is_empty(
    $$
        SELECT o.operation FROM bank.operations AS o
        WHERE NOT EXISTS (SELECT FROM function AS f WHERE strpos(f.body, quote_literal(o.operation)) > 0)
            AND strpos(pg_get_viewdef('engine.due'::regclass), quote_literal(o.operation)) = 0
    $$, 'every operation in the list is one that some body posts'
);
SELECT is_empty(
    $$
        SELECT o.* FROM bank.operations AS o
        WHERE o.operation !~ '^[a-z]+(_[a-z]+)*$' OR o.title !~ '^[A-Z].*[a-z]$' OR o.about !~ '^[A-Z].*\.$'
    $$, 'operations are snake_case, what they are called is words, what they say a sentence'
);

-- The ledger has one writer
SELECT is(
    array_agg(f.name ORDER BY f.name), ARRAY['batch_write', 'book', 'post_legs', 'record_change', 'settle_due'],
    'these change accounts: the writers of legs, settings, and what is due next'
) FROM function AS f WHERE f.body ~* '\mUPDATE\s+ledger\.accounts\M';
SELECT is(
    array_agg(f.name ORDER BY f.name), ARRAY['batch_write', 'book', 'post_legs'],
    'one function writes the legs of a transaction of two, one those of any number, one a batch''s'
) FROM function AS f WHERE f.body ~* '\mINTO\s+ledger\.ledger_transactions\M';
SELECT is(
    array_agg(f.name ORDER BY f.name), ARRAY['create_account', 'create_account_at', 'open_ledger'],
    'these make accounts, one of them the house''s own'
) FROM function AS f WHERE f.body ~* '\mINTO\s+ledger\.accounts\M';
SELECT is(
    array_agg(f.name ORDER BY f.name),
    ARRAY[
        'add_turnovers', 'begin_worker', 'delete_webhook', 'drop_sessions', 'end_session',
        'end_worker', 'keep_gaps',
        'note_refusals', 'settle_due'
    ], 'these remove rows'
) FROM function AS f WHERE f.body ~* '\m(DELETE|TRUNCATE)\M';

-- Locks and updates
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.body ~* '\mFOR\s+(UPDATE|SHARE|KEY\s+SHARE)\M'
            AND f.name NOT IN (
                'batch_lock_mixed', 'lock_apart', 'refuse_target', 'rewind_account', 'set_collecting',
                'set_status'
            )
    $$, 'no row lock but FOR NO KEY UPDATE, except where an account must stay as it is for others: '
    || 'collecting, or not closed'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.body ~* '\mCURRENT\s+OF\M'$$, 'no WHERE CURRENT OF'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.body ~* '\mDO\s+UPDATE\M' AND f.name <> 'add_turnovers'
    $$, 'no DO UPDATE, but where sums grow'
);
SELECT isnt_empty(
    $$SELECT FROM function AS f WHERE f.body ~* '\mUPDATE\s+ledger\.\w+\s+AS\s+\w+\s+SET\M'$$,
    'updates look as the next test expects'
);
SELECT is_empty(
    $$
        SELECT f.name, called[1] FROM function AS f
        CROSS JOIN LATERAL regexp_split_to_table(f.body, '\mUPDATE\s+ledger\.')
            WITH ORDINALITY AS piece (sql, nr)
        CROSS JOIN LATERAL regexp_matches(
            (regexp_split_to_array(piece.sql, '\mWHERE\M'))[1], '(\w+)\s*\(', 'g'
        ) AS called
        INNER JOIN pg_proc AS p ON p.proname = called[1] AND p.provolatile = 'v'
        WHERE piece.nr > 1
    $$, 'no volatile function within UPDATE ... SET'
);
SELECT is_empty(
    $$
        SELECT r.name FROM relation AS r
        WHERE r.relkind = 'r'
            AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = r.oid AND i.indisprimary)
    $$, 'every table has a primary key'
);
SELECT results_eq(
    $$
        SELECT t.tgrelid::regclass::text, t.tgname::text COLLATE "default", t.tgfoid::regproc::text
        FROM pg_trigger AS t
        INNER JOIN relation AS r ON r.oid = t.tgrelid
        WHERE NOT t.tgisinternal
        ORDER BY 1, 2
    $$,
    $$
        VALUES ('ledger.account_texts', 'never_removed', 'ledger.refuse_change'),
        ('ledger.accounts', 'keeps_text', 'ledger.keep_account_text'),
        ('ledger.accounts', 'never_removed', 'ledger.refuse_change'),
        ('ledger.cashback_policies', 'never_removed', 'ledger.refuse_change'),
        ('ledger.collected_credits', 'never_changed', 'ledger.refuse_change'),
        ('ledger.currencies', 'append_only', 'ledger.refuse_change'),
        ('ledger.event_batches', 'append_only', 'ledger.refuse_change'),
        ('ledger.event_sequencer', 'never_removed', 'ledger.refuse_change'),
        ('ledger.holds', 'never_removed', 'ledger.refuse_change'),
        ('ledger.idempotency_keys', 'never_changed', 'ledger.refuse_change'),
        ('ledger.idempotency_keys', 'never_removed', 'ledger.refuse_change'),
        ('ledger.ledger_transactions', 'append_only', 'ledger.refuse_change'),
        ('ledger.migrations', 'append_only', 'ledger.refuse_change'),
        ('ledger.payments', 'never_removed', 'ledger.refuse_change'),
        ('ledger.reversals', 'append_only', 'ledger.refuse_change'),
        ('ledger.rewinds', 'append_only', 'ledger.refuse_change'),
        ('ledger.settings', 'never_removed', 'ledger.refuse_change'),
        ('ledger.turnover_mark', 'never_removed', 'ledger.refuse_change')
    $$, 'no triggers but the guards, and the one that keeps what is searched'
);
SELECT is_empty(
    $$
        SELECT t.tgrelid::regclass FROM pg_trigger AS t
        INNER JOIN relation AS r ON r.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND (
            t.tgtype & 1 = 1 AND (t.tgrelid::regclass::text, t.tgname::text) NOT IN (
                ('ledger.idempotency_keys', 'never_changed'), ('ledger.accounts', 'keeps_text')
            )
            OR t.tgtype & 4 = 4 AND t.tgname <> 'keeps_text'
            OR t.tgenabled <> 'O'
        )
    $$, 'guards fire per statement but one, not on INSERT, and are on'
);

-- Tables and views
SELECT is_empty(
    $$
        SELECT r.name FROM relation AS r
        WHERE r.relkind <> 'S' AND obj_description(r.oid, 'pg_class') IS NULL
    $$, 'every table and view has a comment'
);
SELECT is_empty(
    $$
        SELECT t.typname FROM pg_type AS t
        WHERE t.typnamespace = 'ledger'::regnamespace AND t.typtype = 'd'
            AND obj_description(t.oid, 'pg_type') IS NULL
    $$, 'every domain too'
);
SELECT is_empty(
    $$SELECT r.name FROM relation AS r WHERE r.relowner <> 'bank_owner'::regrole$$,
    'bank_owner owns them all'
);
SELECT is_empty(
    $$
        SELECT r.name FROM relation AS r
        WHERE r.nspname <> 'engine' AND (r.nspname = 'bank') IS DISTINCT FROM (r.relkind = 'v')
            OR r.nspname = 'engine' AND r.name NOT IN (
                'engine.checks', 'engine.meanings', 'engine.operations', 'engine.refusals',
                'engine.terms', 'engine.batch_fields', 'engine.cashbacks', 'engine.due', 'engine.event_stream',
                'engine.house_entries',
                'engine.schedule_legs',
                'engine.postings', 'engine.functions', 'engine.operator_arguments',
                'engine.installed', 'engine.numbered_ids', 'engine.periods', 'engine.release'
            )
    $$, 'views are in bank, what an upgrade keeps in ledger, what the rooms say of themselves, and views of their own, in engine'
);
SELECT is_empty(
    $$
        SELECT r.name, a.attname FROM relation AS r
        INNER JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        INNER JOIN pg_collation AS c ON c.oid = a.attcollation
        WHERE r.relkind = 'r'
            AND a.attname ~ '(account_id|operation|currency|_key|_ref)$'
            AND c.collname <> 'C'
    $$, 'ids and codes compare by bytes'
);
SELECT is_empty(
    $$
        SELECT r.name, a.attname, format_type(a.atttypid, a.atttypmod) FROM relation AS r
        INNER JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        INNER JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE r.relkind = 'r' AND coalesce(nullif(t.typbasetype, 0), t.oid) NOT IN (
            'bigint'::regtype, 'text'::regtype, 'jsonb'::regtype, 'json'::regtype,
            'bytea'::regtype, 'boolean'::regtype, 'int8multirange'::regtype, 'bigint[]'::regtype,
            'text[]'::regtype
        )
            AND (r.name, a.attname) NOT IN (
                ('ledger.currencies', 'exponent'), ('ledger.cashback_policies', 'rate_bps'),
                ('ledger.payments', 'rate_bps'),
                ('ledger.event_gaps', 'waiting_for'), ('engine.terms', 'places'),
                ('ledger.settings', 'webhook_networks'),
                -- Sums of many legs, which may come to more than a bigint holds.
                ('ledger.turnovers', 'debits'), ('ledger.turnovers', 'credits'),
                -- Few, and a place in every leg saved.
                ('ledger.ledger_transactions', 'leg'), ('ledger.collected_credits', 'leg'),
                ('ledger.ledger_transactions', 'hash_version')
            )
    $$, 'money, ids and times are bigint; nothing is a float'
);
SELECT is_empty(
    $$
        SELECT r.name FROM relation AS r
        INNER JOIN pg_sequence AS s ON s.seqrelid = r.oid
        WHERE s.seqtypid <> 'bigint'::regtype OR s.seqmax <> 9007199254740991 OR s.seqcycle
    $$, 'sequences end at 2^53-1 and do not begin again'
);
SELECT ok(
    'fillfactor=70' = ANY(r.reloptions), 'accounts leave room for updates in place'
) FROM relation AS r WHERE r.name = 'ledger.accounts';
SELECT is_empty(
    $$
        SELECT n.nspname FROM pg_namespace AS n
        WHERE n.nspname IN ('bank', 'engine', 'ledger')
            AND (
                n.nspowner <> 'bank_owner'::regrole
                OR obj_description(n.oid, 'pg_namespace') IS NULL
            )
    $$, 'the schemas belong to bank_owner and have a comment'
);

SELECT * FROM finish();
ROLLBACK;
