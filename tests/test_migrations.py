"""Schema ledger is made by migrations; sql/schema.sql says in one piece what comes of them all."""

import json
import secrets
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from dev import PROJECT
from dev.testbed import scratch_database
from pgteller.cli import program
from pgteller.embedded.database import create_database
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.embedded.server import temporary_server
from pgteller.install import load
from pgteller.install.migrations import (
    CONTEXT,
    FOLDER,
    ROLES,
    InstallError,
    connect,
    migrate,
    migrate_to,
    migration_files,
    pending,
    planned,
)
from pgteller.urls import with_parts
from tests.http_helpers import wait_for_locks

SCHEMA = PROJECT / "sql" / "schema.sql"
BASELINE = FOLDER / "001_baseline.sql"

# Everything that the catalog knows of schema ledger, a row per object, without oids. What kinds of
# objects there are is not for this query to know: the last part names all that lie in the schema.
CATALOG = """
SELECT 'schema' AS kind, n.nspname::text AS name, jsonb_build_object(
    'owner', n.nspowner::regrole, 'privileges', n.nspacl::text,
    'comment', obj_description(n.oid, 'pg_namespace')
) AS is
FROM pg_namespace AS n
WHERE n.nspname = 'ledger'
UNION ALL
SELECT 'relation', c.oid::regclass::text, jsonb_build_object(
    'kind', c.relkind, 'persistence', c.relpersistence, 'owner', c.relowner::regrole,
    'options', c.reloptions, 'privileges', c.relacl::text, 'row security', c.relrowsecurity,
    'forced', c.relforcerowsecurity, 'replica identity', c.relreplident,
    'access method', (SELECT m.amname FROM pg_am AS m WHERE m.oid = c.relam),
    'tablespace', c.reltablespace, 'comment', obj_description(c.oid, 'pg_class'),
    'view', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
    'parents', (
        SELECT jsonb_agg(i.inhparent::regclass ORDER BY i.inhseqno)
        FROM pg_inherits AS i WHERE i.inhrelid = c.oid
    ),
    'sequence', (
        SELECT to_jsonb(s) - 'seqrelid' || jsonb_build_object('seqtypid', s.seqtypid::regtype)
        FROM pg_sequence AS s WHERE s.seqrelid = c.oid
    )
)
FROM pg_class AS c
WHERE c.relnamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'column', format('%s.%s', a.attrelid::regclass, a.attname), jsonb_build_object(
    'position', (
        SELECT count(*) FROM pg_attribute AS b
        WHERE b.attrelid = a.attrelid AND NOT b.attisdropped AND b.attnum BETWEEN 1 AND a.attnum
    ),
    'type', format_type(a.atttypid, a.atttypmod), 'not null', a.attnotnull,
    'collation', a.attcollation::regcollation, 'identity', a.attidentity,
    'generated', a.attgenerated, 'storage', a.attstorage, 'compression', a.attcompression,
    'statistics', a.attstattarget, 'privileges', a.attacl::text,
    'options', (  -- without a number that some servers give each column
        SELECT jsonb_agg(o) FROM unnest(a.attoptions) AS o WHERE o NOT LIKE 'pg_attver=%'
    ),
    'default', (
        SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d
        WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum
    ),
    'comment', col_description(a.attrelid, a.attnum)
)
FROM pg_attribute AS a
INNER JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = 'ledger'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'index', i.indexrelid::regclass::text, jsonb_build_object(
    'is', pg_get_indexdef(i.indexrelid), 'valid', i.indisvalid, 'clustered', i.indisclustered,
    'replica identity', i.indisreplident
)
FROM pg_index AS i
INNER JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'ledger'::regnamespace
UNION ALL
SELECT
    'constraint',
    format('%s of %s', k.conname, coalesce(nullif(k.conrelid, 0)::regclass::text,
        nullif(k.contypid, 0)::regtype::text)),
    jsonb_build_object(
        'is', pg_get_constraintdef(k.oid), 'validated', k.convalidated,
        'comment', obj_description(k.oid, 'pg_constraint')
    )
FROM pg_constraint AS k
WHERE k.connamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'trigger', format('%s of %s', t.tgname, t.tgrelid::regclass), jsonb_build_object(
    'is', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled,
    'comment', obj_description(t.oid, 'pg_trigger')
)
FROM pg_trigger AS t
INNER JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'ledger'::regnamespace AND NOT t.tgisinternal
UNION ALL
SELECT 'function', p.oid::regprocedure::text, jsonb_build_object(
    'is', pg_get_functiondef(p.oid), 'owner', p.proowner::regrole, 'privileges', p.proacl::text,
    'comment', obj_description(p.oid, 'pg_proc')
)
FROM pg_proc AS p
WHERE p.pronamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'type', t.oid::regtype::text, jsonb_build_object(
    'kind', t.typtype, 'base', format_type(t.typbasetype, t.typtypmod), 'not null', t.typnotnull,
    'default', t.typdefault, 'collation', t.typcollation::regcollation,
    'owner', t.typowner::regrole, 'privileges', t.typacl::text,
    'comment', obj_description(t.oid, 'pg_type'),
    'labels', (
        SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder)
        FROM pg_enum AS e WHERE e.enumtypid = t.oid
    )
)
FROM pg_type AS t
WHERE t.typnamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'policy', format('%s of %s', p.polname, p.polrelid::regclass), to_jsonb(p) - 'oid'
    - 'polrelid'
FROM pg_policy AS p
INNER JOIN pg_class AS c ON c.oid = p.polrelid
WHERE c.relnamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'rule', format('%s of %s', r.rulename, r.ev_class::regclass), jsonb_build_object(
    'is', pg_get_ruledef(r.oid), 'enabled', r.ev_enabled
)
FROM pg_rewrite AS r
INNER JOIN pg_class AS c ON c.oid = r.ev_class
WHERE c.relnamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'default privileges', d.defaclobjtype::text, jsonb_build_object(
    'role', d.defaclrole::regrole, 'privileges', d.defaclacl::text
)
FROM pg_default_acl AS d
WHERE d.defaclnamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'object', pg_describe_object(d.classid, d.objid, d.objsubid), '{}'
FROM pg_depend AS d
WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = 'ledger'::regnamespace
"""

