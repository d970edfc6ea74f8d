"""The database restarts, dies, stalls and runs out under a running shell."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from pgteller import calls
from pgteller.install import load, make_functions
from pgteller.sending import Caller, bounds
from pgteller.shell import create_app
from tests.http_helpers import Bank, fresh


@pytest.fixture
def own_app(app_url, monkeypatch):
    """An application with its own two connections, which waits hardly at all for one."""
    monkeypatch.setenv("POOL_SIZE", "2")
    monkeypatch.setenv("POOL_TIMEOUT", "0.05")
    app = create_app(app_url)
    yield app
    app.extensions["pool"].close()


def fill(app, count=8):
    """Have the pool keep several connections."""
    pool, all_of_them = app.extensions["pool"], Barrier(count)

    def hold(_):
        with pool.connection():
            all_of_them.wait(10)

    with ThreadPoolExecutor(count) as threads:
        list(threads.map(hold, range(count)))


@pytest.mark.parametrize("abruptly", [False, True])
def test_no_request_fails_after_a_restart(crash_server, abruptly):
    app = create_app(crash_server.url(user="bank_web"))
    bank = Bank(app.test_client())
    account_id = bank.account(balance=5)
    fill(app)
    if abruptly:
        crash_server.kill()
    else:
        crash_server.stop()
    reply = bank.get(f"/accounts/{account_id}/balance")
    assert (reply.status, reply.code) == (503, "database_unavailable")
    assert reply.headers["Retry-After"] == "1"
    crash_server.start()
    assert [bank.balance(account_id) for _ in range(10)] == [5] * 10
    app.extensions["pool"].close()


@pytest.mark.direct  # pgbouncer keeps none of them open
def test_connections_cut_while_idle(app, bank, db):
    account_id = bank.account()
    fill(app)
    cut = """
        SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'pgteller%'
    """
    assert db.execute(cut).fetchone()[0] >= 8
    with ThreadPoolExecutor(8) as threads:
        requests = [lambda: Bank(app.test_client()).balance(account_id)] * 16
        assert list(threads.map(lambda request: request(), requests)) == [0] * 16


def test_statements_are_prepared_unless_a_pooler_would_lose_them(own_app, testbed):
    bank = Bank(own_app.test_client())
    account_id = bank.account(balance=5)
    assert [bank.balance(account_id) for _ in range(10)] == [5] * 10
    with own_app.extensions["pool"].connection() as connection:
        prepared = connection.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%get_balance%'"
        ).fetchone()
    assert prepared == (0 if testbed.pgbouncer else 1,)


@pytest.mark.direct  # pgbouncer is not where statements are prepared
def test_what_is_refused_is_prepared_once(own_app):
    """PostgreSQL keeps what it has prepared though the command that runs it fails."""
    pool = own_app.extensions["pool"]
    caller = Caller((("pgteller.on_behalf_of", "nobody"),), bounds(9, 9))
    statement = calls.row("get_account", ("account_id",))
    with pool.connection() as connection:
        count = "SELECT count(*) FROM pg_prepared_statements"
        [before] = connection.execute(count).fetchone()
        for undone in (False, True, False, True, False):
            with pytest.raises(psycopg.Error, match="account_not_found"):
                connection.sender.value(caller, statement, {"account_id": "nobody"}, undone)
        [after] = connection.execute(count).fetchone()
    assert after <= before + 5  # settings, the statement, BEGIN, ROLLBACK, and the question


@pytest.mark.direct  # pgbouncer is not where statements are prepared
def test_a_prepared_statement_calls_a_function_made_anew(own_app, database_url):
    bank = Bank(own_app.test_client())
    account_id = bank.account(balance=5)
    assert [bank.balance(account_id) for _ in range(10)] == [5] * 10
    make_functions(database_url)
    assert bank.balance(account_id) == 5


def locked(connect, account_id):
    """Hold an account's row until the connection is closed."""
    holder = connect(autocommit=False)
    holder.execute(
        "SELECT FROM ledger.accounts WHERE account_id = %s FOR NO KEY UPDATE", [account_id]
    )
    return holder


