"""GET /metrics: sums over all workers, what the ledger says, who may ask, a database away."""

import fcntl
import itertools
import json
import os
import re
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from pgteller.shell import create_app, scraping, sharing
from pgteller.urls import with_parts
from tests.conftest import web_server
from tests.http_helpers import DAY, T0, fresh, newest_event, wait_for_locks

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = pytest.mark.first_server


def samples(text):
    """The value of each series, by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def series(name, **labels):
    return (f"pgteller_{name}", *sorted(labels.items()))


@pytest.fixture
def fresh_app(app_url, monkeypatch):
    """Makes one, with settings of its own; it has counted nothing yet."""
    made = []

    def make(url=app_url, **variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        made.append(create_app(url))
        return made[-1]

    yield make
    for app in made:
        app.extensions["refusals"].stop()
        app.extensions["pool"].close()


def test_what_a_server_counts(fresh_app):
    client = fresh_app().test_client()
    account = fresh()
    client.post("/accounts", json={"account_id": account})
    for _ in range(3):
        client.post("/withdrawals", json={"account_id": account, "amount": 1})
    for number in range(50):
        client.get(f"/{number}")
        client.get(f"/accounts/{number}/balance")
        client.open("/accounts", method=f"M{number}")
    found = samples(client.get("/metrics").text)
    route = {"method": "POST", "route": "/withdrawals"}
    assert found[series("requests_total", **route, status="409")] == 3
    assert found[series("request_duration_seconds_count", **route)] == 3
    assert found[series("refusals_total", code="insufficient_funds")] == 3
    unknown = {"method": "GET", "route": "unmatched", "status": "404"}
    assert found[series("requests_total", **unknown)] == 50
    other = {"method": "other", "route": "unmatched", "status": "405"}
    assert found[series("requests_total", **other)] == 50
    assert found[series("pool_size")] == 8
    assert found[series("pool_in_use")] == 0
    assert found[series("refusals_dropped_total")] == 0
    assert len(found) < 250, "labels that a client can make up"


def test_the_pool(fresh_app, db):
    """Connections are counted while they are in use."""
    app = fresh_app(POOL_SIZE="1", POOL_TIMEOUT="30")
    account = fresh()
    app.test_client().post("/accounts", json={"account_id": account})
    with ThreadPoolExecutor(3) as threads:
        with db.transaction():
            db.execute("SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE", [account])
            body = {"account_id": account, "amount": 5}
            posted = [
                threads.submit(app.test_client().post, "/deposits", json=body) for _ in range(3)
            ]
            pool = app.extensions["pool"]
            deadline = time.monotonic() + 30
            while len(pool._asked) != 1:
                assert time.monotonic() < deadline
            text = app.extensions["metrics"].exposition(None).decode()
        assert {one.result().status_code for one in posted} == {200}
    found = samples(text)
    assert found[series("pool_in_use")] == 1
    after = samples(app.extensions["metrics"].exposition(None).decode())
    assert after[series("pool_in_use")] == 0


def test_lock_timeouts(fresh_app, db):
    app = fresh_app(LOCK_TIMEOUT="0.1")
    account = fresh()
    client = app.test_client()
    client.post("/accounts", json={"account_id": account})
    with db.transaction():
        db.execute("SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE", [account])
        deposit = {"account_id": account, "amount": 5}
        assert client.post("/deposits", json=deposit).json["code"] == "lock_timeout"
    found = samples(client.get("/metrics").text)
    assert found[series("database_troubles_total", kind="lock_timeout")] == 1


def test_what_the_ledger_says(fresh_app, bank, db, connect):
    account = bank.account(balance=100_000, timestamp=T0)
    bank.post("/payments", account_id=account, amount=10_000, timestamp=T0)
    bank.post("/holds", account_id=account, amount=5, timestamp=T0, expires_at=T0 + 2 * DAY)
    events = newest_event(db)
    app = fresh_app()
    found = samples(app.test_client().get("/metrics").text)
    assert found[series("database_up")] == 1
    assert found[series("legs_total")] == events
    assert found[series("cashbacks_pending", currency="EUR")] >= 1
    assert found[series("cashbacks_pending_amount", currency="EUR")] >= 200
    late = time.time() - T0 / 1000
    for kind, days in ("cashback", 1), ("hold", 2):
        assert found[series("worker_lag_seconds", kind=kind)] >= late - days * 86400 - 60
    with db.transaction(), ThreadPoolExecutor(1) as threads:
        db.execute("SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE", [account])
        posted = threads.submit(bank.another().post, "/deposits", account_id=account, amount=1)
        other = connect()
        wait_for_locks(other, 1)
        waiting = other.execute("SELECT bank.ledger_metrics() ->> 'waiting_for_locks'").fetchone()
        db.execute("ROLLBACK")
        assert posted.result().status == 200
    assert int(waiting[0]) >= 1


def test_the_ledger_is_asked_once_in_some_seconds(fresh_app, monkeypatch):
    client = fresh_app().test_client()
    first = client.get("/metrics")
    asked = []
    monkeypatch.setattr(scraping.db, "fetch", lambda *_: asked.append(1))
    assert client.get("/metrics").status_code == first.status_code == 200
    assert asked == []


def test_who_may_ask(fresh_app, db):
    app = fresh_app(AUTH="keys")
    query = "SELECT secret FROM bank.create_api_key(%s, %s, %s)"
    client = app.test_client()
    expected = {
        ("operator", None): 200,
        ("auditor", None): 200,
        ("teller", None): 403,
        ("operator", ("alice",)): 403,
        ("auditor", ("alice",)): 403,
    }
    for _ in range(2):  # once more, with what is remembered of the others
        for (role, accounts), status in expected.items():
            given = [fresh("key"), role, accounts and [*accounts]]
            (secret,) = db.execute(query, given).fetchone()
            headers = {"Authorization": f"Bearer {secret}"}
            answer = client.get("/metrics", headers=headers)
            assert answer.status_code == status, (role, accounts)
            if role == "teller":
                assert (answer.json["function"], answer.json["role"]) == ("ledger_metrics", role)
    assert client.get("/metrics").status_code == 401
    wrong = {"Authorization": "Bearer pgt_" + "0" * 64}
    assert client.get("/metrics", headers=wrong).status_code == 401
    assert client.get("/metrics?x=1", headers=wrong).status_code == 422


def test_a_database_that_is_away(fresh_app):
    app = fresh_app(url="postgresql:///none?host=/nonexistent")
    response = app.test_client().get("/metrics")
    assert response.status_code == 200
    found = samples(response.text)
    assert found[series("database_up")] == 0
    assert series("pool_size") in found
    assert series("legs_total") not in found


def test_a_database_that_is_away_and_keys(fresh_app, db, monkeypatch):
    """Whoever was let in before is answered; others nobody can be asked about."""
    app = fresh_app(AUTH="keys")
    query = "SELECT secret FROM bank.create_api_key(%s, 'auditor')"
    known, unknown = (
        {"Authorization": f"Bearer {db.execute(query, [fresh('key')]).fetchone()[0]}"}
        for _ in range(2)
    )
    client = app.test_client()
    assert client.get("/metrics", headers=known).status_code == 200
    app.extensions["pool"].close()
    app.extensions["pool"].url = "postgresql:///none?host=/nonexistent"
    app.extensions["known"].good.clear()
    answer = client.get("/metrics", headers=known)
    assert (answer.status_code, samples(answer.text)[series("database_up")]) == (200, 0)
    assert client.get("/metrics", headers=unknown).status_code == 503


def test_of_those_let_in_not_all_are_known_for_ever(fresh_app, db, monkeypatch):
    """Nor is one who may not come in any more; and where there are no keys nobody is."""
    monkeypatch.setattr(scraping, "MOST_KNOWN", 2)
    app = fresh_app()
    scrapes = app.view_functions[scraping.NAME].__self__
    for number in range(5):
        headers = {"Authorization": f"Bearer {number}"}
        assert app.test_client().get("/metrics", headers=headers).status_code == 200
    assert not scrapes.let_in
    app = fresh_app(AUTH="keys")
    scrapes = app.view_functions[scraping.NAME].__self__
    query = "SELECT name, secret FROM bank.create_api_key(%s, 'auditor')"
    keys = [db.execute(query, [fresh("key")]).fetchone() for _ in range(4)]

    def ask(secret):
        headers = {"Authorization": f"Bearer {secret}"}
        return app.test_client().get("/metrics", headers=headers).status_code

    assert [ask(secret) for _, secret in keys] == [200] * 4
    assert len(scrapes.let_in) == 2
    db.execute("SELECT bank.revoke_api_key(%s)", [keys[-1][0]])
    app.extensions["known"].good.clear()
    assert ask(keys[-1][1]) == 401
    assert len(scrapes.let_in) == 1


def fetched(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


@pytest.mark.direct  # of processes, not of the way to the database
def test_all_workers_are_added_up(login_url):
    """Exactly, whichever of the two is asked."""
    route = {"method": "GET", "route": "/livez"}
    with web_server(login_url) as url:
        deadline = time.monotonic() + 30
        while samples(fetched(f"{url}/metrics"))[series("pool_size")] != 16:  # both have begun
            assert time.monotonic() < deadline
        with ThreadPoolExecutor(8) as threads:
            assert {*threads.map(fetched, [f"{url}/livez"] * 400)} == {'{"status":"ok"}'}
        for _ in range(10):
            found = samples(fetched(f"{url}/metrics"))
            assert found[series("requests_total", **route, status="200")] == 400
            assert found[series("request_duration_seconds_count", **route)] == 400
            assert found[series("request_duration_seconds_bucket", **route, le="+Inf")] == 400


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Where servers make theirs."""
    monkeypatch.setattr(sharing.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.delenv(sharing.VARIABLE, raising=False)
    held = []
    monkeypatch.setattr(sharing, "HELD", held)
    folders = tmp_path / f"{sharing.PREFIX}-{os.geteuid()}"
    folders.mkdir(mode=0o700)
    yield folders
    for number in held:
        os.close(number)


def test_the_folder_of_a_dead_server_is_removed(folders):
    (folders / "999999999-1").mkdir()
    folder = sharing._own()
    assert [*folders.iterdir()] == [folder]
    assert sharing._own() == folder
    gone = folder / "gauge_livesum_999999999.db"
    kept = folder / "counter_999999999.db"
    for file in gone, kept:
        file.touch()
    sharing.forget_dead(str(folder))
    assert [*folder.iterdir()] == [kept]


def test_a_folder_that_somebody_counts_in_is_left_alone(folders):
    """Though whoever made it has ended, or is to be seen in another container alone."""
    held = folders / "999999999-1"
    held.mkdir()
    number = os.open(held, os.O_RDONLY)
    fcntl.flock(number, fcntl.LOCK_SH)
    own = sharing._own()
    assert {*folders.iterdir()} == {held, own}
    os.close(number)
    sharing._own()
    assert [*folders.iterdir()] == [own]


def test_servers_that_start_at_once_leave_each_other_their_folders(folders, monkeypatch):
    """Though the makers of all of them seem to be dead."""
    ticks = itertools.count(1)
    monkeypatch.setattr(sharing, "_started", lambda _: str(next(ticks)))
    together = threading.Barrier(16)

    def start(_):
        together.wait()
        return sharing._own()

    made = set()
    with ThreadPoolExecutor(16) as threads:
        for _ in range(10):
            for number in range(100):
                (folders / f"{number + 1}-0").mkdir()
            made |= {*threads.map(start, range(16))}
            assert {*folders.iterdir()} == made
    assert len(made) == 160


def test_a_folder_of_somebody_elses_is_not_used(folders):
    sharing._own()
    folders.chmod(0o777)
    with pytest.raises(PermissionError):
        sharing._own()


def test_it_counts_no_further_than_some_thousands(own_url):
    with psycopg.connect(own_url, autocommit=True) as db:
        db.execute("SELECT bank.create_account('a')")
        db.execute("SELECT bank.deposit('a', 9000000000)")
        items = json.dumps([{"operation": "pay", "account_id": "a", "amount": 100}] * 10_000)
        db.execute("SELECT count(*) FROM bank.batch(%s)", [items])
        found = db.execute("SELECT bank.ledger_metrics()").fetchone()[0]
    assert found["cashbacks"] == [{"currency": "EUR", "pending": 5_000, "amount": 10_000}]


def test_urls_of_databases_are_in_no_metric(fresh_app, login_url):
    url = with_parts(login_url, password="hush")
    text = fresh_app(url=url).test_client().get("/metrics").text
    assert not re.search("hush|postgresql:", text)


def test_what_is_alarmed_at_once_is_there_before(fresh_app):
    """Of a series that begins with 1 Prometheus sees no increase."""
    there = samples(fresh_app().test_client().get("/metrics").text)
    for code in "internal_error", "outcome_unknown":
        assert there[series("refusals_total", code=code)] == 0
