-- Tests of the catalog: rules that every function, table and view of pgteller keeps.
BEGIN;
SELECT plan(53);

-- Given the functions and their bodies without comments
CREATE TEMP TABLE function AS
SELECT p.oid, p.proname::text AS name, p.proname LIKE '\_%' AS internal, p.proacl, p.proowner,
    p.proconfig, p.prosecdef, p.proisstrict, p.provolatile, p.proargnames, p.pronargs,
    p.pronargdefaults, l.lanname::text AS language,
    regexp_replace(p.prosrc, '--[^\n]*', '', 'g') AS body
FROM pg_proc AS p
INNER JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'bank'::regnamespace;
CREATE TEMP TABLE relation AS
SELECT c.oid, c.oid::regclass::text AS name, c.relkind, c.relowner, c.reloptions, n.nspname
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('ledger', 'bank') AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f');
-- Tables that grow with use; the others are reference tables, small enough to be everywhere, or
-- belong to the numbering of events, which has to be in one place
CREATE TEMP TABLE growing AS
SELECT r.oid, r.name FROM relation AS r
WHERE r.relkind IN ('r', 'p') AND r.name NOT IN (
    'ledger.currencies', 'ledger.cashback_policies',
    'ledger.events', 'ledger.event_gaps', 'ledger.event_sequencer', 'ledger.webhooks'
);

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
    $$SELECT f.name FROM function AS f WHERE f.proowner <> 'bank_owner'::regrole$$,
    'bank_owner owns every function'
);
SELECT is_empty(
    'SELECT f.name FROM function AS f GROUP BY f.name HAVING count(*) > 1', 'none is overloaded'
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
        WHERE ('search_path=pg_catalog, pg_temp' = ANY(f.proconfig)) IS NOT TRUE
            AND f.name NOT IN (
                '_batch_request_refusal', '_batch_state_refusal', '_check_request', '_credit',
                '_fix_timestamp', '_leg_hash', '_lock_account', '_lock_credited', '_next_cashback',
                '_next_leg', '_now', '_post_leg', '_receipt', '_with_leg', '_digest_number'
            )
    $$, 'every function sets its search_path, but for the hot helpers, whose callers have'
);
SELECT set_eq(
    $$
        SELECT f.name, setting FROM function AS f
        CROSS JOIN LATERAL unnest(f.proconfig) AS setting
        WHERE setting <> 'search_path=pg_catalog, pg_temp'
    $$,
    $$
        VALUES ('list_transactions', 'enable_sort=off'), ('list_transactions', 'jit=off'),
        ('batch', 'jit=off'), ('_batch_at_once', 'enable_nestloop=off'),
        ('_batch_post', 'enable_nestloop=on'), ('verify_ledger', 'jit=off'),
        ('verify_digest', 'jit=off'), ('ledger_digest', 'jit=off')
    $$, 'these set more: how to plan for arrays and filters that let pass an unknown number'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.provolatile IS DISTINCT FROM CASE
            WHEN f.name IN (
                'create_account', 'deposit', 'withdraw', 'transfer', 'pay', 'settle_cashbacks',
                'hold', 'capture_hold', 'release_hold', 'expire_holds', '_end_hold',
                'freeze_account', 'block_account', 'unfreeze_account', 'close_account',
                'set_overdraft_limit', 'set_account_metadata', 'set_collecting',
                'set_cashback_policy', 'exchange', '_set_status', '_record_change',
                '_settle_skipping', 'refund_payment', '_reduce_cashback', 'reverse_transaction',
                'batch', '_batch_at_once', '_batch_fold', '_batch_item', '_batch_lock',
                '_batch_one_by_one', '_batch_post', '_claim', '_credit', '_fix_timestamp',
                '_fold_collected', '_keep_claim', '_lock_account', '_lock_credited', '_next_leg',
                '_now', '_post_leg', '_remember', '_settle_due',
                'list_events', '_sequence_events', '_note_gaps', 'ledger_digest', '_account_writers',
                'create_monitor', 'delete_monitor', '_fire_monitors',
                'schedule_transfer', 'cancel_schedule', 'run_schedules', '_run_schedule',
                '_lock_scheduled', 'create_webhook', 'delete_webhook', 'claim_deliveries',
                'finish_delivery', 'fold_collected', '_queue_deliveries'
            ) THEN 'v'
            WHEN f.name LIKE '\_check\_%' OR f.name IN (
                '_batch_flaw', '_batch_request_refusal', '_batch_state_refusal',
                '_cashback_for', '_digest_number', '_hold_receipt', '_receipt', '_with_leg'
            ) THEN 'i'
            ELSE 's'
        END::"char"
    $$, 'writers are volatile, readers stable, checks and arithmetic immutable'
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
        SELECT f.name FROM function AS f
        WHERE NOT f.internal AND f.provolatile = 'v'
            AND f.name NOT IN (
                'settle_cashbacks', 'expire_holds', 'list_events', 'ledger_digest', 'batch',
                'set_cashback_policy',
                'run_schedules', 'cancel_schedule', 'create_webhook', 'delete_webhook',
                'claim_deliveries', 'finish_delivery', 'fold_collected'
            )
            AND (
                f.proargnames[f.pronargs - 2:f.pronargs]
                <> ARRAY['timestamp', 'metadata', 'idempotency_key']
                OR f.pronargdefaults < 3
                OR pg_get_function_arguments(f.oid) !~ (
                    '"timestamp" bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, '
                    'idempotency_key text DEFAULT NULL::text$'
                )
            )
    $$, 'every writer takes timestamp, metadata and idempotency_key last, NULL unless given'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.language NOT IN ('plpgsql', 'sql')$$,
    'only PL/pgSQL and SQL'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.body ~* '\mEXECUTE\M'$$, 'no dynamic SQL'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.body ~* '\mWHEN\s+OTHERS\M'$$,
    'none swallows errors'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.body ~* '\mRAISE\s+(EXCEPTION|USING|SQLSTATE)' AND f.name NOT IN ('_refuse', 'batch')
    $$, 'every refusal is raised by _refuse (batch raises what it catches, to undo a dry run)'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        CROSS JOIN LATERAL regexp_matches(f.body, '\mbank\.(\w+)\s*\(', 'g') AS called
        LEFT JOIN function AS g ON g.name = called[1]
        WHERE g.name IS NULL
    $$, 'every function of the bank that a body calls exists'
);
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.internal AND NOT EXISTS (
            SELECT FROM function AS g WHERE g.body ~ ('\mbank\.' || f.name || '\s*\(')
        )
    $$, 'every helper is called'
);

