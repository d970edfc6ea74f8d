-- Tests of privileges: who may do what, decided here for every schema, table, view and sequence
-- there is; for a function it is decided in the test of that function. An object that is not in the
-- list fails its test, so that nothing new is reachable by accident.
BEGIN;

-- Given what is decided
CREATE TEMP TABLE decided (object text, teller text, operator text, auditor text);
INSERT INTO decided VALUES
('schema bank', 'USAGE', 'USAGE', 'USAGE'),
('schema engine', '', '', ''),
('schema ledger', '', '', ''),

('view bank.checks', '', 'SELECT', 'SELECT'),
('view bank.events', '', 'SELECT', 'SELECT'),
('view bank.legs', '', 'SELECT', 'SELECT'),
('view bank.operations', 'SELECT', 'SELECT', 'SELECT'),
('view bank.refusals', 'SELECT', 'SELECT', 'SELECT'),
('view engine.batch_fields', '', '', ''),
('view engine.cashbacks', '', '', ''),
('view engine.due', '', '', ''),
('view engine.functions', '', '', ''),
('view engine.meanings', '', '', ''),
('view engine.postings', '', '', ''),
('view engine.event_stream', '', '', ''),
('view engine.house_entries', '', '', ''),
('view engine.installed', '', '', ''),
('view engine.numbered_ids', '', '', ''),
('view engine.schedule_legs', '', '', ''),

('table engine.checks', '', '', ''),
('table engine.operations', '', '', ''),
('table engine.operator_arguments', '', '', ''),
('table engine.periods', '', '', ''),
('table engine.refusals', '', '', ''),
('table engine.release', '', '', ''),
('table engine.terms', '', '', ''),
('table ledger.accounts', '', '', ''),
('table ledger.account_texts', '', '', ''),
('table ledger.cashback_policies', '', '', ''),
('table ledger.collected_credits', '', '', ''),
('table ledger.currencies', '', '', ''),
('table ledger.holds', '', '', ''),
('table ledger.event_gaps', '', '', ''),
('table ledger.event_sequencer', '', '', ''),
('table ledger.event_batches', '', '', ''),
('table ledger.idempotency_keys', '', '', ''),
('table ledger.ledger_transactions', '', '', ''),
('table ledger.migrations', '', '', ''),
('table ledger.monitors', '', '', ''),
('table ledger.webhooks', '', '', ''),
('table ledger.api_keys', '', '', ''),
('table ledger.sessions', '', '', ''),
('table ledger.webhook_deliveries', '', '', ''),
('table ledger.worker_heartbeats', '', '', ''),
('table ledger.schedules', '', '', ''),
('table ledger.settings', '', '', ''),
('table ledger.schedule_runs', '', '', ''),
('table ledger.schedule_turns', '', '', ''),
('table ledger.payments', '', '', ''),
('table ledger.proofs', '', '', ''),
('table ledger.proof_counter', '', '', ''),
('table ledger.refused_requests', '', '', ''),
('table ledger.refusal_counter', '', '', ''),
('table ledger.reversals', '', '', ''),
('table ledger.turnovers', '', '', ''),
('table ledger.turnover_mark', '', '', ''),
('table ledger.rewinds', '', '', ''),

('sequence ledger.hold_seq', '', '', ''),
('sequence ledger.monitor_seq', '', '', ''),
('sequence ledger.webhook_seq', '', '', ''),
('sequence ledger.schedule_seq', '', '', ''),
('sequence ledger.payment_seq', '', '', ''),
('sequence ledger.transaction_seq', '', '', '');

-- Given what there is. Three tests for each object, and a fixed number at the end.
SELECT plan(3 * count(*)::integer + 58) FROM decided;