TABLES = """
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'p')
"""


def described(connection):
    """All of schema ledger: its catalog, and the rows that are in its tables from the start."""
    found = {
        f"{kind} {name}: {json.dumps(facts, sort_keys=True)}"
        for kind, name, facts in connection.execute(CATALOG)
    }
    for (table,) in connection.execute(TABLES).fetchall():
        if table == "migrations":
            continue  # tells when, and by which files
        rows = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier("ledger", table))
        found |= {f"row of {table}: {row}" for (row,) in connection.execute(rows)}
    return found


@pytest.fixture(scope="module")
def from_schema(server):
    """A connection to a database made from schema.sql."""
    with scratch_database(server) as url, connect(url) as connection:
        with connection.transaction():
            connection.execute(ROLES.read_bytes())
            connection.execute(CONTEXT)
            connection.execute(SCHEMA.read_bytes())
        yield connection


def test_schema_is_all_migrations_applied(server, from_schema):
    with scratch_database(server) as url:
        migrate(url)
        with psycopg.connect(url) as connection:
            migrated, expected = described(connection), described(from_schema)
    assert len(expected) > 300
    assert sorted(migrated - expected) == []
    assert sorted(expected - migrated) == []


def test_refusals_are_numbered_by_their_kind(server):
    """Those that are there, and those that follow."""
    with scratch_database(server) as url:
        migrate_to(url, 4)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO ledger.refused_requests SELECT 10 * n, 5, 409, 'r', 'GET', NULL, 'x',"
                " CASE WHEN n % 3 > 0 THEN 'web/till' END, '{}', '{}'"
                " FROM generate_series(1, 7) AS n"
            )
            connection.execute("UPDATE ledger.refusal_counter SET newest = 75")
            migrate_to(url, 5)
            kinds = (
                "SELECT array_agg(number ORDER BY refusal_id) FROM ledger.refused_requests"
                " GROUP BY actor IS NULL ORDER BY actor IS NULL"
            )
            assert connection.execute(kinds).fetchall() == [([1, 2, 3, 4, 5],), ([1, 2],)]
            counter = "SELECT newest, known, strangers FROM ledger.refusal_counter"
            assert connection.execute(counter).fetchone() == (75, 5, 2)