-- Refusals
SELECT is_empty(
    $$
        SELECT f.name, called[1] FROM function AS f
        CROSS JOIN LATERAL regexp_matches(f.body, '_refuse\(\s*''(\w+)''\s*,', 'g') AS called
        LEFT JOIN bank.refusals AS r ON r.name = called[1]
        WHERE r.name IS NULL
    $$, 'every refusal that a body raises is in the list'
);
SELECT is_empty(
    $$
        SELECT r.name FROM bank.refusals AS r
        WHERE r.name NOT IN (
                'account_frozen', 'account_blocked', 'account_closed',
                'hold_captured', 'hold_released', 'hold_expired', 'linked_failed'
            )
            AND NOT EXISTS (
                SELECT FROM function AS f WHERE f.body ~ ('_refuse\(\s*''' || r.name || '''')
            )
    $$, 'every refusal in the list is raised (those of a status by way of it)'
);
SELECT matches(
    f.body, '_batch_refused\([^;]*''linked_failed''', 'linked_failed is only ever a result: ' || f.name
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

-- The ledger has one writer
SELECT is(
    array_agg(f.name ORDER BY f.name), ARRAY['_batch_post', '_post_leg'],
    'one function changes accounts, and its twin for batches'
) FROM function AS f WHERE f.body ~* '\mUPDATE\s+ledger\.accounts\M';
SELECT is(
    array_agg(f.name ORDER BY f.name), ARRAY['_batch_post', '_post_leg'],
    'one function writes legs, and its twin for batches'
) FROM function AS f WHERE f.body ~* '\mINTO\s+ledger\.ledger_transactions\M';
SELECT is(
    array_agg(f.name ORDER BY f.name), ARRAY['create_account'], 'one function makes accounts'
) FROM function AS f WHERE f.body ~* '\mINTO\s+ledger\.accounts\M';
SELECT is(
    array_agg(f.name ORDER BY f.name),
    ARRAY['_fold_collected', '_keep_claim', '_note_gaps', 'delete_webhook'], 'these remove rows'
) FROM function AS f WHERE f.body ~* '\m(DELETE|TRUNCATE)\M';

-- Rules that keep the same SQL running on a distributed PostgreSQL
SELECT is_empty(
    $$
        SELECT f.name FROM function AS f
        WHERE f.body ~* '\mFOR\s+(UPDATE|SHARE|KEY\s+SHARE)\M'
    $$, 'no row lock but FOR NO KEY UPDATE'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.body ~* '\mCURRENT\s+OF\M'$$, 'no WHERE CURRENT OF'
);
SELECT is_empty(
    $$SELECT f.name FROM function AS f WHERE f.body ~* '\mDO\s+UPDATE\M'$$, 'no DO UPDATE'
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
        SELECT g.name FROM growing AS g
        WHERE NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = g.oid AND i.indisprimary)
    $$, 'every growing table has a primary key'
);
SELECT is_empty(
    $$
        SELECT i.indexrelid::regclass FROM growing AS g
        INNER JOIN pg_index AS i ON i.indrelid = g.oid AND i.indisunique
        WHERE NOT EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = g.oid AND a.attname = 'account_id' AND a.attnum = ANY(i.indkey)
        )
    $$, 'account_id is in every primary key and unique index of a growing table'
);
SELECT is_empty(
    $$
        SELECT i.indexrelid::regclass FROM growing AS g
        INNER JOIN pg_index AS i ON i.indrelid = g.oid AND i.indisprimary
        INNER JOIN pg_attribute AS a ON a.attrelid = g.oid AND a.attnum = i.indkey[0]
        WHERE a.attname <> 'account_id'
    $$, 'and first in the primary keys'
);
SELECT is_empty(
    $$
        SELECT k.conrelid::regclass, k.conname FROM pg_constraint AS k
        INNER JOIN growing AS g ON g.oid = k.conrelid
        WHERE k.contype = 'f'
            AND k.confrelid IN (SELECT h.oid FROM growing AS h)
            AND NOT EXISTS (
                SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
                INNER JOIN pg_attribute AS a
                    ON a.attrelid = k.conrelid AND a.attnum = pair.here
                INNER JOIN pg_attribute AS b
                    ON b.attrelid = k.confrelid AND b.attnum = pair.there
                WHERE a.attname = 'account_id' AND b.attname = 'account_id'
            )
    $$, 'foreign keys only between equal account_ids, or to reference tables'
);
SELECT is_empty(
    $$
        SELECT g.name, a.attname FROM growing AS g
        INNER JOIN pg_attribute AS a ON a.attrelid = g.oid AND a.attnum > 0
        WHERE a.attidentity <> '' OR a.attgenerated <> ''
            OR EXISTS (
                SELECT FROM pg_attrdef AS d
                WHERE d.adrelid = g.oid AND d.adnum = a.attnum
                    AND pg_get_expr(d.adbin, d.adrelid) LIKE '%(%'
            )
    $$, 'no column gets its value from a sequence or a function'
);
SELECT results_eq(
    $$
        SELECT t.tgrelid::regclass::text, t.tgname::text COLLATE "default", t.tgfoid::regproc::text
        FROM pg_trigger AS t
        INNER JOIN relation AS r ON r.oid = t.tgrelid
        WHERE NOT t.tgisinternal
        ORDER BY 1
    $$,
    $$
        VALUES ('ledger.accounts', 'never_removed', 'ledger.refuse_change'),
        ('ledger.cashbacks', 'never_removed', 'ledger.refuse_change'),
        ('ledger.holds', 'never_removed', 'ledger.refuse_change'),
        ('ledger.ledger_transactions', 'append_only', 'ledger.refuse_change'),
        ('ledger.payments', 'never_removed', 'ledger.refuse_change'),
        ('ledger.reversals', 'append_only', 'ledger.refuse_change')
    $$, 'no triggers but the guards'
);
SELECT is_empty(
    $$
        SELECT t.tgrelid::regclass FROM pg_trigger AS t
        INNER JOIN relation AS r ON r.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND (t.tgtype & 1 = 1 OR t.tgtype & 4 = 4 OR t.tgenabled <> 'O')
    $$, 'which fire per statement, not on INSERT, and are on'
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
        WHERE (r.nspname = 'bank') IS DISTINCT FROM (r.relkind = 'v')
    $$, 'views are in bank; tables and sequences, which an upgrade keeps, in ledger'
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
            'bytea'::regtype, 'boolean'::regtype
        )
            AND (r.name, a.attname) NOT IN (
                ('ledger.currencies', 'exponent'), ('ledger.cashback_policies', 'rate_bps'),
                ('ledger.cashbacks', 'rate_bps'),
                ('ledger.event_gaps', 'horizon')
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
        WHERE n.nspname IN ('bank', 'ledger')
            AND (
                n.nspowner <> 'bank_owner'::regrole
                OR obj_description(n.oid, 'pg_namespace') IS NULL
            )
    $$, 'both schemas belong to bank_owner and have a comment'
);

SELECT * FROM finish();
ROLLBACK;
