"""What others in the same database have put in the way: none of it is run, nor believed."""

import json

import psycopg
import pytest

from pgteller.embedded.database import create_database, create_web_role
from pgteller.embedded.programs import installations
from pgteller.embedded.server import temporary_server
from pgteller.install import load
from pgteller.install.migrations import InstallError
from pgteller.install.script import install_script
from pgteller.names import Names
from pgteller.shell import create_app
from pgteller.urls import with_parts
from tests.cli import pgteller
from tests.http_helpers import Bank

# Each fits what this project sends better than the one of pg_catalog does, wherever it is sent so
# that the search_path has a say.
BETTER = [
    "obj_description(oid, text)",
    "shobj_description(oid, text)",
    "row_to_json(bank.balance)",
    "row_to_json(bank.account)",
    "row_to_json(bank.checked)",
    "json_agg(json)",
    "to_json(text[])",
    "to_json(bank.account[])",
    "cardinality(text[])",
    "json_build_object(text, boolean, text, json)",
    "json_build_object(text, json, text, text)",
    "json_build_object(text, text, text, text, text, text, text, text)",
    "current_setting(name)",
    "to_regnamespace(name)",
    "to_regclass(name)",
    "to_regrole(name)",
    "concat(text, text, text)",
    "format(text, name)",
    "string_agg(name, text)",
]
# Such as pg_catalog has none of, so that it is no help that it comes first.
OPERATORS = [
    ("oid", "=", "regrole"), ("oid", "=", "regnamespace"), ("oid", "<>", "regrole"),
    ("name", "=", "varchar"), ("smallint", ">", "numeric"), ("integer", ">", "numeric"),
    ("smallint", "+", "numeric"), ("numeric", "+", "integer"), ("text", "~~", "name"),
]  # fmt: skip


@pytest.fixture(scope="module", params=installations().values(), ids=installations())
def ours(request):
    """A server of our own, with one who may create things in its databases."""
    with temporary_server(request.param) as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as db:
            db.execute("CREATE ROLE mallory LOGIN PASSWORD 'x'")
            db.execute("CREATE ROLE app_owner LOGIN PASSWORD 'x'")
        yield server


@pytest.fixture
def shop(ours, request):
    """A database with a ledger, where mallory may create schemas."""
    name = f"shop_{abs(hash(request.node.name))}"
    url = create_database(ours.url("postgres"), name)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"ALTER DATABASE {name} SET pgteller.share_roles = on")
        db.execute(f"GRANT CREATE ON DATABASE {name} TO mallory, app_owner")
    return url


def of(url, name):
    return with_parts(url, user=name, password="x")