def test_texts_that_searches_read_are_of_every_account(server):
    """Of those that are there, and of what somebody writes while the texts are made."""
    opening = (
        "INSERT INTO ledger.accounts (account_id, currency, last_timestamp, created_at, metadata)"
        " VALUES (%s, 'EUR', 1, 1, jsonb_build_object('name', %s::text))"
    )
    naming = "UPDATE ledger.accounts SET metadata = %s WHERE account_id = %s"
    with scratch_database(server) as url, ThreadPoolExecutor(1) as thread:
        migrate_to(url, 8)
        with psycopg.connect(url, autocommit=True) as db, psycopg.connect(url) as writer:
            for name in "changed", "old":
                db.execute(opening, [name, "Zoë"])
            writer.execute(naming, ['{"name": "Łucja"}', "changed"])
            writer.execute(opening, ["new", "Søren"])
            migrating = thread.submit(migrate_to, url, 9)
            wait_for_locks(db, 1)
            writer.commit()
            migrating.result()
            db.execute(opening, ["newest", "Ásta"])
            db.execute(naming, ["{}", "old"])
            texts = "SELECT string_agg(folded, '; ' ORDER BY account_id) FROM ledger.account_texts"
            assert db.execute(texts).fetchone() == (
                "CHANGED\nLUCJA; NEW\nSOREN; NEWEST\nASTA; OLD",
            )


def test_the_baseline_is_the_schema_until_there_is_another_migration():
    if list(migration_files().values()) == [BASELINE]:
        assert BASELINE.read_text() == SCHEMA.read_text(), (
            "cp sql/schema.sql sql/migrations/001_baseline.sql"
        )


