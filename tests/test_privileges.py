"""Real logins, each a member of one role, try everything there is.

What each may do is decided by pgTAP, which proves it of the catalog: of each function in its own
file (the contract repeats it), of everything else in sql/tests/privileges.sql. Here it is what
happens to those who try.
"""

import re
import secrets
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from dev.testbed import scratch_database
from pgteller import contract
from pgteller.install import load
from pgteller.install.migrations import InstallError
from pgteller.urls import with_parts

DECISIONS = Path(__file__).parent.parent / "sql" / "tests" / "privileges.sql"
ROLES = ["bank_teller", "bank_operator", "bank_auditor"]

FUNCTIONS = """
SELECT p.oid::regproc::text, array_agg(format_type(a.type, NULL) ORDER BY a.number)
    FILTER (WHERE a.type IS NOT NULL)
FROM pg_proc AS p
LEFT JOIN unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a (type, number) ON true
WHERE p.pronamespace IN (
        'bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace
    )
    AND p.prorettype <> 'trigger'::regtype
GROUP BY p.oid
"""
RELATIONS = """
SELECT c.oid::regclass::text, c.relkind, (
    SELECT quote_ident(a.attname) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum = 1
)
FROM pg_class AS c
WHERE c.relnamespace IN (
        'bank'::regnamespace, 'engine'::regnamespace, 'ledger'::regnamespace
    )
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
"""
COMMANDS = {
    "SELECT": "SELECT FROM {name}",
    "INSERT": "INSERT INTO {name} DEFAULT VALUES",
    "UPDATE": "UPDATE {name} SET {column} = NULL",
    "DELETE": "DELETE FROM {name}",
    "TRUNCATE": "TRUNCATE {name}",
}
FORBIDDEN = [
    "SET ROLE bank_owner",
    "SET session_replication_role = replica",
    "GRANT bank_owner TO CURRENT_USER",
    "GRANT SELECT ON ledger.accounts TO CURRENT_USER",
    "ALTER TABLE ledger.accounts DISABLE TRIGGER ALL",
    "ALTER FUNCTION bank.deposit OWNER TO CURRENT_USER",
    "DROP FUNCTION bank.deposit",
    "DROP SCHEMA ledger CASCADE",
    "CREATE FUNCTION bank.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE ledger.mine ()",
    "CREATE TRIGGER mine BEFORE INSERT ON ledger.accounts EXECUTE FUNCTION ledger.refuse_change()",
    "LOCK TABLE ledger.accounts",
    "COPY ledger.accounts TO STDOUT",
    "SELECT nextval('ledger.transaction_seq')",
    "SELECT pg_read_file('PG_VERSION')",
]


@pytest.fixture(scope="module", params=[*ROLES, "nothing"])
def login(request, database_url):
    """The connection of a login that is a member of the role and of nothing else; and the role."""
    role, name = request.param, sql.Identifier(f"login_{secrets.token_hex(4)}")
    password = secrets.token_hex(16)
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, password))
        if role != "nothing":
            admin.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), name))
        url = with_parts(database_url, user=name.as_string().strip('"'), password=password)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection, role
        admin.execute(sql.SQL("DROP OWNED BY {}").format(name))
        admin.execute(sql.SQL("DROP ROLE {}").format(name))


def decided(role):
    """What the role may do: `function bank.pay` -> {"EXECUTE"}."""
    if role == "nothing":
        return {}
    row = re.compile(r"^\('(\w+ [\w.]+)', '(.*?)', '(.*?)', '(.*?)'\)", re.MULTILINE)
    found = row.findall(DECISIONS.read_text())
    assert len(found) > 30
    may = {name: {*privileges[ROLES.index(role)].split()} for name, *privileges in found}
    for name, function in contract.FUNCTIONS.items():
        may[f"function bank.{name}"] = {"EXECUTE"} if role in function.roles else set()
        if any(argument.privileged for argument in function.arguments.values()):
            may[f"function bank.{name}_at"] = {"EXECUTE"} if role == "bank_operator" else set()
    return may


def permitted(connection, command, *values):
    """Whether PostgreSQL lets this login do it, whatever comes of it; it is undone."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(command, values)
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.Error:
        return True
    return True


def test_every_function(login, db):
    connection, role = login
    may = decided(role)
    for name, types in db.execute(FUNCTIONS).fetchall():
        arguments = ", ".join(f"NULL::{kind}" for kind in types or ())
        called = permitted(connection, f"SELECT FROM {name}({arguments})")
        assert called == ("EXECUTE" in may.get(f"function {name}", ())), name


def test_every_table_view_and_sequence(login, db):
    connection, role = login
    may = decided(role)
    for name, kind, column in db.execute(RELATIONS).fetchall():
        word = {"v": "view", "S": "sequence"}.get(kind, "table")
        for privilege, command in COMMANDS.items():
            # Of sequences there is but SELECT to try; views take no writes from anybody.
            if kind not in "vS" or privilege == "SELECT":
                done = permitted(connection, command.format(name=name, column=column))
                assert done == (privilege in may.get(f"{word} {name}", ())), (name, privilege)


@pytest.mark.parametrize("command", FORBIDDEN)
def test_ways_around(login, command):
    connection, _ = login
    assert not permitted(connection, command)


def test_objects_of_ones_own_change_nothing(login, db):
    """Temporary objects and a search_path of the caller's do not get into the bank's functions."""
    connection, role = login
    account_id = f"own-{role}-{secrets.token_hex(4)}"
    db.execute("SELECT FROM bank.create_account(%s)", [account_id])
    with connection.transaction(force_rollback=True):
        for name in "accounts", "ledger_transactions", "refusals":
            connection.execute(f"CREATE TEMP TABLE {name} (account_id text, balance bigint)")
        for name in "nextval(text)", "jsonb_typeof(jsonb)", "sha256(bytea)":
            connection.execute(
                f"CREATE FUNCTION pg_temp.{name} RETURNS integer LANGUAGE sql AS 'SELECT 1 / 0'"
            )
        connection.execute("SET search_path = pg_temp, bank, ledger, pg_catalog")
        if role in ("bank_teller", "bank_operator"):
            query = "SELECT balance FROM bank.deposit(%s, 5, metadata => '{}')"
            assert connection.execute(query, [account_id]).fetchone() == (5,)
        elif role == "bank_auditor":
            query = "SELECT balance FROM bank.get_balance(%s)"
            assert connection.execute(query, [account_id]).fetchone() == (0,)
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT FROM bank.get_balance(%s)", [account_id])


@pytest.mark.parametrize("schema", ["bank", "engine", "ledger"])
def test_a_schema_of_somebody_elses_is_not_taken(server, schema):
    """Who owned it could replace what is put there."""
    with scratch_database(server) as url:
        with psycopg.connect(url) as connection:
            connection.execute(f"CREATE SCHEMA {schema}")
        message = f"Nothing is run here: schema {schema} belongs to"
        with pytest.raises(InstallError, match=message):
            load(url)
        with psycopg.connect(url) as connection:
            query = "SELECT to_regnamespace('ledger'), to_regclass('ledger.accounts')"
            assert connection.execute(query).fetchone()[1] is None
