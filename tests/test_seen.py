"""What is seen of requests: their ids, the log, and the refusals that can be asked for later."""

import ast
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from flask import g

from dev import PROJECT
from pgteller import logs
from pgteller.pool import Pool
from pgteller.shell import create_app, refused
from pgteller.shell import items as shell_items
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
            SELECT row_to_json(r) FROM bank.list_refusals(request_id => %s, "limit" => 1000) AS r
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
    (listed,) = bank.get("/refusals", request_id=refusal["request_id"])["refusals"]
    assert listed["actor"] == refusal["actor"]
    (line,) = [one for one in lines() if one["request_id"] == refusal["request_id"]]
    assert (line["code"], line["accounts"]) == (refusal["code"], [one])
    listed = bank.get(f"/accounts/{one}/refusals", code="insufficient_funds")["refusals"]
    assert [one["request_id"] for one in listed] == [refusal["request_id"]]
    assert "actor" not in listed[0]
    moment = {"since": refusal["refused_at"], "until": refusal["refused_at"] + 1}
    counted = {one["code"]: one for one in bank.get("/refusals/counts", **moment)["counts"]}
    assert counted["insufficient_funds"]["count"] >= 1
    assert counted["insufficient_funds"]["newest_at"] == refusal["refused_at"]


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


def test_who_was_not_asked_is_a_stranger(app_url, found):
    """He may be anybody in the network, or a page that a browser shows."""
    with application(app_url) as app:
        for headers, address, code in (
            ({"Origin": "http://evil.example"}, "127.0.0.1", "foreign_origin"),
            ({"Host": "evil.example"}, "127.0.0.1", "unknown_host"),
            ({}, "192.0.2.1", "keys_needed"),
        ):
            response = app.test_client().get(
                "/accounts", headers=headers, environ_base={"REMOTE_ADDR": address}
            )
            (refusal,) = found(response.headers[HEADER])
            assert (refusal["code"], refusal["actor"]) == (code, None)


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
    assert refusal["detail"] == {"function": "trial_balance", "role": "teller"}
    (line,) = [one for one in lines() if one["message"] == "request"]
    assert line["actor"] == name
    assert line["detail"] == refusal["detail"]
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
        "stranger": False,
        "account_ids": [],
        "detail": {},
    }


def test_of_what_has_no_end_one_a_minute_is_noted(monkeypatch):
    """Of each key, and it says how many were not; of keys, too, there may be any number."""
    now = 1000.0
    monkeypatch.setattr(refused.time, "monotonic", lambda: now)
    monkeypatch.setattr(refused, "MOST_KEYS", 3)
    endless = refused.Endless()

    def told(key):
        one = refusal() | {"caller": key, "code": refused.ENDLESS, "detail": {}}
        return one["detail"] if endless.is_told(one) else None

    assert [told("till") for _ in range(5)] == [{"left_out": 0}, *[None] * 4]
    assert told("desk") == {"left_out": 0}
    now += refused.EVERY - 1
    assert told("till") is None
    now += 1
    assert [told("till"), told("till"), told("desk")] == [{"left_out": 5}, None, {"left_out": 0}]
    for number in range(10):
        assert told(str(number)) == {"left_out": 0}
        assert len(endless.keys) <= 3
    assert told("till") == {"left_out": 0}, "that it was told of is forgotten"


def test_what_is_hammered_drives_out_nothing_else(app_url, db):
    writer = refused.Refusals(Pool(app_url, 1, 5.0), pytest.fail)
    one = refusal()
    writer.note(one)
    hammered = [refusal() | {"caller": "till", "code": refused.ENDLESS} for _ in range(1000)]
    for each in hammered:
        writer.note(each)
    writer.stop()
    query = "SELECT count(*) FROM ledger.refused_requests WHERE request_id = ANY(%s)"
    for ids, number in ([one["request_id"]], 1), ([each["request_id"] for each in hammered], 1):
        assert db.execute(query, [ids]).fetchone() == (number,)