# What nobody may forget in one of the two places.
CHANGES = [
    "ALTER TABLE ledger.accounts ADD COLUMN more bigint",
    "ALTER TABLE ledger.accounts ALTER COLUMN balance SET DEFAULT 1",
    "ALTER TABLE ledger.accounts ALTER COLUMN next_due_at SET NOT NULL",
    "ALTER TABLE ledger.accounts RENAME COLUMN held TO reserved",
    "ALTER TABLE ledger.accounts SET (fillfactor = 80)",
    "ALTER TABLE ledger.payments ALTER COLUMN fee TYPE numeric",
    "ALTER TABLE ledger.currencies DROP CONSTRAINT currencies_exponent_check",
    "ALTER TABLE ledger.payments ADD CHECK (fee < 1) NOT VALID",
    "ALTER TABLE ledger.payments OWNER TO CURRENT_USER",
    "ALTER DOMAIN ledger.minor_units DROP CONSTRAINT minor_units_are_exact_in_json",
    "ALTER DOMAIN ledger.minor_units SET NOT NULL",
    "DROP INDEX ledger.holds_of_account",
    "CREATE UNIQUE INDEX twice ON ledger.payments (payment_number)",
    "ALTER SEQUENCE ledger.payment_seq CACHE 10",
    "ALTER SEQUENCE ledger.payment_seq MAXVALUE 10",
    "ALTER TABLE ledger.accounts DISABLE TRIGGER never_removed",
    "DROP TRIGGER never_removed ON ledger.accounts",
    "COMMENT ON TABLE ledger.accounts IS 'another'",
    "COMMENT ON COLUMN ledger.accounts.balance IS 'another'",
    "COMMENT ON DOMAIN ledger.metadata IS 'another'",
    "GRANT SELECT ON ledger.accounts TO bank_auditor",
    "GRANT SELECT (balance) ON ledger.accounts TO bank_auditor",
    "GRANT USAGE ON SEQUENCE ledger.payment_seq TO bank_teller",
    "GRANT USAGE ON SCHEMA ledger TO bank_teller",
    "GRANT EXECUTE ON FUNCTION ledger.refuse_change TO PUBLIC",
    "ALTER FUNCTION ledger.refuse_change STABLE",
    "CREATE STATISTICS ledger.more ON first_event_id, events FROM ledger.event_batches",
    "CREATE TYPE ledger.more AS ENUM ('one')",
    "INSERT INTO ledger.currencies (currency, exponent) VALUES ('QQQ', 2)",
    "UPDATE ledger.cashback_policies SET rate_bps = 1 WHERE currency = 'EUR'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_no_difference_escapes(from_schema, change):
    before = described(from_schema)
    with from_schema.transaction(force_rollback=True):
        from_schema.execute(change)
        assert described(from_schema) != before
    assert described(from_schema) == before


# Migrating ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """Migrations of the test's own."""
    write(tmp_path, "001_first", "CREATE TABLE ledger.one ();\n" + MIGRATIONS_TABLE)
    return tmp_path


MIGRATIONS_TABLE = """
CREATE TABLE ledger.migrations (
    id bigint PRIMARY KEY, name text, checksum text, applied_at bigint, breaking boolean
);
"""
ROWS = "SELECT id, name, breaking FROM ledger.migrations ORDER BY id"


def write(folder, name, script):
    (folder / f"{name}.sql").write_text(script)


def rows(url, query=ROWS):
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def url(server):
    """A new, empty database."""
    with scratch_database(server) as url:
        yield url


def test_each_is_applied_once_and_recorded(url, folder, capsys):
    migrate(url, folder)
    write(folder, "002_second", "--! breaking\nCREATE TABLE ledger.two (); SELECT '50 % {}';")
    write(folder, "003_third", "INSERT INTO ledger.two DEFAULT VALUES;")
    assert [str(one) for one in pending(url, folder)] == ["002_second", "003_third"]
    assert rows(url) == [(1, "first", False)], "to ask changes nothing"
    capsys.readouterr()
    migrate(url, folder)
    said = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in said] == ["Applied 002_second", "Applied 003_third"]
    assert rows(url) == [(1, "first", False), (2, "second", True), (3, "third", False)]
    recorded = rows(
        url,
        "SELECT checksum ~ '^[0-9a-f]{64}$', "
        "abs(applied_at - extract(EPOCH FROM now()) * 1000) < 60000 FROM ledger.migrations",
    )
    assert recorded == [(True, True)] * 3

    assert pending(url, folder) == []
    migrate(url, folder)
    assert capsys.readouterr().out == ""
    assert rows(url, "SELECT count(*) FROM ledger.two") == [(1,)]
    assert rows(
        url,
        "SELECT DISTINCT relowner::regrole::text FROM pg_class "
        "WHERE relnamespace = 'ledger'::regnamespace",
    ) == [("bank_owner",)]


def test_one_that_fails_leaves_nothing(url, folder):
    write(folder, "002_fails", "CREATE TABLE ledger.two ();\nSELECT 1 / 0;")
    write(folder, "003_third", "CREATE TABLE ledger.three ();")
    with pytest.raises(InstallError, match=r"002_fails\.sql: division by zero"):
        migrate(url, folder)
    assert rows(url) == [(1, "first", False)]
    assert rows(url, "SELECT to_regclass('ledger.two')") == [(None,)]


def change_file(folder):
    write(folder, "002_second", "SELECT 3;")


def rename_file(folder):
    (folder / "002_second.sql").rename(folder / "002_deuxieme.sql")


def remove_file(folder):
    (folder / "002_second.sql").unlink()


def remove_newest_file(folder):
    (folder / "003_third.sql").unlink()


def leave_a_number_out(folder):
    write(folder, "005_fifth", "SELECT 5;")


def use_a_number_twice(folder):
    write(folder, "003_drei", "SELECT 3;")


def name_it_badly(folder):
    write(folder, "4-fourth", "SELECT 4;")


REFUSALS = {
    change_file: r"has migration 002_second, but 002_second is another now",
    rename_file: r"has migration 002_second, but 002_deuxieme is another now",
    remove_file: r"has migration 002_second, whose file is missing",
    remove_newest_file: r"newer than this program, which does not know migration 003_third",
    leave_a_number_out: r"005_fifth follows number 003: 004 is missing",
    use_a_number_twice: r"003_drei and 003_third have one number",
    name_it_badly: r"4-fourth\.sql is not named like",
}