def test_functions_on_somebodys_search_path(ours, shop):
    """A schema that is named after a login comes first for it."""
    load(shop)
    web = create_web_role(shop)
    with psycopg.connect(of(shop, "mallory"), autocommit=True) as db:
        for login in "postgres", "bank_web":
            db.execute(f"CREATE SCHEMA {login}")
            db.execute(f"GRANT USAGE ON SCHEMA {login} TO PUBLIC")
    with psycopg.connect(shop, autocommit=True) as db:
        db.execute("GRANT USAGE ON SCHEMA bank TO mallory")
        types = db.execute(
            "SELECT t.typname FROM pg_type AS t INNER JOIN pg_class AS c ON c.oid = t.typrelid "
            "WHERE c.relnamespace = 'bank'::regnamespace AND c.relkind = 'c'"
        ).fetchall()
    planted = [one for one in BETTER if "bank." not in one]
    planted += [f"row_to_json(bank.{name})" for (name,) in types]
    planted += [f"to_json(bank.{name}[])" for (name,) in types]
    with psycopg.connect(of(shop, "mallory"), autocommit=True) as db:
        for login in "postgres", "bank_web":
            for signature in planted:
                db.execute(
                    f"CREATE FUNCTION {login}.{signature} RETURNS text LANGUAGE plpgsql AS "
                    "$$BEGIN RAISE EXCEPTION 'planted'; END$$"
                )
            for left, operator, right in OPERATORS:
                db.execute(
                    f"CREATE OR REPLACE FUNCTION {login}.planted({left}, {right}) RETURNS boolean "
                    "LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'planted'; END$$"
                )
                db.execute(
                    f"CREATE OPERATOR {login}.{operator} (LEFTARG = {left}, RIGHTARG = {right}, "
                    f"FUNCTION = {login}.planted)"
                )
    for name, url in ("alice", shop), ("bob", web):
        for command in (
            ("account", "open", name),
            ("account", "list"),
            ("deposit", name, "5"),
            ("balance", name),
            ("history", name),
            ("policy", "list"),
            ("export",),
            ("worker", "--once"),
        ):
            done = pgteller(*command, url=url)
            assert "planted" not in done.output, command
            assert done.exit_code == 0, (command, done.output)
    bank = Bank((app := create_app(web)).test_client())
    for path in "/health/ready", "/accounts?detail=true", "/balances", "/events", "/trial-balance":
        assert bank.get(path).status == 200, path
    assert bank.get("/ledger/verification")["checks"]
    app.extensions["pool"].close()
    with psycopg.connect(shop, autocommit=True) as db:
        db.execute("REVOKE USAGE ON SCHEMA bank FROM mallory")  # which would be noticed
        for signature in (one for one in planted if "bank." in one):  # no reload goes beneath them
            db.execute(f"DROP FUNCTION postgres.{signature}, bank_web.{signature}")
    for command in ("status",), ("doctor",), ("init", "--yes"), ("migrate",), ("verify",):
        done = pgteller(*command, url=shop)
        assert "planted" not in done.output, command
        assert done.exit_code == 0, (command, done.output)
    with psycopg.connect(shop) as db:
        db.execute(install_script())
        db.rollback()


def test_a_schema_that_says_it_is_a_ledger(ours, shop):
    """In the name of one who logs in, or of nobody whom we have made."""
    load(shop)
    load(shop, Names("mall"))
    with psycopg.connect(of(shop, "mallory"), autocommit=True) as db:
        db.execute("CREATE SCHEMA zzz")
        db.execute("COMMENT ON SCHEMA zzz IS 'pgteller functions: x'")
        db.execute('CREATE SCHEMA "a b"')
        db.execute("COMMENT ON SCHEMA \"a b\" IS 'pgteller functions: x'")
    with psycopg.connect(of(shop, "app_owner"), autocommit=True) as db:
        for schema in "app", "app_engine", "app_ledger":
            db.execute(f"CREATE SCHEMA {schema}")
        db.execute("CREATE VIEW app_ledger.migrations AS SELECT 1 / 0 AS id")
        db.execute("COMMENT ON SCHEMA app IS 'pgteller functions: x'")
    for command in ("status",), ("--schema", "mall", "doctor"), ("account", "list"):
        done = pgteller(*command, url=shop)
        assert done.exit_code == 0, (command, done.output)
    done = pgteller("migrate", "--all", url=shop)
    assert done.exit_code == 0, done.output
    assert done.stdout.count("Made the functions") == 2
    passed_over = [line for line in done.stderr.splitlines() if line.startswith("Passed over")]
    assert [line.split(",")[1].split(":")[0].strip() for line in passed_over] == [
        "a b",
        "app",
        "zzz",
    ]
    assert "app_owner is a login" in done.stderr
    for command in ("status",), ("doctor",), ("migrate",), ("init", "--yes"), ("account", "list"):
        done = pgteller("--schema", "app", *command, url=shop)
        assert done.exit_code == 2, (command, done.output)
        assert "app_owner is a login" in done.output, command


def test_a_ledger_that_is_there_before_the_ledger(ours, shop):
    """With the note of a reload, copied: it is none of ours, and nothing of it is called."""
    load(shop)
    with psycopg.connect(shop, autocommit=True) as db:
        [(note,)] = db.execute("SELECT obj_description('bank'::regnamespace, 'pg_namespace')")
        for schema in "bank", "engine", "ledger":
            db.execute(f"DROP SCHEMA {schema} CASCADE")
    with psycopg.connect(of(shop, "mallory"), autocommit=True) as db:
        for schema in "bank", "engine", "ledger":
            db.execute(f"CREATE SCHEMA {schema}")
        db.execute(f"COMMENT ON SCHEMA bank IS '{note}'")
        db.execute(
            "CREATE FUNCTION bank.lagging_sequences() RETURNS TABLE (sequence text, drawn bigint, "
            "in_use bigint) LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'planted'; END$$"
        )
    for command in ("init", "--yes"), ("status",), ("account", "list"), ("worker", "--once"):
        done = pgteller(*command, url=shop)
        assert done.exit_code == 2, (command, done.output)
        assert "belongs to mallory" in done.output, command
    with psycopg.connect(shop) as db, pytest.raises(psycopg.errors.RaiseException, match="mallory"):
        db.execute(install_script())


