"""What is seen of requests: their ids, the log, and the refusals that can be asked for later."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from flask import g

from dev import PROJECT
from dev.testbed import scratch_database
from pgteller import logs
from pgteller.install import load
from pgteller.pool import Pool
from pgteller.shell import create_app, refused
from pgteller.shell.routes import ROUTES
from pgteller.shell.seen import HEADER
from pgteller.urls import with_parts
from tests.conftest import wait_until_answering, web_server
from tests.http_helpers import fresh

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = pytest.mark.first_server

SECRET = "hush-8f14e45fceea167a"


@pytest.fixture
def talkative():
    """A log that has a line for each request."""
    logs.configure()
    level = logs.log.level
    logs.log.setLevel("INFO")
    yield
    logs.log.setLevel(level)


@contextmanager
def application(url):
    """One whose refusals are written once it is stopped."""
    app = create_app(url)
    yield app
    app.extensions["refusals"].stop()
    app.extensions["pool"].close()


@pytest.fixture
def app(app_url, talkative):
    with application(app_url) as app:
        yield app


@pytest.fixture
def lines(monkeypatch):
    """What the log has."""
    written = []

    class Stream:
        def write(self, text):
            written.append(text)

        def flush(self):
            pass

    monkeypatch.setattr(logs.HANDLER, "stream", Stream())
    return lambda: [json.loads(one) for one in "".join(written).splitlines()]


@pytest.fixture
def found(db):
    """The refusals of a request, once they are written down."""

    def found(request_id):
        deadline = time.monotonic() + 30
        query = """
            SELECT row_to_json(r) FROM bank.list_refusals("order" => 'desc') AS r
            WHERE r.request_id = %s
        """
        while not (rows := db.execute(query, [request_id]).fetchall()):
            assert time.monotonic() < deadline, request_id
        return [row for (row,) in rows]

    return found


def test_the_line_of_a_request(app, lines):
    one, other = fresh(), fresh()
    client = app.test_client()
    for account in one, other:
        client.post("/accounts", json={"account_id": account})
    transfer = {"source_account_id": one, "target_account_id": other, "amount": 5}
    client.post("/transfers", json=transfer, headers={HEADER: "till-7"})
    client.get(f"/accounts/{one}/balance")
    opened, _, refusal, read = lines()
    assert {*opened} == {
        *("time", "level", "logger", "message", "request_id", "method", "route", "actor"),
        *("accounts", "status", "ms", "database_ms"),
    }
    assert (opened["method"], opened["route"], opened["status"]) == ("POST", "/accounts", 201)
    assert 0 < opened["database_ms"] <= opened["ms"]
    assert refusal["request_id"] == "till-7"
    assert refusal["accounts"] == [one, other]
    assert refusal["code"] == "insufficient_funds"
    assert refusal["detail"] == {"available": 0, "required": 5}
    assert read["route"] == "/accounts/{account_id}/balance"
    assert read["accounts"] == [one]


def test_a_path_that_there_is_not(app, lines):
    app.test_client().get(f"/{SECRET}")
    (line,) = lines()
    assert (line["route"], line["status"], line["code"]) == (None, 404, "not_found")
    assert SECRET not in json.dumps(line)


GOOD = ["a", "A-1_b.c", "0" * 128, "..."]
BAD = ["", " ", "a b", "a\tb", "ä", "a" * 129, "a/b", "a;b", '"', "${x}", "%0a", "a,b", "\x7f"]


@pytest.mark.parametrize("given", GOOD)
def test_a_request_id_that_is_kept(app, given):
    for path in "/livez", "/nothing", "/accounts/nobody":
        response = app.test_client().get(path, headers={HEADER: given})
        assert response.headers.getlist(HEADER) == [given]


@pytest.mark.parametrize("given", BAD)
def test_a_request_id_that_is_not(app, lines, given):
    response = app.test_client().get("/accounts/nobody", headers={HEADER: given})
    (drawn,) = response.headers.getlist(HEADER)
    assert len(drawn) == 32
    assert {*drawn} <= {*"0123456789abcdef"}
    assert [line["request_id"] for line in lines()] == [drawn]


def test_every_answer_has_one(app):
    client = app.test_client()
    answers = [
        client.get("/livez"),
        client.get("/docs", follow_redirects=True),
        client.get("/openapi.json"),
        client.get("/metrics"),
        client.options("/accounts"),
        client.delete("/accounts"),
        client.post("/transfers", data="{"),
        client.post("/transfers", data=b" " * 2_000_000, content_type="application/json"),
        client.get("/accounts?limit=1&limit=2"),
        client.get("//x"),
    ]
    ids = [answer.headers[HEADER] for answer in answers]
    assert len({*ids}) == len(answers)


def test_the_database_has_it(app, db, connect):
    """In pg_stat_activity, while the statement runs; and not after it."""
    account, request_id = fresh(), "x" * 100
    client = app.test_client()
    client.post("/accounts", json={"account_id": account})
    query = "SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with ThreadPoolExecutor(1) as threads:
        with db.transaction():
            db.execute("SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE", [account])
            deposit, headers = {"account_id": account, "amount": 5}, {HEADER: request_id}
            waiting = threads.submit(client.post, "/deposits", json=deposit, headers=headers)
            deadline = time.monotonic() + 30
            with connect() as other:
                while not (names := other.execute(query).fetchall()):
                    assert time.monotonic() < deadline
        assert waiting.result().status_code == 200
    assert names == [("pgteller " + "x" * 54,)]
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgteller x%'"
    assert db.execute(query).fetchone() == (0,)


def test_the_database_need_not_have_it(app_url, monkeypatch):
    for value, names in ("yes", ["pgteller till-7"]), ("no", []):
        monkeypatch.setenv("SESSION_NAMES", value)
        with application(app_url) as app, app.test_client() as client:
            client.get("/accounts/nobody", headers={HEADER: "till-7"})
            found = dict(g.caller.identity)
        assert [found[name] for name in found if name == "application_name"] == names


def test_a_failure_says_where_to_look(lines):
    away = create_app("postgresql:///none?host=/nonexistent").test_client()
    response = away.get("/health/ready", headers={HEADER: "here"})
    assert response.json["instance"] == "urn:pgteller:request:here"
    assert [line["request_id"] for line in lines()] == ["here"]


def test_a_refusal_can_be_asked_for(app, bank, found, lines):
    one = bank.account(balance=3)
    body = {"account_id": one, "amount": 5, "metadata": {"note": SECRET}}
    response = app.test_client().post("/withdrawals", json=body)
    assert response.status_code == 409
    (refusal,) = found(response.headers[HEADER])
    assert refusal["refused_at"] > time.time() * 1000 - 60_000
    told = {name: refusal[name] for name in ("method", "route", "status", "code", "account_ids")}
    assert told == {
        "method": "POST",
        "route": "/withdrawals",
        "status": 409,
        "code": "insufficient_funds",
        "account_ids": [one],
    }
    assert refusal["detail"] == {"account_id": one, "available": 3, "required": 5}
    assert refusal["actor"] == bank.get("/refusals", limit=1, order="desc")["refusals"][0]["actor"]
    (line,) = [one for one in lines() if one["request_id"] == refusal["request_id"]]
    assert (line["code"], line["accounts"]) == (refusal["code"], [one])
    listed = bank.get(f"/accounts/{one}/refusals", code="insufficient_funds")["refusals"]
    assert [one["request_id"] for one in listed] == [refusal["request_id"]]
    assert "actor" not in listed[0]


def test_strangers_are_noted_without_a_name(app_url, found, monkeypatch):
    monkeypatch.setenv("AUTH", "keys")
    with application(app_url) as app:
        for secret, code in (None, "unauthenticated"), (SECRET, "invalid_api_key"):
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            response = app.test_client().get("/accounts", headers=headers)
            assert response.status_code == 401
            (refusal,) = found(response.headers[HEADER])
            assert (refusal["code"], refusal["actor"]) == (code, None)
            assert SECRET not in json.dumps(refusal)


@pytest.mark.usefixtures("talkative")
def test_a_key_has_its_name_in_log_and_refusals(app_url, db, found, lines, monkeypatch):
    monkeypatch.setenv("AUTH", "keys")
    name = fresh("key")
    query = "SELECT secret FROM bank.create_api_key(%s, 'teller')"
    (secret,) = db.execute(query, [name]).fetchone()
    with application(app_url) as app:
        headers = {"Authorization": f"Bearer {secret}"}
        response = app.test_client().get("/trial-balance", headers=headers)
        assert response.status_code == 403
        (refusal,) = found(response.headers[HEADER])
    assert refusal["code"] == "permission_denied"
    assert refusal["actor"].partition("/")[2] == name
    (line,) = [one for one in lines() if one["message"] == "request"]
    assert line["actor"] == name
    assert secret not in json.dumps([refusal, lines()])


def test_what_succeeds_writes_nothing(app, db):
    before = db.execute("SELECT newest FROM ledger.refusal_counter").fetchone()
    app.test_client().post("/accounts", json={"account_id": fresh()})
    app.test_client().get("/nothing")
    assert app.extensions["refusals"].thread is None
    assert db.execute("SELECT newest FROM ledger.refusal_counter").fetchone() == before


def refusal(number=1):
    return {
        "refused_at": number,
        "request_id": fresh("r"),
        "method": "GET",
        "route": "/",
        "status": 409,
        "code": "x",
        "caller": None,
        "account_ids": [],
        "detail": {},
    }


def test_a_queue_that_is_full(app_url, monkeypatch):
    """While the database is away; what is dropped is counted, nobody waits, none is twice."""
    monkeypatch.setattr(refused, "MOST_WAITING", 5)
    monkeypatch.setattr(refused, "AT_ONCE", 2)
    dropped = []
    writer = refused.Refusals(Pool("host=/nonexistent", 1, 0.1), dropped.append)
    for number in range(20):
        writer.note(refusal(number))
    writer.stop()
    assert not writer.thread.is_alive()
    assert sum(dropped) == 20


def test_the_ring_is_bounded(server):
    with scratch_database(server) as url:
        load(url)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("UPDATE ledger.settings SET refusals = 50")
            dropped = []
            writer = refused.Refusals(Pool(url, 1, 5.0), dropped.append)
            writers = [
                threading.Thread(target=lambda: [writer.note(refusal(n)) for n in range(200)])
                for _ in range(4)
            ]
            for thread in writers:
                thread.start()
            for thread in writers:
                thread.join()
            writer.stop()
            assert dropped == []
            query = "SELECT count(*), max(refusal_id) FROM ledger.refused_requests"
            assert db.execute(query).fetchone() == (50, 800)


def test_what_cannot_be_written_is_dropped_alone(app_url, db):
    """It takes no others with it that came at the same time."""
    dropped = []
    writer = refused.Refusals(Pool(app_url, 1, 5.0), dropped.append)
    good = [refusal() for _ in range(5)]
    for one in [*good[:3], refusal() | {"code": "a\0b"}, *good[3:]]:
        writer.note(one)
    writer.stop()
    assert dropped == [1]
    query = "SELECT count(*) FROM ledger.refused_requests WHERE request_id = %s"
    for one in good:
        assert db.execute(query, [one["request_id"]]).fetchone() == (1,)


def test_a_connection_that_takes_no_writes_any_more_is_given_up(app_url, db):
    """As one to a server that is a standby now: what comes later goes over another one."""
    dropped = []
    writer = refused.Refusals(Pool(app_url, 1, 5.0), dropped.append)
    query = "SELECT count(*) FROM ledger.refused_requests WHERE request_id = %s"
    for _ in range(2):
        one = refusal()
        writer.note(one)
        deadline = time.monotonic() + 30
        while db.execute(query, [one["request_id"]]).fetchone() != (1,):
            assert time.monotonic() < deadline
        with writer.pool.connection() as connection:
            connection.execute("SET default_transaction_read_only = on")
    writer.stop()
    assert dropped == []


def get(url, **headers):
    """Status and headers of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as problem:
        return problem.code, problem.headers, problem.read().decode()