CREATE FUNCTION pg_temp.of_relation(role text, relation oid, kind "char") RETURNS text
LANGUAGE sql AS $function$
    SELECT coalesce(string_agg(p.privilege, ' ' ORDER BY p.privilege), '')
    FROM unnest(
        CASE WHEN kind = 'S' THEN ARRAY['SELECT', 'UPDATE', 'USAGE']
        ELSE ARRAY['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'] END
    ) AS p (privilege)
    WHERE CASE
        WHEN kind = 'S' THEN has_sequence_privilege(role, relation, p.privilege)
        ELSE has_table_privilege(role, relation, p.privilege)
            OR CASE WHEN p.privilege IN ('INSERT', 'REFERENCES', 'SELECT', 'UPDATE')
                THEN has_any_column_privilege(role, relation, p.privilege) END
    END
$function$;
CREATE FUNCTION pg_temp.of_schema(role text, schema oid) RETURNS text LANGUAGE sql AS $function$
    SELECT coalesce(string_agg(p.privilege, ' ' ORDER BY p.privilege), '')
    FROM unnest(ARRAY['CREATE', 'USAGE']) AS p (privilege)
    WHERE has_schema_privilege(role, schema, p.privilege)
$function$;
CREATE TEMP TABLE found AS
SELECT 'schema ' || n.nspname AS object,
    pg_temp.of_schema('bank_teller', n.oid) AS teller,
    pg_temp.of_schema('bank_operator', n.oid) AS operator,
    pg_temp.of_schema('bank_auditor', n.oid) AS auditor
FROM pg_namespace AS n
WHERE n.nspname IN ('bank', 'engine', 'ledger')
UNION ALL
SELECT
    format(
        '%s %s.%s', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
        n.nspname, c.relname
    ),
    pg_temp.of_relation('bank_teller', c.oid, c.relkind),
    pg_temp.of_relation('bank_operator', c.oid, c.relkind),
    pg_temp.of_relation('bank_auditor', c.oid, c.relkind)
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('bank', 'engine', 'ledger') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S');

-- Every pair of a role and an object
SELECT is(
    r.found, r.decided,
    format('%s: %s may %s', object, r.role, coalesce(nullif(r.decided, ''), 'nothing'))
)
FROM found AS f
FULL JOIN decided AS d USING (object)
CROSS JOIN LATERAL (
    VALUES ('a teller', f.teller, d.teller), ('an operator', f.operator, d.operator),
    ('an auditor', f.auditor, d.auditor)
) AS r (role, found, decided)
ORDER BY object, r.role;

-- Functions that are not for users
SELECT is_empty(
    $$
        SELECT p.oid::regproc, r.name
        FROM pg_proc AS p
        CROSS JOIN unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (name)
        WHERE p.pronamespace IN ('engine'::regnamespace, 'ledger'::regnamespace)
            AND has_function_privilege(r.name, p.oid, 'EXECUTE')
    $$, 'helpers and guards are callable by no role'
);

