-- installed: every object of the three schemas as the catalog has it, a line each.
--
-- Functions and views with their text, tables with their columns, and what keeps rows as they are:
-- constraints, indexes, triggers; with their owners and privileges. name is the same in any
-- database, though definition may be written another way by another major version of PostgreSQL;
-- and it is the same after a dump and a restore, which is why each branch names its columns.
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
                ELSE (
                    SELECT string_agg(concat_ws(
                        ' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                        pg_get_expr(d.adbin, d.adrelid), a.attacl::text
                    ), ', ' ORDER BY a.attnum)
                    FROM pg_catalog.pg_attribute AS a
                    LEFT JOIN pg_catalog.pg_attrdef AS d
                        ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                    WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
                )
            END
        ) AS definition,
        r.relowner AS owner,
        coalesce(
            r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", r.relowner)
        ) AS acl
    FROM relation AS r
    WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
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
    -- What the rooms say of themselves.
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
    'Internal: every object of the three schemas as the catalog has it: definition (SHA-256), '
    'owner, privileges.';
