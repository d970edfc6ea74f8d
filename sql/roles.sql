-- What a ledger needs around it and is not its data: the roles, and the three schemas with their
-- privileges. The first part of every transaction that migrates or reloads; harmless to repeat. It
-- leaves the role of the owner behind.

SET LOCAL search_path = pg_catalog, pg_temp;

DO $do$
BEGIN
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'pgteller needs a database with encoding UTF8, this one has %',
            current_setting('server_encoding');
    END IF;
END;
$do$;

-- Roles belong to the whole server: whoever is a teller in one database on it is one in all that
-- have these roles. So a second ledger is not made where the first is until somebody says that this
-- is meant.
DO $do$
DECLARE
    v_other text := (
        SELECT min(d.datname)
        FROM pg_shdepend AS s
        INNER JOIN pg_database AS d ON d.oid = s.dbid
        WHERE s.refclassid = 'pg_authid'::regclass
            AND s.refobjid = to_regrole('bank_owner')
            AND d.datname <> current_database()
    );
BEGIN
    IF v_other IS NOT NULL
        AND to_regnamespace('ledger') IS NULL
        AND coalesce(current_setting('pgteller.share_roles', true), '') NOT IN ('on', 'true', '1')
    THEN
        RAISE EXCEPTION 'database % on this server is a ledger with the same roles', v_other USING
            DETAIL = 'Whoever is a teller, an operator or the owner there would be so here, and '
                'the other way round.',
            HINT = 'Give this ledger roles of its own: pgteller init --roles NAME. Or where that '
                'is meant: pgteller init --share-roles, or SET pgteller.share_roles = on.';
    END IF;
END;
$do$;

-- Another database may have made them already. Then nothing is asked of us here but to be a member
-- of bank_owner.
DO $do$
DECLARE
    v_role text;
    v_comment text;
    -- Who makes a role may grant it, and since PostgreSQL 16 that alone is a membership.
    c_may_become CONSTANT text := CASE
        WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET'
    END;
BEGIN
    FOR v_role, v_comment IN
        VALUES
        ('bank_owner', 'pgteller: owns tables and functions; nobody logs in as it.'),
        ('bank_teller', 'pgteller: moves money on the server clock and reads accounts.'),
        ('bank_operator', 'pgteller: a teller who also gives timestamps, settles and manages.'),
        ('bank_auditor', 'pgteller: reads everything through views and functions, changes nothing.')
    LOOP
        CONTINUE WHEN to_regrole(v_role) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
            EXECUTE format('COMMENT ON ROLE %I IS %L', v_role, v_comment);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN
                NULL;  -- made by another installation while we were waiting for it
        END;
    END LOOP;
    IF NOT pg_has_role(current_user, 'bank_owner', c_may_become) THEN
        EXECUTE format('GRANT bank_owner TO %I', current_user);
    END IF;
    IF NOT pg_has_role('bank_operator', 'bank_teller', 'MEMBER') THEN
        GRANT bank_teller TO bank_operator;
    END IF;
END;
$do$;

DO $do$
DECLARE
    v_schema text;
    v_owners text;
BEGIN
    FOREACH v_schema IN ARRAY ARRAY['ledger', 'bank', 'engine'] LOOP
        CONTINUE WHEN to_regnamespace(v_schema) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE SCHEMA %I AUTHORIZATION bank_owner', v_schema);
        EXCEPTION
            WHEN duplicate_schema OR unique_violation THEN
                NULL;  -- likewise
        END;
    END LOOP;

    SELECT string_agg(format('%I belongs to %I', n.nspname, n.nspowner::regrole::text), ', ')
    INTO v_owners
    FROM pg_namespace AS n
    WHERE n.nspname IN ('ledger', 'bank', 'engine') AND n.nspowner <> 'bank_owner'::regrole;
    IF v_owners IS NOT NULL THEN
        -- Its owner could put anything there, and would keep the right to.
        RAISE EXCEPTION 'pgteller does not share a schema: %', v_owners;
    END IF;
END;
$do$;

SET LOCAL ROLE bank_owner;

-- This is also the lock that lets one migration or reload after the other: PostgreSQL keeps it to
-- the end of the transaction, and gives it to nobody but the schema's owner. (An advisory lock is
-- anybody's to hold.)
COMMENT ON SCHEMA ledger IS 'pgteller data: only ever migrated, reached only through schema bank.';

-- What a reload has noted at its end stays until the next one.
DO $do$
BEGIN
    IF obj_description('bank'::regnamespace, 'pg_namespace') IS NULL THEN
        COMMENT ON SCHEMA bank IS 'pgteller functions: the interface; re-made by every upgrade.';
    END IF;
END;
$do$;
COMMENT ON SCHEMA engine IS
    'pgteller''s own helpers, which only schema bank calls; re-made by every upgrade.';
REVOKE ALL ON SCHEMA ledger, bank, engine FROM PUBLIC;
GRANT USAGE ON SCHEMA bank TO bank_teller, bank_operator, bank_auditor;