-- Authority is EXECUTE and nothing else: so it holds too where PostgreSQL runs code of a table's
-- owner in the session of somebody mightier, as ANALYZE does
SELECT is_empty(
    $$
        SELECT p.oid::regprocedure, a.argument FROM pg_proc AS p
        INNER JOIN engine.operator_arguments AS a ON a.argument = ANY(p.proargnames)
        WHERE p.pronamespace = 'bank'::regnamespace AND p.provolatile = 'v'
            AND has_function_privilege('bank_teller', p.oid, 'EXECUTE')
    $$, 'nothing that a teller may call to write takes what only operators may give'
);
SELECT results_eq(
    $$
        SELECT p.proname::text COLLATE "default", ARRAY(
            SELECT coalesce(g.rolname::text COLLATE "default", 'PUBLIC')
            FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS x
            LEFT JOIN pg_roles AS g ON g.oid = x.grantee
            WHERE x.grantee <> p.proowner
            ORDER BY 1
        )
        FROM pg_proc AS p
        WHERE p.pronamespace = 'bank'::regnamespace AND p.proname LIKE '%\_at'
        ORDER BY 1
    $$,
    $$
        SELECT t.name, ARRAY['bank_operator'] FROM unnest(ARRAY[
            'batch_at', 'cancel_schedule_at', 'capture_hold_at', 'create_account_at',
            'create_monitor_at', 'delete_monitor_at', 'deposit_at', 'hold_at', 'pay_at', 'post_at',
            'raise_hold_at', 'refund_hold_at', 'refund_payment_at', 'release_hold_at',
            'schedule_transfer_at', 'transfer_at', 'withdraw_at'
        ]) AS t (name)
        ORDER BY 1
    $$, 'these twins there are, granted to operators and to nobody else'
);
SELECT is_empty(
    $$
        SELECT p.oid::regprocedure, r.name FROM pg_proc AS p
        CROSS JOIN unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (name)
        WHERE p.pronamespace = 'bank'::regnamespace AND p.proname LIKE '%\_at'
            AND has_function_privilege(r.name, p.oid, 'EXECUTE') <> (r.name = 'bank_operator')
    $$, 'and only they may call them, by whatever way'
);
SELECT is_empty(
    $$
        SELECT s.plain::regprocedure, r.name FROM engine.functions AS s
        CROSS JOIN unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (name)
        WHERE s.plain <> s.whole
            AND has_function_privilege(r.name, s.plain, 'EXECUTE') <> (r.name <> 'bank_auditor')
    $$, 'the plain ones are for tellers, and so for operators'
);
SELECT is_empty(
    $$
        SELECT s.name, m[1] FROM (
            SELECT p.oid::regproc::text AS name, p.prosrc AS source
            FROM pg_proc AS p
            WHERE p.pronamespace IN ('bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace)
            UNION ALL
            SELECT c.oid::regclass::text, pg_get_viewdef(c.oid)
            FROM pg_class AS c
            WHERE c.relnamespace IN ('bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace)
                AND c.relkind = 'v'
        ) AS s
        CROSS JOIN regexp_matches(
            s.source, '(\mpg_has_role\M|\mhas_[a-z_]+_privilege\M|\mrow_security_active\M'
            '|\mcurrent_(?:user|role)\M|\muser\M|\msession_authorization\M|\mSET\s+(?:LOCAL\s+)?ROLE\M'
            '|current_setting\(\s*''(?:role|session_authorization|is_superuser)'')', 'gi'
        ) AS m
        WHERE s.name <> 'engine.batch_fields'  -- which asks about bank_teller, whoever is asking
    $$, 'no body asks who is calling, or which roles that one has'
);
SELECT is(
    array_agg(p.oid::regproc::text ORDER BY p.oid::regproc::text COLLATE "C"), ARRAY[
        'bank.begin_proof', 'bank.note_refusals',
        'engine.batch_run', 'engine.batch_write', 'engine.book', 'engine.collect',
        'engine.login_scope', 'engine.note_handed_out', 'engine.post_legs'
    ], 'these record who called: as the actor, or as the owner of a key'
) FROM pg_proc AS p
WHERE p.pronamespace IN ('bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace)
    AND p.prosrc ~* '\msession_user\M';
SELECT is_empty(
    $$
        SELECT p.oid::regproc, m[1] FROM pg_proc AS p
        CROSS JOIN regexp_matches(
            regexp_replace(p.prosrc, '--[^\n]*', '', 'g'), '([^\n]*\msession_user\M[^\n]*)', 'gi'
        ) AS m
        WHERE p.pronamespace IN ('bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace)
            AND m[1] !~ '(c_actor CONSTANT text|v_actor text) := session_user;$'
            AND m[1] !~ 'SELECT ''@login:'' \|\| session_user$'
            AND m[1] !~ 'coalesce\(d.actor, session_user\) AS actor,$'
            AND m[1] !~ 'collect.payment_ref, session_user, v_for,$'
    $$, 'and do nothing else with it'
);

-- And nobody else
SELECT is_empty(
    $$
        SELECT x.object, coalesce(g.rolname, 'PUBLIC') FROM (
            SELECT n.nspname::text AS object, n.nspowner AS owner,
                aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS acl
            FROM pg_namespace AS n
            WHERE n.nspname IN ('bank', 'engine', 'ledger')
            UNION ALL
            SELECT c.oid::regclass::text, c.relowner,
                aclexplode(coalesce(
                    c.relacl, acldefault(
                        CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner
                    )
                ))
            FROM pg_class AS c
            WHERE c.relnamespace IN ('bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace)
                AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
            UNION ALL
            SELECT p.oid::regproc::text, p.proowner,
                aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))
            FROM pg_proc AS p
            WHERE p.pronamespace IN ('bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace)
        ) AS x
        LEFT JOIN pg_roles AS g ON g.oid = (x.acl).grantee
        WHERE (x.acl).grantee <> x.owner
            AND coalesce(g.rolname, 'PUBLIC') NOT IN (
                'bank_teller', 'bank_operator', 'bank_auditor'
            )
    $$, 'nothing is granted to PUBLIC or to any other role'
);
SELECT is_empty(
    $$
        SELECT a.attrelid::regclass, a.attname FROM pg_attribute AS a
        INNER JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace IN ('bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace)
            AND a.attacl IS NOT NULL
    $$, 'nothing is granted on single columns'
);
SELECT is_empty(
    $$
        SELECT d.* FROM pg_default_acl AS d
        WHERE d.defaclrole = 'bank_owner'::regrole
    $$, 'nothing will be granted by default'
);

-- The roles
SELECT results_eq(
    $$
        SELECT r.rolname::text COLLATE "default",
            r.rolcanlogin OR r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication
            OR r.rolbypassrls
        FROM pg_roles AS r
        WHERE r.rolname IN ('bank_owner', 'bank_teller', 'bank_operator', 'bank_auditor')
        ORDER BY 1
    $$,
    $$
        VALUES ('bank_auditor', false), ('bank_operator', false), ('bank_owner', false),
        ('bank_teller', false)
    $$, 'four roles, which can neither log in nor do anything special'
);
SELECT results_eq(
    $$
        SELECT m.roleid::regrole::text, m.member::regrole::text
        FROM pg_auth_members AS m
        WHERE m.member::regrole::text IN (
            'bank_owner', 'bank_teller', 'bank_operator', 'bank_auditor'
        )
    $$,
    $$VALUES ('bank_teller', 'bank_operator')$$, 'an operator is a teller too; that is all'
);

-- What that comes to
SELECT throws_ok(
    format('SET ROLE %I; %s', r.role, c.command), '42501', NULL,
    format('%s: no %s', r.role, c.command)
)
FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (role)
CROSS JOIN unnest(ARRAY[
    'SELECT FROM ledger.accounts',
    'UPDATE ledger.accounts SET balance = 1',
    'INSERT INTO ledger.currencies VALUES (''QQQ'', 2)',
    'UPDATE ledger.cashback_policies SET rate_bps = 10000',
    'DELETE FROM ledger.idempotency_keys',
    'SELECT nextval(''ledger.payment_seq'')',
    'SELECT engine.lock_accounts(ARRAY[''x''])',
    'SELECT engine.book(NULL, 1, ''deposit'', 1)',
    'CREATE TABLE ledger.mine ()',
    'CREATE FUNCTION bank.mine() RETURNS integer LANGUAGE sql AS ''SELECT 1''',
    'DROP TABLE ledger.ledger_transactions',
    'ALTER TABLE ledger.ledger_transactions DISABLE TRIGGER ALL'
]) AS c (command);
SELECT throws_ok(
    format('SET ROLE bank_teller; SELECT FROM bank.%s', v.view), '42501', NULL,
    'a teller does not read who posted what: ' || v.view
) FROM unnest(ARRAY['legs', 'events']) AS v (view);
SELECT lives_ok(
    format('SET ROLE %I; SELECT FROM bank.%s LIMIT 0; RESET ROLE', r.role, v.view),
    format('%s reads it: %s', r.role, v.view)
) FROM unnest(ARRAY['legs', 'events']) AS v (view)
CROSS JOIN unnest(ARRAY['bank_operator', 'bank_auditor']) AS r (role);
SELECT lives_ok(
    format('SET ROLE %I; SELECT FROM bank.refusals; RESET ROLE', r.role),
    r.role || ' reads the list of refusals'
) FROM unnest(ARRAY['bank_teller', 'bank_operator', 'bank_auditor']) AS r (role);

SELECT * FROM finish();
ROLLBACK;