@pytest.mark.direct  # of processes, not of the way to the database
def test_a_server_that_stops_writes_what_waits(app_url, db):
    """All of it, by both workers, though it is told to stop at once."""
    with web_server(app_url) as url:
        ids = [get(f"{url}/accounts/nobody")[1][HEADER] for _ in range(40)]
    query = "SELECT count(*) FROM ledger.refused_requests WHERE request_id = ANY(%s)"
    assert db.execute(query, [ids]).fetchone() == (40,)


@contextmanager
def served(url, log, **variables):
    """`pgteller serve` with its log in a file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "LOG_LEVEL"}
    environment |= {"DATABASE_URL": url, "PORT": str(port), **variables}
    command = [sys.executable, "-m", "pgteller", "serve"]
    with (
        log.open("w") as stderr,
        subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=stderr) as process,
    ):
        try:
            wait_until_answering(f"http://127.0.0.1:{port}/livez", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.direct
def test_no_secret_is_in_the_log(login_url, db, tmp_path):
    """Every route, with secrets wherever one can be, at a server as it comes."""
    name = fresh("key")
    query = "SELECT secret FROM bank.create_api_key(%s, 'operator')"
    (key,) = db.execute(query, [name]).fetchone()
    with served(login_url, tmp_path / "log", AUTH="keys") as url:
        for route in ROUTES:
            path = route.path.format_map(dict.fromkeys(route.in_path, "1"))
            body = {name: SECRET for name in route.in_body if name not in OF_ACCOUNTS}
            body |= {"metadata": {SECRET: SECRET}} if "metadata" in body else {}
            for data in body, {SECRET: SECRET}, [SECRET]:
                for authorization in f"Bearer {key}", f"Bearer {SECRET}", f"Basic {SECRET}":
                    asked = urllib.request.Request(
                        f"{url}{path}?{SECRET}={SECRET}" if data is body else f"{url}{path}",
                        method=route.method,
                        data=None if route.method == "GET" else json.dumps(data).encode(),
                        headers={
                            "Content-Type": "application/json",
                            "Authorization": authorization,
                            "Cookie": f"session={SECRET}",
                            "Idempotency-Key": SECRET,
                            "User-Agent": SECRET,
                        },
                    )
                    try:
                        urllib.request.urlopen(asked).close()
                    except urllib.error.HTTPError as problem:
                        problem.close()
        hook = {"url": f"https://example.com/{SECRET}", "secret": SECRET, "types": ["deposit"]}
        asked = urllib.request.Request(
            f"{url}/webhooks",
            data=json.dumps(hook).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        with urllib.request.urlopen(asked) as answer:
            webhook = json.load(answer)["webhook_id"]
    log = (tmp_path / "log").read_text()
    db.execute("SELECT bank.delete_webhook(%s)", [webhook])
    assert [line for line in log.splitlines() if line[:1] != "{"] == []
    told = [json.loads(line) for line in log.splitlines()]
    assert len([line for line in told if line["message"] == "request"]) > 9 * len(ROUTES)
    assert {line["actor"] for line in told if "actor" in line} == {name, None}
    refusals = db.execute("SELECT json_agg(r) FROM ledger.refused_requests AS r").fetchone()
    for place in *told, *refusals[0]:
        text = json.dumps(place)
        assert SECRET not in text
        assert key not in text
        assert "password" not in text


OF_ACCOUNTS = ("account_id", "source_account_id", "target_account_id", "merchant_account_id")


@pytest.mark.direct
def test_the_password_of_the_database_is_in_no_line(login_url, lines):
    url = with_parts(login_url, host="/nonexistent", password=SECRET)
    client = create_app(url).test_client()
    assert client.get("/health/ready").status_code == 503
    assert [line["message"] for line in lines()] == ["database unavailable"]
    assert SECRET not in json.dumps(lines())