def batched(app, items, **query):
    """What a batch is answered, and its id."""
    response = app.test_client().post("/batches", json=items, query_string=query)
    assert response.status_code == 200, response.text
    return response.json, response.headers[HEADER]


def test_refused_items_of_a_batch_are_noted(app, bank, found, db):
    one, other = bank.account(balance=3), bank.account()
    items = [
        {"operation": "deposit", "account_id": one, "amount": 1},
        {"operation": "withdraw", "account_id": one, "amount": 9, "metadata": {"note": SECRET}},
        {
            "operation": "transfer",
            "source_account_id": other,
            "target_account_id": one,
            "amount": 5,
            "linked": True,
        },
        {"operation": "deposit", "account_id": other, "amount": 1},
    ]
    answer, request_id = batched(app, items)
    assert (answer["posted"], answer["refused"]) == (1, 3)
    app.extensions["refusals"].stop()
    noted = found(request_id)
    assert [(row["code"], row["status"], row["account_ids"]) for row in noted] == [
        ("insufficient_funds", 409, [one]),
        ("insufficient_funds", 409, [other, one]),
        ("linked_failed", 422, [other]),
    ]
    assert {(row["method"], row["route"]) for row in noted} == {("POST", "/batches")}
    counts = {"account_id": one, "available": 4, "required": 9, "item": 2, "refused": 3}
    assert noted[0]["detail"] == counts
    assert SECRET not in json.dumps(noted)


def test_of_a_batch_some_items_are_noted(app, found):
    """Those first that were refused for what they are themselves."""
    items = [{"operation": "deposit", "account_id": "nobody", "amount": 1} for _ in range(250)]
    _, request_id = batched(app, items, atomic="true")
    app.extensions["refusals"].stop()
    noted = found(request_id)
    assert len(noted) == 100
    assert [row["code"] for row in noted[:2]] == ["account_not_found", "linked_failed"]
    assert {row["detail"]["refused"] for row in noted} == {250}


def test_what_was_only_tried_or_is_told_again_is_not_noted(app, bank, db):
    nobody = fresh("nobody")
    items = [
        {"operation": "deposit", "account_id": one, "amount": 1} for one in (bank.account(), nobody)
    ]
    answer, _ = batched(app, items, dry_run="true")
    assert answer["refused"] == 1
    headers = {"Idempotency-Key": fresh("key")}
    for replayed in None, "true", "true":
        response = app.test_client().post("/batches", json=items, headers=headers)
        assert response.json["refused"] == 1
        assert response.headers.get("Idempotent-Replayed") == replayed
    app.extensions["refusals"].stop()
    query = "SELECT count(*) FROM bank.list_refusals(account_id => %s)"
    assert db.execute(query, [nobody]).fetchone() == (1,)


def test_a_batch_that_is_all_posted_is_not_read(app, bank, monkeypatch, caplog):
    """Its first bytes are, be it replayed in part. Nor is one spoilt that cannot be read."""
    one = bank.account()
    monkeypatch.setattr(shell_items, "msgspec", None)
    deposit = {"operation": "deposit", "account_id": one, "amount": 1}
    for item in deposit, deposit | {"idempotency_key": "k"}, deposit | {"idempotency_key": "k"}:
        answer, _ = batched(app, [item, deposit])
        assert answer["refused"] == 0
    nobody = {"operation": "deposit", "account_id": "nobody", "amount": 1}
    assert "refused items not noted" not in caplog.messages
    assert app.test_client().post("/batches", json=[nobody, deposit]).status_code == 200
    assert "refused items not noted" in caplog.messages


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