def wait_for_waiters(db, count):
    """Until that many statements of the shell wait for a lock."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
            AND application_name LIKE 'pgteller%'
    """
    while db.execute(query).fetchone()[0] < count:
        pass


def test_no_connection_left(own_app, bank, connect, db):
    account_id = bank.account()
    holder = locked(connect, account_id)

    def deposit():
        return Bank(own_app.test_client()).post("/deposits", account_id=account_id, amount=1)

    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(deposit) for _ in range(2)]
        wait_for_waiters(db, 2)
        reply = Bank(own_app.test_client()).get("/health/ready")
        assert (reply.status, reply.code) == (503, "database_unavailable")
        holder.rollback()
        assert [one.result().status for one in waiting] == [200, 200]
    assert Bank(own_app.test_client()).get("/health/ready").status == 200


@pytest.mark.parametrize(
    ("stop", "code"),
    [("pg_cancel_backend", "statement_timeout"), ("pg_terminate_backend", "outcome_unknown")],
)
def test_stopped_under_way(bank, connect, db, stop, code):
    account_id = bank.account()
    holder = locked(connect, account_id)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(
            lambda: bank.another().post("/deposits", account_id=account_id, amount=1)
        )
        wait_for_waiters(db, 1)
        db.execute(
            f"SELECT {stop}(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND application_name LIKE 'pgteller%'"
        )
        reply = waiting.result()
    assert (reply.status, reply.code) == (503, code)
    holder.rollback()
    assert bank.balance(account_id) == 0


class Unlucky:
    """A pool whose first statements are rolled back by PostgreSQL."""

    def __init__(self, pool, failures):
        self.pool = pool
        self.names = pool.names
        self.failures = failures

    def connection(self):
        if self.failures:
            raise self.failures.pop()
        return self.pool.connection()


@pytest.mark.parametrize(
    "error", [psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure]
)
def test_what_postgresql_rolled_back_is_tried_again(app_url, error):
    app = create_app(app_url)
    pool = app.extensions["pool"]
    bank = Bank(app.test_client())
    account_id = bank.account()
    body = {"account_id": account_id, "amount": 1}
    app.extensions["pool"] = Unlucky(pool, [error()] * 2)
    assert bank.post("/deposits", **body).status == 200
    app.extensions["pool"] = Unlucky(pool, [error()] * 3)
    assert bank.post("/deposits", **body).code == "database_unavailable"
    assert bank.balance(account_id) == 1
    pool.close()


@pytest.mark.first_server
@pytest.mark.parametrize("keys", ["none", "keys"])
def test_a_ledger_that_is_removed_and_made_anew(new_ledger, monkeypatch, keys):
    """A server that ran meanwhile says so, and works on when there is one again."""
    monkeypatch.setenv("AUTH", keys)
    with new_ledger() as url:
        app = create_app(url)
        client = app.test_client()
        made = "SELECT secret FROM bank.create_api_key('key', 'operator')"

        def asked():
            with psycopg.connect(url, autocommit=True) as db:
                secret = db.execute(made).fetchone()[0] if keys == "keys" else ""
            return {"Authorization": f"Bearer {secret}"}

        headers = asked()
        assert client.get("/accounts", headers=headers).status_code == 200
        fill(app)  # all of which know the one that goes
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("DROP SCHEMA bank, engine, ledger CASCADE")
        for _ in range(5):
            reply = client.get("/accounts", headers=headers)
            assert (reply.status_code, reply.json["code"]) == (503, "version_mismatch")
            assert reply.json["detail"].startswith("There is no ledger bank")
            assert client.get("/health/ready").status_code == 503
        load(url)
        headers = asked()
        for _ in range(10):
            assert client.get("/accounts", headers=headers).status_code == 200
        assert client.get("/health/ready").status_code == 200
        app.extensions["pool"].close()


def test_a_refusal_keeps_its_connection(own_app):
    bank = Bank(own_app.test_client())
    opened = set()
    pool = own_app.extensions["pool"]
    for _ in range(3):
        assert bank.get(f"/accounts/{fresh()}").status == 404
        with pool.connection() as connection:
            opened.add(connection.info.backend_pid)
    assert len(opened) == 1