@pytest.mark.parametrize("mistake", REFUSALS, ids=lambda mistake: mistake.__name__)
def test_what_does_not_belong_together_is_refused(url, folder, mistake):
    write(folder, "002_second", "SELECT 2;")
    write(folder, "003_third", "SELECT 3;")
    migrate(url, folder)
    mistake(folder)
    for attempt in migrate, pending:
        with pytest.raises(InstallError, match=REFUSALS[mistake]):
            attempt(url, folder)
    assert len(rows(url)) == 3


def test_data_of_0_1_0_is_refused_and_left_alone(url, capfd):
    with psycopg.connect(url) as connection:
        connection.execute(ROLES.read_bytes())
        connection.execute(CONTEXT)
        connection.execute("CREATE TABLE ledger.accounts (); COMMENT ON SCHEMA ledger IS 'old'")
    for attempt in migrate, load, pending:
        with pytest.raises(InstallError, match=r"those of pgteller 0\.1\.0.*no path"):
            attempt(url)
    query = "SELECT obj_description('ledger'::regnamespace, 'pg_namespace')"
    assert rows(url, query) == [("old",)]


def test_line_ends_of_a_checkout_are_no_change(url, folder):
    migrate(url, folder)
    path = folder / "001_first.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert pending(url, folder) == []


# Before and after the functions ------------------------------------------------------------


@pytest.fixture
def copied(tmp_path, url):
    """This version's migrations and three more, of which the second comes after the functions."""
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder)
    newest = max(one.id for one in migration_files())
    names = [f"{newest + 1:03}_adds", f"{newest + 2:03}_removes", f"{newest + 3:03}_adds_too"]
    load(url)
    write(folder, names[0], "CREATE TABLE ledger.one ();")
    write(folder, names[1], f"--! post breaking\n{FUNCTIONS_ARE_THERE}\nDROP TABLE ledger.one;")
    write(folder, names[2], "CREATE TABLE ledger.two ();")
    return folder, names


FUNCTIONS_ARE_THERE = "SELECT FROM bank.get_account('nobody') WHERE false;"
TABLES_OF_MIGRATIONS = "SELECT to_regclass('ledger.one')::text, to_regclass('ledger.two')::text"
NOTED = "SELECT count(*) FROM bank.verify_ledger() AS v WHERE NOT v.ok"


def test_those_that_take_away_come_after_the_functions(url, copied, capsys):
    folder, (adds, removes, adds_too) = copied
    assert planned(pending(url, folder), None, folder) == [
        adds,
        adds_too,
        f"{removes}, after the functions",
    ]
    capsys.readouterr()
    load(url, folder=folder)
    said = [line.split(",")[0] for line in capsys.readouterr().out.splitlines()]
    functions = next(line for line in said if line.startswith("Made"))
    assert said == [f"Applied {adds}", f"Applied {adds_too}", functions, f"Applied {removes}"]
    assert rows(url, TABLES_OF_MIGRATIONS) == [(None, "ledger.two")]
    assert [breaking for _, _, breaking in rows(url)][-3:] == [False, True, False]
    assert rows(url, NOTED) == [(0,)], "what they changed is how it is to stand"
    assert pending(url, folder) == []


def test_up_to_a_number(url, copied):
    folder, (adds, removes, _) = copied
    number = int(adds[:3])
    before = rows(url, "SELECT obj_description('bank'::regnamespace)")
    migrate_to(url, number, folder)
    assert rows(url, TABLES_OF_MIGRATIONS) == [("ledger.one", None)]
    assert rows(url, "SELECT obj_description('bank'::regnamespace)") == before
    for last in number + 1, number + 2:
        with pytest.raises(InstallError, match=f"{removes} comes after the functions"):
            migrate_to(url, last, folder)
    assert rows(url, TABLES_OF_MIGRATIONS) == [("ledger.one", None)]


@pytest.mark.parametrize("line", ["--! later", "--!", "--! post post_haste", "--!post"])
def test_a_first_line_that_says_nothing_known(url, folder, line):
    write(folder, "002_second", f"{line}\nCREATE TABLE ledger.two ();")
    with pytest.raises(InstallError, match="says nothing known"):
        migrate(url, folder)
    assert rows(url, "SELECT to_regnamespace('ledger')") == [(None,)], "not even looked at"


