"""Authority is EXECUTE and nothing else: whose session it is gives nobody a right.

PostgreSQL runs code of a table's owner in the sessions of others: the function of an expression
index while an administrator, or autovacuum, analyzes the table. It runs as the owner then, but the
session is a superuser's.
"""

import secrets
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from pgteller.urls import with_parts
from tests.http_helpers import MAX, fresh

# Does nothing while its owner makes the index. Called by somebody else, it tries each of these.
TRAP = """
CREATE TABLE {own}.heard (command text, outcome text, session name, runs_as name);
CREATE FUNCTION {own}.tell(command text, outcome text) RETURNS void LANGUAGE sql VOLATILE
    AS $$INSERT INTO {own}.heard VALUES (command, outcome, session_user, current_user)$$;
CREATE FUNCTION {own}.trap(bait integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $trap$
DECLARE
    v_command text;
    v_outcome text;
BEGIN
    IF session_user = {login} THEN
        RETURN bait;
    END IF;
    FOREACH v_command IN ARRAY {commands}::text[] LOOP
        BEGIN
            EXECUTE v_command;
            v_outcome := 'done';
        EXCEPTION
            WHEN OTHERS THEN
                v_outcome := sqlstate;
        END;
        PERFORM {own}.tell(v_command, v_outcome);
    END LOOP;
    RETURN bait;
END;
$trap$;
CREATE TABLE {own}.baits (bait integer);
INSERT INTO {own}.baits VALUES (1);
CREATE INDEX ON {own}.baits ({own}.trap(bait));
"""

DENIED, UNKNOWN, INVALID_BATCH = "42501", "42883", "TL041"


@dataclass
class Login:
    """A login, and the name of its own schema, which is the same."""

    name: sql.Identifier
    connection: psycopg.Connection


@pytest.fixture
def teller(database_url, db):
    """A login that is a member of bank_teller, and may create what it likes in its own schema."""
    text = f"login_{secrets.token_hex(4)}"
    name, password = sql.Identifier(text), secrets.token_hex(16)
    db.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, password))
    db.execute(sql.SQL("GRANT bank_teller TO {}").format(name))
    db.execute(sql.SQL("CREATE SCHEMA AUTHORIZATION {}").format(name))
    url = with_parts(database_url, user=text, password=password)
    with psycopg.connect(url, autocommit=True) as connection:
        yield Login(name, connection)
    db.execute(sql.SQL("DROP OWNED BY {}").format(name))
    db.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.mark.parametrize("chore", ["ANALYZE", "VACUUM (ANALYZE)", "REINDEX TABLE"])
def test_an_index_of_a_tellers_gets_nothing_from_whoever_tends_it(teller, db, chore):
    mine, rich = fresh("mine"), fresh("rich")
    items = f'[{{"operation": "deposit", "account_id": "{mine}", "amount": 1, "timestamp": {MAX}}}]'
    tried = {
        f"SELECT bank.create_account('{mine}')": "done",
        f"SELECT bank.create_account('{rich}', overdraft_limit => {MAX})": UNKNOWN,
        f"SELECT bank.create_account_at('{rich}', overdraft_limit => {MAX})": DENIED,
        f"SELECT bank.create_account_at('{rich}', \"timestamp\" => 1)": DENIED,
        f"SELECT bank.deposit_at('{mine}', 1, \"timestamp\" => {MAX})": DENIED,
        f"SELECT bank.set_overdraft_limit('{mine}', {MAX}, 'why not')": DENIED,
        f"SELECT bank.batch('{items}')": INVALID_BATCH,
        f"SELECT bank.batch_at('{items}')": DENIED,
        "SELECT set_config('role', 'bank_operator', true)": DENIED,
    }
    text = teller.connection.info.user
    teller.connection.execute(
        sql.SQL(TRAP).format(own=teller.name, login=sql.Literal(text), commands=list(tried))
    )
    db.execute(sql.SQL("{} {}.baits").format(sql.SQL(chore), teller.name))

    query = sql.SQL("SELECT command, outcome, session, runs_as FROM {}.heard").format(teller.name)
    heard = db.execute(query).fetchall()
    assert {command: outcome for command, outcome, _, _ in heard} == tried
    assert {row[2:] for row in heard} == {(db.info.user, text)}
    query = "SELECT account_id, balance, overdraft_limit FROM ledger.accounts WHERE account_id IN "
    assert db.execute(query + "(%s, %s)", [mine, rich]).fetchall() == [(mine, 0, 0)]


def test_a_membership_without_use_gives_nothing(teller, db):
    """Neither inherited nor to be taken, which a grant says; before PostgreSQL 16 the role did."""
    if db.info.server_version >= 160000:
        grant = sql.SQL("GRANT bank_operator TO {} WITH INHERIT FALSE, SET FALSE")
        db.execute(grant.format(teller.name))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            teller.connection.execute("SET ROLE bank_operator")
    else:
        db.execute(sql.SQL("REVOKE bank_teller FROM {}").format(teller.name))
        db.execute(sql.SQL("ALTER ROLE {} NOINHERIT").format(teller.name))
        db.execute(sql.SQL("GRANT bank_operator TO {}").format(teller.name))
    account_id = fresh()
    for call in (
        "bank.create_account_at(%s, overdraft_limit => 5)",
        'bank.create_account_at(%s, "timestamp" => 5)',
        "bank.create_account_at(%s)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            teller.connection.execute(f"SELECT {call}", [account_id])
    query = "SELECT count(*) FROM ledger.accounts WHERE account_id = %s"
    assert db.execute(query, [account_id]).fetchone() == (0,)


def test_a_role_that_is_taken_counts(teller, db):
    """As anywhere in PostgreSQL: who is an operator by SET ROLE is one until RESET ROLE."""
    db.execute(sql.SQL("ALTER ROLE {} NOINHERIT").format(teller.name))
    db.execute(sql.SQL("GRANT bank_operator TO {}").format(teller.name))
    call = "SELECT overdraft_limit FROM bank.create_account_at(%s, overdraft_limit => 5)"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        teller.connection.execute(call, [fresh()])
    teller.connection.execute("SET ROLE bank_operator")
    assert teller.connection.execute(call, [fresh()]).fetchone() == (5,)
    teller.connection.execute("RESET ROLE")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        teller.connection.execute(call, [fresh()])
