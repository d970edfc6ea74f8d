"""Reads that a hot standby answers, and those that it must not."""

import signal
import time

import psycopg
import pytest

from dev.scenario import examples
from dev.testbed import scratch_database
from pgteller.embedded.server import SHELL_LOGIN
from pgteller.install import load
from pgteller.shell import create_app
from pgteller.shell.routes import ROUTES
from pgteller.urls import parts_of
from tests.drills import machines

pytestmark = pytest.mark.first_server

READS = [route for route in ROUTES if route.on_standby]
BY_STANDBY = "standby"


@pytest.fixture(scope="module")
def pair():
    """A primary and its hot standby."""
    with machines.primary(fsync="off") as primary, machines.standby(primary, fsync="off") as other:
        yield primary, other


@pytest.fixture
def replay(pair):
    """Have the standby replay again, whatever a test has done."""
    yield
    on_standby(pair, "SELECT pg_wal_replay_resume()")


def on_standby(pair, command):
    with psycopg.connect(pair[1].url(), autocommit=True) as db:
        return db.execute(command).fetchall()


def catch_up(pair):
    """Return once the standby has all that the primary has."""
    with psycopg.connect(pair[0].url(), autocommit=True) as db:
        (position,) = db.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
    query = f"SELECT pg_last_wal_replay_lsn() >= '{position}'"
    machines.wait_for(lambda: on_standby(pair, query) == [(True,)], "the standby does not catch up")


@pytest.fixture
def shell(pair, monkeypatch):
    """Makes clients of a web server with a standby, or with another one than that."""
    opened = []

    def shell(database="pgteller", standby=None, **settings):
        url = pair[1].url(database, SHELL_LOGIN) if standby is None else standby
        monkeypatch.setenv("READ_DATABASE_URL", url)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        app = create_app(pair[0].url(database, SHELL_LOGIN))
        opened.extend([app.extensions["pool"], app.extensions["standby"].pool])
        return app.test_client()

    yield shell
    for pool in opened:
        pool.close()


def account(client, account_id):
    response = client.post("/accounts", json={"account_id": account_id})
    assert response.status_code == 201, response.text


def read(client, account_id, **headers):
    return client.get(f"/accounts/{account_id}", headers=headers)


def settled(pair, client):
    """Return once it knows of the primary a position that the standby has."""
    catch_up(pair)

    def answers():
        response = client.get("/accounts")
        assert response.status_code == 200
        return response.headers.get("Answered-By") == BY_STANDBY

    machines.wait_for(answers, "the standby answers nothing")


def test_what_reads_is_known_by_its_volatility():
    names = {route.name for route in READS}
    assert {"get_account", "list_events", "get_statement", "list_webhooks"} <= names
    # But for what takes minutes, which replay would cancel, whoever GETs may read elsewhere.
    assert {route.name for route in ROUTES if route.method == "GET"} - names == {"verify_ledger"}
    assert {route.name for route in READS if route.method != "GET"} == set()


def test_every_get_is_answered_by_a_real_one(pair, shell):
    """Of the documentation's examples, in which each route is called."""
    with scratch_database(pair[0].url("postgres")) as url:
        load(url)
        asked = examples(url)
        client = shell(parts_of(url)["dbname"])
        ask_everything(pair, client, asked)
        client.application.extensions["standby"].pool.close()


def ask_everything(pair, client, asked):
    made = client.post("/webhooks", json={"url": "https://example.org/hook"})
    there_now = {"webhook_id": made.json["webhook_id"]}  # that of the examples is deleted
    settled(pair, client)
    for route in READS:
        sent = asked[route.name]
        path = route.path.format_map(sent.get("path", {}) | there_now)
        there = client.get(path, query_string=sent.get("query"))
        assert there.headers.get("Answered-By") == BY_STANDBY, route
        here = client.get(path, query_string=sent.get("query"), headers={"Prefer": "primary"})
        assert "Answered-By" not in here.headers
        assert (there.status_code, here.status_code) == (200, 200), (route, there.text, here.text)
        assert there.json == here.json, route


def test_who_must_read_what_was_just_written(pair, shell, replay):
    client = shell()
    settled(pair, client)
    on_standby(pair, "SELECT pg_wal_replay_pause()")
    account(client, "alice")
    own = read(client, "alice", Prefer="respond-async, Primary")
    assert (own.status_code, own.headers.get("Answered-By")) == (200, None)
    client.post("/deposits", json={"account_id": "alice", "amount": 5})
    assert read(client, "alice", Prefer="primary").json["balance"] == 5
    # What the standby refuses the primary is asked.
    assert read(client, "alice").status_code == 200
    assert read(client, "nobody").status_code == 404


def test_one_that_is_too_far_behind(pair, shell, replay, monkeypatch):
    client = shell(READ_MAX_LAG="1")
    account(client, "late")
    settled(pair, client)
    on_standby(pair, "SELECT pg_wal_replay_pause()")
    begun = time.monotonic()
    client.post("/deposits", json={"account_id": "late", "amount": 5})

    def moved_on():
        response = read(client, "late")
        assert response.status_code == 200
        if response.headers.get("Answered-By"):
            assert response.json["balance"] == 0
            return False
        assert response.json["balance"] == 5
        return True

    machines.wait_for(moved_on, "the standby answers for ever")
    assert time.monotonic() - begun < 10
    for _ in range(20):
        assert read(client, "late").json["balance"] == 5
    on_standby(pair, "SELECT pg_wal_replay_resume()")
    settled(pair, client)
    assert read(client, "late").json["balance"] == 5


