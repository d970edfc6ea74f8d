-- installed: every object of the three schemas, and the four roles, as the catalog has them, a line
-- each.
--
-- Functions and views with their text, tables and types with their columns, and what keeps rows as
-- they are: constraints, indexes, triggers; with their owners and privileges. name is the same in
-- any database, though definition may be written another way by another major version of
-- PostgreSQL; and it is the same after a dump and a restore, which is why each branch names its
-- columns. Of the roles it has what they may and which others they are; who is one of them is the
-- user's business.
CREATE VIEW engine.installed AS
WITH owned AS (
    SELECT n.oid, n.nspname::text AS name, n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname IN ('bank', 'engine', 'ledger')
),

relation AS (
    SELECT c.*, c.oid::regclass::text AS name
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace IN (SELECT o.oid FROM owned AS o)
),

described AS (
    SELECT
        a.attrelid,
        string_agg(concat_ws(
            ' ', a.attname, format_type(a.atttypid, a.atttypmod),
            nullif(a.attcollation, 0)::regcollation::text, a.attnotnull, a.attgenerated,
            a.attidentity, pg_get_expr(d.adbin, d.adrelid)
        ), ', ' ORDER BY a.attnum) AS columns
    FROM pg_catalog.pg_attribute AS a
    LEFT JOIN pg_catalog.pg_attrdef AS d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE a.attrelid IN (SELECT r.oid FROM relation AS r) AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid
),