def test_roles_that_are_there_before_the_ledger(ours, shop):
    """A login, or what was made for something else; and a member of the owner, for a superuser."""
    app = Names("app")
    with pytest.raises(InstallError, match="app_owner is a login"):
        load(shop, app)
    with psycopg.connect(shop, autocommit=True) as db:
        db.execute("CREATE ROLE of_others_teller")
        db.execute("CREATE ROLE lent_owner")
        db.execute("COMMENT ON ROLE lent_owner IS 'pgteller: owns tables and functions.'")
        db.execute("GRANT lent_owner TO mallory")
    try:
        with pytest.raises(InstallError, match="of_others_teller has no comment"):
            load(shop, Names("of_others"))
        with pytest.raises(InstallError, match="mallory is a member of lent_owner"):
            load(shop, Names("lent"))
    finally:
        with psycopg.connect(shop, autocommit=True) as db:
            db.execute("DROP ROLE of_others_teller, lent_owner")


def test_a_superuser_does_not_run_what_a_member_of_the_owner_may_have_changed(ours, shop):
    load(shop, Names("own"))
    web = create_web_role(shop, names=Names("own"))
    with psycopg.connect(shop, autocommit=True) as db:
        db.execute("GRANT own_owner TO mallory")
    try:
        for command in ("status",), ("migrate",), ("balance", "alice"), ("verify",):
            done = pgteller("--schema", "own", *command, url=shop)
            assert done.exit_code == 2, (command, done.output)
            assert "mallory is a member of own_owner" in done.output, command
        # Code that is called may RESET ROLE, and take any that the login may have.
        with psycopg.connect(shop, autocommit=True) as db:
            db.execute("CREATE ROLE dba LOGIN PASSWORD 'x'")
            db.execute("GRANT postgres, own_auditor, own_teller TO dba")
            db.execute("CREATE ROLE plain")
        for url in of(shop, "dba"), with_parts(shop, options="-c role=plain"):
            for command in ("status",), ("balance", "alice"):
                done = pgteller("--schema", "own", *command, url=url)
                assert "mallory is a member of own_owner" in done.output, command
        done = pgteller("--schema", "own", "status", url=of(shop, "mallory"))
        assert done.exit_code == 0, done.output
        done = pgteller("--schema", "own", "verify", "--json", url=web)
        assert json.loads(done.stdout)["ok"], done.output
    finally:
        with psycopg.connect(shop, autocommit=True) as db:
            db.execute("REVOKE own_owner FROM mallory")
            db.execute("DROP OWNED BY dba, plain")
            db.execute("DROP ROLE dba, plain")


@pytest.mark.parametrize("login", ['x" ; ALTER ROLE mallory SUPERUSER; --', "new\nline", "%s 'x'"])
def test_a_login_of_any_name_is_only_a_name(ours, login):
    url = ours.url("postgres")
    role = psycopg.sql.Identifier(login)
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(role))
        db.execute(psycopg.sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
    own = with_parts(url, dbname=login, user=login, password="x")
    roles = f"any{len(login)}"
    printed = pgteller("init", "--roles", roles, "--print-roles", url=own).stdout
    with psycopg.connect(with_parts(url, dbname=login), autocommit=True) as db:
        db.execute(printed)
        query = "SELECT rolname FROM pg_roles WHERE rolsuper"
        assert db.execute(query).fetchall() == [("postgres",)]
    done = pgteller("init", "--yes", "--roles", roles, url=own)
    assert done.exit_code == 0, done.output
    assert pgteller("doctor", url=own).exit_code == 0