def test_one_that_is_away(pair, shell, tmp_path):
    client = shell(standby=f"postgresql:///pgteller?host={tmp_path}&user=nobody")
    account(client, "away")
    for _ in range(3):
        response = read(client, "away")
        assert (response.status_code, response.headers.get("Answered-By")) == (200, None)


def test_one_that_stands_still(pair, shell):
    """A read waits for it as long as it may take, and five seconds; those after it do not."""
    client = shell(REQUEST_TIMEOUT="0.5")
    account(client, "still")
    settled(pair, client)
    machines.freeze(pair[1])
    try:
        begun = time.monotonic()
        response = read(client, "still")
        assert (response.status_code, response.headers.get("Answered-By")) == (200, None)
        assert 5 < time.monotonic() - begun < 20
        begun = time.monotonic()
        assert read(client, "still").status_code == 200
        assert time.monotonic() - begun < 5
    finally:
        machines.freeze(pair[1], signal.SIGCONT)


def test_a_primary_is_no_standby(pair, shell):
    """Such as one that was promoted, and of which nobody knows who follows it."""
    client = shell(standby=pair[0].url(user=SHELL_LOGIN))
    account(client, "twice")
    for _ in range(3):
        response = read(client, "twice")
        assert (response.status_code, response.headers.get("Answered-By")) == (200, None)


def test_it_answers_who_may_ask_it_and_what_is_his(pair, shell):
    with psycopg.connect(pair[0].url(), autocommit=True) as db:
        query = "SELECT secret FROM bank.create_api_key(%s, %s, accounts => %s)"
        (mine,) = db.execute(query, ["mine", "teller", ["own:*"]]).fetchone()
        (all_of,) = db.execute(query, ["all", "auditor", None]).fetchone()
        for account_id in "own:1", "other":
            db.execute("SELECT bank.create_account(%s)", [account_id])
    client = shell(AUTH="keys")
    catch_up(pair)

    def ask(secret):
        return client.get("/accounts", headers={"Authorization": f"Bearer {secret}"})

    machines.wait_for(
        lambda: ask(mine).headers.get("Answered-By") == BY_STANDBY, "it does not answer"
    )
    assert ask(mine).json["accounts"] == ["own:1"]
    response = ask(all_of)
    assert response.headers["Answered-By"] == BY_STANDBY
    assert {"own:1", "other"} <= {*response.json["accounts"]}
    refused = client.get("/webhooks", headers={"Authorization": f"Bearer {mine}"})
    assert (refused.status_code, refused.json["code"]) == (403, "permission_denied")
    assert ask("pgt_" + "0" * 64).status_code == 401


def test_the_primary_is_asked_once_a_second_at_most(pair, shell, monkeypatch):
    client = shell()
    settled(pair, client)
    standby = client.application.extensions["standby"]
    asked = []
    ask = standby.positions._ask
    monkeypatch.setattr(standby.positions, "_ask", lambda: (asked.append(time.monotonic()), ask()))
    begun = time.monotonic()
    for _ in range(200):
        assert client.get("/accounts").headers["Answered-By"] == BY_STANDBY
    assert len(asked) <= time.monotonic() - begun + 1


def test_an_address_that_has_moved_to_another_server(pair, shell):
    """Connections to the server that takes no writes any more are given up, not kept for ever."""
    client = shell()
    pool = client.application.extensions["pool"]
    pool.url = pair[1].url(user=SHELL_LOGIN)
    refused = client.post("/accounts", json={"account_id": "moved"})
    assert (refused.status_code, refused.json["code"]) == (503, "database_unavailable")
    pool.url = pair[0].url(user=SHELL_LOGIN)
    account(client, "moved")


def test_a_connection_that_is_left_from_before(pair, shell):
    """One that was idle while the address moved does not fail the request that gets it."""
    client = shell()
    pool = client.application.extensions["pool"]
    pool.url = pair[1].url(user=SHELL_LOGIN)
    assert client.get("/accounts", headers={"Prefer": "primary"}).status_code == 200
    pool.url = pair[0].url(user=SHELL_LOGIN)
    account(client, "left")


def synchronous(pair, names):
    with psycopg.connect(pair[0].url("postgres"), autocommit=True) as db:
        db.execute("SET synchronous_commit = local")
        db.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        db.execute("SELECT pg_reload_conf()")
        query = "SHOW synchronous_standby_names"
        machines.wait_for(lambda: db.execute(query).fetchone() == (names,), "it is not set")


def test_a_synchronous_standby_that_is_away(pair, shell):
    """No commit is acknowledged, and no timeout of the server ends that: the client's side does."""
    client = shell(REQUEST_TIMEOUT="0.5")
    account(client, "waits")
    body = {"account_id": "waits", "amount": 5}
    synchronous(pair, "nobody")
    try:
        for number in range(1000):  # the checkpointer says so to all others, soon after it is set
            begun, key = time.monotonic(), {"Idempotency-Key": f"waits{number}"}
            lost = client.post("/deposits", json=body, headers=key)
            if lost.status_code != 200:
                break
        assert (lost.status_code, lost.json["code"]) == (503, "outcome_unknown")
        assert 5 < time.monotonic() - begun < 20
    finally:
        synchronous(pair, "")
    again = client.post("/deposits", json=body, headers=key)
    assert (again.status_code, again.json["balance"]) == (200, 5 * (number + 1))
    assert read(client, "waits", Prefer="primary").json["balance"] == 5 * (number + 1)