found AS (
    SELECT
        'schema' AS kind,
        o.name,
        NULL::text AS definition,
        o.nspowner AS owner,
        coalesce(o.nspacl, acldefault('n', o.nspowner)) AS acl
    FROM owned AS o
    UNION ALL
    SELECT
        'function' AS kind,
        p.oid::regprocedure::text AS name,
        CASE p.prokind WHEN 'a' THEN (to_jsonb(a) - 'aggfnoid')::text
            ELSE pg_get_functiondef(p.oid)
        END AS definition,
        p.proowner AS owner,
        coalesce(p.proacl, acldefault('f', p.proowner)) AS acl
    FROM pg_catalog.pg_proc AS p
    LEFT JOIN pg_catalog.pg_aggregate AS a ON p.oid = a.aggfnoid
    WHERE p.pronamespace IN (SELECT o.oid FROM owned AS o)
    UNION ALL
    SELECT
        CASE r.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind,
        r.name,
        concat_ws(
            ' ', r.relpersistence, r.relrowsecurity, r.relforcerowsecurity, r.reloptions::text,
            CASE r.relkind
                WHEN 'v' THEN pg_get_viewdef(r.oid)
                WHEN 'S' THEN (
                    SELECT concat_ws(
                        ' ', s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle
                    )
                    FROM pg_catalog.pg_sequence AS s
                    WHERE s.seqrelid = r.oid
                )
                ELSE d.columns
            END
        ) AS definition,
        r.relowner AS owner,
        coalesce(
            r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", r.relowner)
        ) AS acl
    FROM relation AS r
    LEFT JOIN described AS d ON r.oid = d.attrelid
    WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    -- Columns that somebody may use who may not use the table, or the view.
    SELECT
        'column' AS kind,
        r.name || '.' || a.attname AS name,
        NULL::text AS definition,
        r.relowner AS owner,
        a.attacl AS acl
    FROM relation AS r
    INNER JOIN pg_catalog.pg_attribute AS a ON r.oid = a.attrelid AND a.attacl IS NOT NULL
    UNION ALL
    -- All but the arrays and the rows of tables and views, which are as these are.
    SELECT
        'type' AS kind,
        t.oid::regtype::text AS name,
        concat_ws(
            ' ', t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod),
            nullif(t.typcollation, 0)::regcollation::text, t.typnotnull,
            pg_get_expr(t.typdefaultbin, 0), d.columns, (
                SELECT string_agg(quote_literal(e.enumlabel), ' ' ORDER BY e.enumsortorder)
                FROM pg_catalog.pg_enum AS e
                WHERE e.enumtypid = t.oid
            )
        ) AS definition,
        t.typowner AS owner,
        coalesce(t.typacl, acldefault('T', t.typowner)) AS acl
    FROM pg_catalog.pg_type AS t
    LEFT JOIN relation AS r ON t.typrelid = r.oid
    LEFT JOIN described AS d ON r.oid = d.attrelid
    WHERE t.typnamespace IN (SELECT o.oid FROM owned AS o)
        AND (t.typrelid = 0 OR r.relkind = 'c')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_type AS e
            WHERE e.typarray = t.oid
        )
    UNION ALL
    -- What there is none of: operators, collations, casts of these types, and the like.
    SELECT DISTINCT
        i.type AS kind,
        i.identity AS name,
        NULL::text AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM pg_catalog.pg_depend AS p
    CROSS JOIN LATERAL pg_identify_object(p.classid, p.objid, p.objsubid) AS i
    WHERE (
        p.refclassid = 'pg_namespace'::regclass
        AND p.refobjid IN (SELECT o.oid FROM owned AS o)
        AND p.classid NOT IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass)
    ) OR (
        p.classid = 'pg_cast'::regclass
        AND p.refclassid = 'pg_type'::regclass
        AND p.refobjid IN (
            SELECT t.oid
            FROM pg_catalog.pg_type AS t
            WHERE t.typnamespace IN (SELECT o.oid FROM owned AS o)
        )
    )
    UNION ALL
    -- What is taken for PostgreSQL's own, since pg_catalog is where all is looked for first, and
    -- casts of its types by somebody's functions. An extension may bring such things.
    SELECT
        i.type AS kind,
        i.identity AS name,
        NULL::text AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM (
        SELECT 'pg_proc'::regclass AS classid, p.oid
        FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT 'pg_operator'::regclass AS classid, o.oid
        FROM pg_catalog.pg_operator AS o
        WHERE o.oprnamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT 'pg_type'::regclass AS classid, t.oid
        FROM pg_catalog.pg_type AS t
        WHERE t.typnamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT 'pg_cast'::regclass AS classid, c.oid
        FROM pg_catalog.pg_cast AS c
        WHERE c.castfunc >= 16384 AND c.castsource < 16384 AND c.casttarget < 16384
    ) AS put
    CROSS JOIN LATERAL pg_identify_object(put.classid, put.oid, 0) AS i
    WHERE put.oid >= 16384  -- below that are those of initdb
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS e
            WHERE e.classid = put.classid AND e.objid = put.oid AND e.deptype = 'e'
        )
    UNION ALL
    -- What they may, and which others they are.
    SELECT
        'role' AS kind,
        r.rolname::text AS name,
        concat_ws(
            ' ', r.rolcanlogin, r.rolinherit, r.rolsuper, r.rolcreaterole, r.rolcreatedb,
            r.rolreplication, r.rolbypassrls, (
                SELECT string_agg(g.held, ', ' ORDER BY g.name)
                FROM (
                    SELECT
                        m.roleid::regrole::name AS name,
                        concat_ws(
                            ' ', m.roleid::regrole,
                            CASE WHEN bool_or(m.admin_option) THEN 'admin' END
                        ) AS held
                    FROM pg_catalog.pg_auth_members AS m
                    WHERE m.member = r.oid
                    GROUP BY m.roleid
                ) AS g
            )
        ) AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname IN ('bank_owner', 'bank_teller', 'bank_operator', 'bank_auditor')
    UNION ALL
    SELECT
        'index' AS kind,
        r.name,
        concat_ws(' ', pg_get_indexdef(r.oid), i.indisvalid, i.indisready) AS definition,
        r.relowner AS owner,
        NULL::aclitem[] AS acl
    FROM relation AS r
    INNER JOIN pg_catalog.pg_index AS i ON r.oid = i.indexrelid
    UNION ALL
    SELECT
        'constraint' AS kind,
        concat_ws(
            ' of ', c.conname, coalesce(r.name, nullif(c.contypid, 0)::regtype::text)
        ) AS name,
        concat_ws(' ', pg_get_constraintdef(c.oid), c.convalidated) AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM pg_catalog.pg_constraint AS c
    LEFT JOIN relation AS r ON c.conrelid = r.oid
    WHERE c.connamespace IN (SELECT o.oid FROM owned AS o)
    UNION ALL
    -- Those of foreign keys have names that no two databases share.
    SELECT
        'trigger' AS kind,
        concat_ws(' of ', coalesce(c.conname || ' ' || t.tgtype, t.tgname), r.name) AS name,
        concat_ws(
            ' ', t.tgenabled, CASE WHEN NOT t.tgisinternal THEN pg_get_triggerdef(t.oid) END
        ) AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM relation AS r
    INNER JOIN pg_catalog.pg_trigger AS t ON r.oid = t.tgrelid
    LEFT JOIN pg_catalog.pg_constraint AS c ON t.tgconstraint = c.oid
    UNION ALL
    SELECT
        'rule' AS kind,
        w.rulename || ' of ' || r.name AS name,
        pg_get_ruledef(w.oid) AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM relation AS r
    INNER JOIN pg_catalog.pg_rewrite AS w ON r.oid = w.ev_class AND w.rulename <> '_RETURN'
    UNION ALL
    SELECT
        'policy' AS kind,
        p.polname || ' of ' || r.name AS name,
        NULL::text AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM relation AS r
    INNER JOIN pg_catalog.pg_policy AS p ON r.oid = p.polrelid
    UNION ALL
    -- Its rows would be read as those of the table, and none of its guards hold there.
    SELECT
        'child' AS kind,
        i.inhrelid::regclass::text || ' of ' || r.name AS name,
        NULL::text AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM relation AS r
    INNER JOIN pg_catalog.pg_inherits AS i ON r.oid = i.inhparent
    UNION ALL
    -- What the rooms say of themselves, and what has been applied.
    SELECT
        'rows' AS kind,
        told.name,
        string_agg(told.told, ' ' ORDER BY told.told COLLATE "C") AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM (
        SELECT 'engine.checks' AS name, to_jsonb(t)::text AS told FROM engine.checks AS t
        UNION ALL
        SELECT 'engine.operations' AS name, to_jsonb(t)::text AS told FROM engine.operations AS t
        UNION ALL
        SELECT 'engine.operator_arguments' AS name, to_jsonb(t)::text AS told
        FROM engine.operator_arguments AS t
        UNION ALL
        SELECT 'engine.refusals' AS name, to_jsonb(t)::text AS told FROM engine.refusals AS t
        UNION ALL
        SELECT 'engine.terms' AS name, to_jsonb(t)::text AS told FROM engine.terms AS t
        UNION ALL
        SELECT 'ledger.migrations' AS name, to_jsonb(m)::text AS told FROM ledger.migrations AS m
    ) AS told
    GROUP BY told.name
    UNION ALL
    -- What would put every trigger to sleep, for everybody, a role or a database.
    SELECT
        'setting' AS kind,
        'session_replication_role=' || s.reset_val AS name,
        NULL::text AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM pg_catalog.pg_settings AS s
    WHERE s.name = 'session_replication_role'
        AND s.reset_val <> 'origin'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_db_role_setting AS o
            WHERE o.setconfig @> ARRAY['session_replication_role=' || s.reset_val]
        )
    UNION ALL
    SELECT
        'setting' AS kind,
        concat_ws(
            ' of ', setting, nullif(s.setrole, 0)::regrole::text,
            (
                SELECT d.datname
                FROM pg_catalog.pg_database AS d
                WHERE s.setdatabase = d.oid
            )
        ) AS name,
        NULL::text AS definition,
        NULL::oid AS owner,
        NULL::aclitem[] AS acl
    FROM pg_catalog.pg_db_role_setting AS s
    CROSS JOIN LATERAL unnest(s.setconfig) AS setting
    WHERE setting LIKE 'session_replication_role=%'
)

SELECT
    f.kind,
    f.name,
    sha256(convert_to(coalesce(f.definition, ''), 'UTF8')) AS definition,
    coalesce(f.owner::regrole::text, '') AS owner,
    coalesce((
        SELECT string_agg(concat_ws(
            ' ', coalesce(nullif(x.grantee, 0)::regrole::text, 'public'), x.privilege_type,
            CASE WHEN x.is_grantable THEN 'grantable' END
        ), ', ' ORDER BY x.grantee::regrole::name, x.privilege_type)
        FROM aclexplode(f.acl) AS x
        WHERE x.grantee <> f.owner
    ), '') AS privileges
FROM found AS f;
COMMENT ON VIEW engine.installed IS
    'Internal: every object of the three schemas, and the four roles, as the catalog has them: '
    'definition (SHA-256), owner, privileges.';
