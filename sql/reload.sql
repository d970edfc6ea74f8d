-- Empties the code schemas, bank and engine, so that the reload which follows in the same
-- transaction leaves nothing stale behind. Without CASCADE: where a view of yours depends on a
-- function, this fails with PostgreSQL's own message, the transaction rolls back and nothing has
-- changed.

SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL ROLE bank_owner;

-- What a user has granted on views and functions goes with them, since verification would not let a
-- grant beyond the release pass: who is to read is made a member of a role.
DO $do$
DECLARE
    v_taken text;
BEGIN
    FOR v_taken IN
        SELECT format(
            'GRANT %s ON %s TO %s', x.privilege_type, granted.name,
            CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END
        )
        FROM (
            SELECT c.oid::regclass::text AS name, c.relacl AS acl
            FROM pg_class AS c
            WHERE c.relnamespace = 'bank'::regnamespace
            UNION ALL
            SELECT 'FUNCTION ' || p.oid::regprocedure::text, p.proacl
            FROM pg_proc AS p
            WHERE p.pronamespace = 'bank'::regnamespace
        ) AS granted
        CROSS JOIN LATERAL aclexplode(granted.acl) AS x
        WHERE x.grantee NOT IN (
                'bank_owner'::regrole, 'bank_teller'::regrole, 'bank_operator'::regrole,
                'bank_auditor'::regrole
            )
        ORDER BY granted.name
    LOOP
        RAISE WARNING 'taken away by the reload: %', v_taken USING
            HINT = 'Make whoever is to read or to call a member of bank_auditor or bank_teller.';
    END LOOP;
END;
$do$;

DO $do$
DECLARE
    v_schemas oid[] := ARRAY['bank'::regnamespace, 'engine'::regnamespace];
    v_names text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ') INTO v_names
    FROM pg_class AS c
    WHERE c.relnamespace = ANY(v_schemas) AND c.relkind = 'v';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP VIEW ' || v_names;
    END IF;

    -- Aggregates first, which depend on functions.
    SELECT string_agg(p.oid::regprocedure::text, ', ') INTO v_names
    FROM pg_proc AS p
    WHERE p.pronamespace = ANY(v_schemas) AND p.prokind = 'a';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP AGGREGATE ' || v_names;
    END IF;

    SELECT string_agg(p.oid::regprocedure::text, ', ') INTO v_names
    FROM pg_proc AS p
    WHERE p.pronamespace = ANY(v_schemas);
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP FUNCTION ' || v_names;
    END IF;

    SELECT string_agg(c.oid::regclass::text, ', ') INTO v_names
    FROM pg_class AS c
    WHERE c.relnamespace = ANY(v_schemas) AND c.relkind = 'r';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP TABLE ' || v_names;
    END IF;

    SELECT string_agg(c.oid::regclass::text, ', ') INTO v_names
    FROM pg_class AS c
    WHERE c.relnamespace = ANY(v_schemas) AND c.relkind = 'c';
    IF v_names IS NOT NULL THEN
        EXECUTE 'DROP TYPE ' || v_names;
    END IF;
END;
$do$;