def test_strangers_and_others_have_places_of_their_own(monkeypatch):
    """While the database is away strangers wait in a tenth of the queue, and leave all the rest."""
    monkeypatch.setattr(refused, "MOST_WAITING", 50)
    monkeypatch.setattr(refused.Refusals, "_start", lambda self: None)
    for flood, trickle in (True, False), (False, True):
        dropped = []
        writer = refused.Refusals(Pool("host=/nonexistent", 1, 0.1), dropped.append)
        for stranger in [flood] * 500 + [trickle] * 500:
            writer.note(refusal() | {"stranger": stranger})
        waiting = Counter(one["stranger"] for one in writer.waiting)
        assert waiting == {True: 5, False: 45}
        assert sum(dropped) == 950
        assert len(writer._next()) == 50
        writer.note(refusal() | {"stranger": True})
        assert len(writer.waiting) == 1, "there is room again"


def test_a_stranger_drives_out_nobody(new_ledger):
    """Who is known has refusals of his own kind only to fear."""
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        db.execute("UPDATE ledger.settings SET refusals = 50")
        noted = "SELECT bank.note_refusals(%s)"
        known = [refusal() for _ in range(45)]
        db.execute(noted, [json.dumps(known)])
        for _ in range(3):
            strangers = [refusal() | {"status": 401, "stranger": True} for _ in range(500)]
            db.execute(noted, [json.dumps(strangers)])
        ids = "SELECT array_agg(request_id ORDER BY refusal_id) FROM ledger.refused_requests"
        of_both = [one["request_id"] for one in [*known, *strangers[-5:]]]
        assert db.execute(ids).fetchone() == (of_both,)


def test_the_ring_is_bounded(new_ledger):
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
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
        assert db.execute(query).fetchone() == (45, 800), "a tenth of the places is for strangers"


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
@pytest.mark.first_server
def test_the_first_and_last_lines_of_the_log_say_where_and_what(login_url, tmp_path):
    log = tmp_path / "log"
    with served(login_url, log, AUTH="keys") as url:
        first = json.loads(log.read_text().splitlines()[0])
    last = json.loads(log.read_text().splitlines()[-1])
    assert (first["message"], first["level"]) == ("starts", "INFO")
    assert (last["message"], last["url"], last["status"]) == ("stops", url, 0)
    assert (first["url"], first["auth"], first["ledger"]) == (url, "keys", "bank")
    assert first["version"] == first["ledger_version"]
    assert "password" not in json.dumps(first)
    with served(login_url, log, LOG_LEVEL="WARNING"):
        pass
    assert log.read_text() == ""


def test_the_messages_of_workers_are_told_of():
    """In the table of docs/observability.md, with their levels, and none that there is not."""
    logged = set()
    package = PROJECT / "web" / "pgteller"
    for path in [*(package / "worker").glob("*.py"), package / "cli" / "running.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and getattr(node.func.value, "id", None) == "log"
            ):
                level = {"exception": "ERROR"}.get(node.func.attr, node.func.attr.upper())
                logged.add((node.args[0].value, level))
    page = (PROJECT / "docs" / "observability.md").read_text()
    told = re.findall(r"^\| `([^`]+)` \| (INFO|WARNING|ERROR) \|", page, re.MULTILINE)
    assert len(logged) > 10
    assert {*told} == logged


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


def test_a_field_that_is_none_is_told_of_later(app, bank, db):
    """Where it is a word: a secret that stands in its place by mistake is kept nowhere."""
    secret = "pgt_" + "0" * 64
    names = {"acount_id": "acount_id", secret: None, "a b": None}
    asked = {}
    for name in names:
        asked[fresh("request")] = name
        headers = {"X-Request-ID": [*asked][-1]}
        reply = app.test_client().post("/accounts", json={name: 1}, headers=headers)
        assert reply.json["field"] == name
    app.extensions["refusals"].stop()
    query = "SELECT detail ->> 'field' FROM bank.list_refusals(request_id => %s)"
    for request_id, name in asked.items():
        assert db.execute(query, [request_id]).fetchone() == (names[name],)