def test_nobody_queues_behind_a_migration(url, folder, capsys):
    """It waits for a lock half a second, not for ever, and tries again."""
    migrate(url, folder)
    write(folder, "002_second", "ALTER TABLE ledger.one ADD COLUMN more bigint;")
    with psycopg.connect(url) as reader, ThreadPoolExecutor(1) as thread:
        reader.execute("SELECT FROM ledger.one")
        migrating = thread.submit(migrate, url, folder)
        while "trying again" not in capsys.readouterr().err:
            assert not migrating.done()
        reader.rollback()
        migrating.result()
    assert rows(url) == [(1, "first", False), (2, "second", False)]


# Loading --------------------------------------------------------------------------------------


def test_the_plan_is_shown(url, monkeypatch):
    monkeypatch.setenv("DATABASE_ADMIN_URL", url)
    plan = program, ["migrate", "--dry-run"]
    assert (
        "There is no ledger bank in this database: pgteller init."
        in CliRunner().invoke(*plan).output
    )
    migrate(url)
    assert CliRunner().invoke(*plan).stdout.splitlines()[-1] == "The functions, which are not there"
    load(url)
    assert CliRunner().invoke(*plan).stdout.splitlines()[-1] == "Nothing is pending."


@pytest.mark.first_server
def test_many_at_once_on_a_new_server():
    """Roles, schemas, tables and functions are each made by one, and the others wait."""
    with temporary_server(preferred_bin_dir(), fsync="off") as server:
        url = create_database(server.url("postgres"), "pgteller")
        serializable = url + "&options=-c%20default_transaction_isolation%3Dserializable"
        start = threading.Barrier(4)

        def run(_):
            start.wait()
            load(serializable)

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(run, range(4)))
        assert rows(url) == [(file.id, file.name, False) for file in migration_files()]
        assert rows(url, "SELECT bool_and(ok) FROM bank.verify_ledger()") == [(True,)]


def test_nobody_but_the_owner_can_hold_it_up(url):
    load(url)
    name = sql.Identifier(f"stranger_{secrets.token_hex(4)}")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {}").format(name))
        admin.execute(sql.SQL("GRANT bank_operator, bank_auditor TO {}").format(name))
    try:
        with psycopg.connect(url) as stranger:
            stranger.execute(sql.SQL("SET ROLE {}").format(name))
            stranger.execute("SELECT pg_advisory_lock(n) FROM generate_series(0, 99) AS n")
            with pytest.raises(psycopg.errors.InsufficientPrivilege), stranger.transaction():
                stranger.execute("COMMENT ON SCHEMA ledger IS 'mine'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege), stranger.transaction():
                stranger.execute("LOCK TABLE ledger.migrations IN ACCESS SHARE MODE")
            load(url + "&options=-c%20lock_timeout%3D2s")
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP ROLE {}").format(name))


def test_an_administrator_needs_no_superuser(testbed):
    """CREATEROLE and CREATE on the database are enough; another's database needs neither."""
    with temporary_server(testbed.bin_dir or preferred_bin_dir(), fsync="off") as server:
        admin_url = server.url("postgres")
        for name in "first", "second":
            create_database(admin_url, name)
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute("CREATE ROLE first_admin LOGIN CREATEROLE PASSWORD 'first'")
            admin.execute("CREATE ROLE second_admin LOGIN NOINHERIT PASSWORD 'second'")
            admin.execute("GRANT CREATE ON DATABASE first TO first_admin")
            admin.execute("GRANT CREATE ON DATABASE second TO second_admin")
        first = with_parts(admin_url, dbname="first", user="first_admin", password="first")
        second = with_parts(admin_url, dbname="second", user="second_admin", password="second")
        load(first)
        load(first)
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute("GRANT bank_owner TO second_admin")
        # The tellers of the first would be tellers of the second, so somebody has to mean it.
        with pytest.raises(InstallError):
            load(second)
        assert rows(second, "SELECT to_regnamespace('bank')") == [(None,)]
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute("ALTER DATABASE second SET pgteller.share_roles = on")
        load(second)
        load(second)
