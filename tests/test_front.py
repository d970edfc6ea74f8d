"""Slow clients, many clients, and a database that holds everybody up: the server goes on."""

import asyncio
import contextlib
import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from urllib.parse import urlsplit

import psycopg
import pytest

from pgteller.shell import bodies, identity
from pgteller.shell.front import MOST_HELD, STRANGERS, Front
from tests.conftest import web_server
from tests.http_helpers import fresh, wait_for_locks

pytestmark = [pytest.mark.first_server, pytest.mark.direct]

BODY_TIMEOUT = 1
HEAD = "POST /accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{}\r\n\r\n"


@pytest.fixture(scope="module")
def small(app_url):
    """A server that has two threads, lets three wait for them, and no body take long."""
    with web_server(
        app_url,
        workers=1,
        POOL_SIZE="2",
        MOST_WAITING="3",
        POOL_TIMEOUT="1",
        BODY_TIMEOUT=str(BODY_TIMEOUT),
        LOCK_TIMEOUT="20",
    ) as url:
        yield urlsplit(url)


def ask(url, method, path, body=None, timeout=30):
    """Status, document and headers of the answer."""
    with contextlib.closing(
        http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)
    ) as connection:
        headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, path, body and json.dumps(body), headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read()), reply.headers


def begun(url, text):
    """A connection over which some of a request was sent."""
    connection = socket.create_connection((url.hostname, url.port), timeout=20)
    connection.sendall(text.encode())
    return connection


def read(connection):
    """All that comes until the server hangs up."""
    answer = b""
    while part := connection.recv(65536):
        answer += part
    return answer


@pytest.mark.parametrize(
    "start",
    [
        HEAD.format("Content-Length: 50") + '{"account',
        HEAD.format("Content-Length: 50"),
        HEAD.format("Content-Length: 3000000") + " " * 70000,
        HEAD.format("Content-Length: 900000000") + " " * 70000,
        HEAD.format("Transfer-Encoding: chunked") + '9\r\n{"account\r\n',
        HEAD.format("Transfer-Encoding: chunked") + "9",
        HEAD.format("Content-Length: 50\r\nExpect: 100-continue"),
        HEAD.replace("POST", "GET").format("Content-Length: 50"),
    ],
    ids=["begun", "not begun", "large", "huge", "chunked", "half", "expecting", "get"],
)
def test_bodies_that_do_not_come_are_cut(small, start):
    """48 of them held all threads, for as long as they stayed."""
    slow = [begun(small, start) for _ in range(48)]
    for _ in range(10):
        assert ask(small, "GET", "/livez")[0] == 200
        assert ask(small, "POST", "/accounts", {"account_id": fresh()})[0] == 201
    for connection in slow:
        with contextlib.closing(connection):
            answer = read(connection)
            assert b"HTTP/1.1 408 Request Timeout\r\n" in answer
            assert b'"code":"request_timeout"' in answer


def test_a_body_that_drips_is_cut(small):
    """The time is for all of it, and not for the next byte."""
    body = json.dumps({"account_id": fresh()}).ljust(200)
    with contextlib.closing(begun(small, HEAD.format("Content-Length: 200"))) as connection:
        connection.settimeout(0.1)
        answer = b""
        for byte in body.encode():
            with contextlib.suppress(OSError):
                connection.sendall(bytes([byte]))
            try:
                answer = connection.recv(65536)
                break
            except TimeoutError:
                continue
        assert b"408 Request Timeout" in answer


def test_a_client_that_hangs_up_amid_its_body_does_nothing(small, bank):
    account = fresh()
    body = json.dumps({"account_id": account})
    start = HEAD.format("Transfer-Encoding: chunked") + f"{len(body):x}\r\n{body}\r\n"
    begun(small, start).close()
    begun(small, HEAD.format(f"Content-Length: {len(body) + 1}") + body).close()
    assert ask(small, "GET", "/health/ready")[0] == 200
    assert bank.get(f"/accounts/{account}").code == "account_not_found"


def test_answers_that_nobody_reads_hold_nobody_up(small, bank):
    account = fresh()
    bank.post("/accounts", account_id=account)
    request = f"GET /accounts/{account} HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200
    deaf = [begun(small, request) for _ in range(20)]
    for _ in range(20):
        assert ask(small, "GET", f"/accounts/{account}/balance")[0] in (200, 503)
    for connection in deaf:
        connection.close()
    deadline = time.monotonic() + 30
    while ask(small, "GET", f"/accounts/{account}/balance")[0] != 200:
        assert time.monotonic() < deadline, "it does not recover"


def test_it_lives_while_all_wait_for_a_lock(small, database_url, bank):
    """20 deposits to one account made a server seem dead."""
    account, other = fresh(), fresh()
    for name in account, other:
        bank.post("/accounts", account_id=name)
    deposit = {"account_id": account, "amount": 1}
    with (
        psycopg.connect(database_url) as holder,
        psycopg.connect(database_url, autocommit=True) as watcher,
        ThreadPoolExecutor(20) as clients,
    ):
        holder.execute("SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE", [account])
        asked = [clients.submit(ask, small, "POST", "/deposits", deposit) for _ in range(20)]
        wait_for_locks(watcher, 2)
        for _ in range(5):
            begin = time.monotonic()
            assert ask(small, "GET", "/livez", timeout=5)[0] == 200
            assert time.monotonic() - begin < 5
        # Two are at it, three may wait for a while, and the others hear at once, or after that.
        refused = [one.result(timeout=20) for one in asked if one.done() or not wait(one)]
        assert len(refused) == 18
        for status, problem, headers in refused:
            assert (status, problem["code"]) == (503, "server_busy")
            assert headers["Retry-After"] == "1"
            assert headers["X-Content-Type-Options"] == "nosniff"
        holder.rollback()
        done = [one.result(timeout=20) for one in asked]
    assert sum(status == 200 for status, _, _ in done) == 2
    assert bank.get(f"/accounts/{account}/balance")["balance"] == 2


def wait(future):
    """Whether it is still under way when those that may only wait a second are through."""
    with contextlib.suppress(TimeoutError):
        future.result(timeout=3)
    return not future.done()


def test_a_full_server_recovers(small, bank):
    """More at once than it lets in: each is answered, none is done twice or half."""
    account = fresh()
    bank.post("/accounts", account_id=account)
    done, busy, lock = [0], [0], threading.Lock()

    def client():
        for _ in range(20):
            status, problem, _ = ask(
                small, "POST", "/deposits", {"account_id": account, "amount": 1}
            )
            with lock:
                if status == 200:
                    done[0] += 1
                else:
                    assert (status, problem["code"]) == (503, "server_busy")
                    busy[0] += 1

    threads = [threading.Thread(target=client) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done[0] + busy[0] == 320
    assert bank.get(f"/accounts/{account}/balance")["balance"] == done[0]


@pytest.mark.parametrize("size", [0, 1, 4 << 20, (4 << 20) + 1, 16 << 20, 40 << 20])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_of_all_sizes_are_answered(small, size, chunked):
    """What is too large is read on for a while, so that a client gets to know why."""
    with contextlib.closing(
        http.client.HTTPConnection(small.hostname, small.port, timeout=30)
    ) as connection:
        parts = (b" " * min(65536, size - at) for at in range(0, size, 65536))
        headers = {"Content-Type": "application/json"}
        if not chunked:
            headers["Content-Length"] = str(size)
        try:
            connection.request("POST", "/batches", parts, headers, encode_chunked=chunked)
        except (BrokenPipeError, ConnectionResetError):
            assert size > 16 << 20
            return
        try:
            reply = connection.getresponse()
        except ConnectionResetError:
            assert size > 16 << 20
            return
        code = json.loads(reply.read())["code"]
        assert code == ("malformed_json" if size <= 4 << 20 else "body_too_large")


def test_an_odd_header_is_not_left_out(small, bank):
    """A key that no header may hold is refused, and not taken for none."""
    account = fresh()
    bank.post("/accounts", account_id=account)
    body = json.dumps({"account_id": account, "amount": 1})
    request = (
        "POST /deposits HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nIdempotency-Key: \u00e4\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    with contextlib.closing(begun(small, request)) as connection:
        assert b"invalid_idempotency_key" in read(connection)
    assert bank.get(f"/accounts/{account}/balance")["balance"] == 0


def test_a_query_that_is_not_escaped(small):
    asked = "GET /accounts?after=\u20ac HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with contextlib.closing(begun(small, asked)) as connection:
        assert read(connection).startswith(b"HTTP/1.1 200 OK")


def test_only_the_probe_itself_is_answered_without_a_thread(small, bank):
    """An account may be called as it ends."""
    account = fresh() + "/livez"
    bank.post("/accounts", account_id=account)
    status, found, _ = ask(small, "GET", f"/accounts/{account}")
    assert (status, found["account_id"]) == (200, account)


# Bodies that end otherwise than most


def sent(url, text):
    """What is answered to a request as it stands."""
    with contextlib.closing(begun(url, text)) as connection:
        return read(connection)


CHUNKED = HEAD.format("Connection: close\r\nTransfer-Encoding: chunked")


@pytest.mark.parametrize(
    "chunks",
    [
        "{size}\r\n{body}\r\n0\r\nX-Checksum: 1\r\n\r\n",  # trailers, which could say anything
        "{size}\r\n{body}\r\nx\r\n\r\n",
        "{size}\r\n{body}\r\n-1\r\n\r\n",
        "{size}\r\n{body}xx0\r\n\r\n",
        "fffffffffffffffff\r\n{body}\r\n0\r\n\r\n",
        "x\r\n\r\n",
    ],
)
def test_chunks_that_are_none(small, bank, chunks):
    account = fresh()
    body = json.dumps({"account_id": account})
    answer = sent(small, CHUNKED + chunks.format(size=f"{len(body):x}", body=body))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert not answer.partition(b"\r\n\r\n")[2] or b'"code":"incomplete_body"' in answer
    assert bank.get(f"/accounts/{account}").code == "account_not_found"


@pytest.mark.parametrize("coding", ["gzip, chunked", "chunked, chunked", "Chunked", "identity"])
def test_codings_of_transfer(small, bank, coding):
    """None but chunked, however it is written: what others stand for nobody would decode."""
    account = fresh()
    body = json.dumps({"account_id": account})
    head = HEAD.format(f"Connection: close\r\nTransfer-Encoding: {coding}")
    answer = sent(small, f"{head}{len(body):x}\r\n{body}\r\n0\r\n\r\n")
    taken = coding == "Chunked"
    assert answer.startswith(b"HTTP/1.1 201" if taken else b"HTTP/1.1 400")
    assert (bank.get(f"/accounts/{account}").status == 200) == taken


def test_http10_may_have_no_host(small):
    assert sent(small, "GET /accounts HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 OK")


def test_it_speaks_no_http2(small):
    """Of which it would keep for ever who says nothing, and could not tell a whole body."""
    assert sent(small, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == b""


# Headers


PLAIN = "{} HTTP/1.1\r\nContent-Type: application/json\r\nConnection: close\r\n{}\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        ("GET /accounts", "Host: localhost", 200),
        ("GET http://localhost/accounts", "Host: localhost", 200),
        ("GET http://localhost/accounts", "X: y", 200),
        ("GET http://evil.example/accounts", "Host: localhost", 421),
        ("GET http://localhost/accounts", "Host: evil.example", 421),
        ("GET /accounts", "X: y", 421),
        ("GET /accounts", "Host:", 421),
        ("GET /accounts", "Host: localhost\r\nHost: evil.example", 421),
        ("GET /accounts", "Host: \u00e4\r\nHost: localhost", 421),
        ("GET /accounts", "Host: localhost\r\nOrigin: null", 403),
        ("GET /accounts", "Host: localhost\r\nOrigin: \u00e4", 403),
        ("GET /accounts", "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: null", 403),
        ("POST /accounts", "Host: localhost\r\nContent-Type: text/plain\r\nContent-Length: 0", 415),
        ("POST /accounts", "Host: localhost\r\nTransfer_Encoding: x\r\nContent-Length: 0", 400),
        ("get /accounts", "Host: localhost", 405),
        ("GEt /accounts", "Host: localhost", 405),
        ("GET /livez?a=1", "Host: localhost", 422),
        ("GET /accounts", f"Host: {'a' * 60_000}", 421),
        ("GET /accounts", "Host: localhost\r\nUpgrade: websocket\r\nConnection: upgrade", 405),
    ],
)
def test_names_and_headers_told_twice(small, line, headers, status):
    answer = sent(small, PLAIN.format(line, headers))
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer


@pytest.mark.parametrize(
    "keys",
    [
        "Idempotency-Key: \u00e4\r\nIdempotency-Key: one",
        "Idempotency-Key: a,\r\nIdempotency-Key: ",
    ],
)
def test_keys_of_idempotency_told_twice(small, bank, keys):
    account = fresh()
    bank.post("/accounts", account_id=account)
    body = json.dumps({"account_id": account, "amount": 1})
    head = PLAIN.format(
        "POST /deposits", f"Host: localhost\r\nContent-Length: {len(body)}\r\n{keys}"
    )
    for _ in range(2):
        answer = sent(small, head + body)
        assert b"invalid_idempotency_key" in answer or b"200 OK" in answer
    assert bank.get(f"/accounts/{account}/balance")["balance"] <= 1


def test_names_with_underscores_are_no_headers(small, bank):
    """Which in WSGI would pass for those with hyphens."""
    account = fresh()
    bank.post("/accounts", account_id=account)
    body = json.dumps({"account_id": account, "amount": 1})
    key = "Idempotency_Key: one"
    head = PLAIN.format(
        "POST /deposits", f"Host: localhost\r\nContent-Length: {len(body)}\r\n{key}"
    )
    for _ in range(2):
        assert sent(small, head + body).startswith(b"HTTP/1.1 200")
    assert bank.get(f"/accounts/{account}/balance")["balance"] == 2


# Clients that go, and those that come with much


def is_refused(connection):
    """Whether it is at once; no answer means that it waits."""
    connection.settimeout(0.5)
    try:
        return connection.recv(65536).startswith(b"HTTP/1.1 503")
    except TimeoutError:
        return False
    finally:
        connection.settimeout(20)


def test_who_has_gone_is_not_waited_for(app_url, database_url, bank):
    """His place among those that wait is another's, and nothing is done for him."""
    account = fresh()
    bank.post("/accounts", account_id=account)
    body = json.dumps({"account_id": account, "amount": 1})
    request = (
        PLAIN.format("POST /deposits", f"Host: localhost\r\nContent-Length: {len(body)}") + body
    )
    settings = {"POOL_SIZE": "2", "MOST_WAITING": "3", "POOL_TIMEOUT": "60", "LOCK_TIMEOUT": "60"}
    with (
        web_server(app_url, workers=1, **settings) as address,
        psycopg.connect(database_url) as holder,
        psycopg.connect(database_url, autocommit=True) as watcher,
    ):
        url = urlsplit(address)
        holder.execute("SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE", [account])
        at_it = [begun(url, request) for _ in range(2)]
        wait_for_locks(watcher, 2)
        waiting = [begun(url, request) for _ in range(3)]
        deadline = time.monotonic() + 20
        while not is_refused(extra := begun(url, request)):  # until all three have come
            waiting.append(extra)
            assert time.monotonic() < deadline
        for connection in waiting:
            connection.close()
        while is_refused(last := begun(url, request)):
            assert time.monotonic() < deadline, "their places are not free"
        holder.rollback()
        for connection in *at_it, last:
            with contextlib.closing(connection):
                assert read(connection).startswith(b"HTTP/1.1 200")
        assert ask(url, "GET", f"/accounts/{account}/balance")[1]["balance"] == 3


def arrived(held, size):
    """Why a body does not come in while others hold so much, and what is held then."""
    all_of_them = bodies.Bodies(MOST_HELD)
    all_of_them.held = held
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/batches", "CONTENT_LENGTH": str(size)}
    body = bodies.Body(all_of_them, environ)

    async def parts():
        for at in range(0, size, 65536):
            yield b" " * min(65536, size - at)

    refusal = asyncio.run(body.arrive(parts()))
    during = all_of_them.held
    body.forget()
    assert all_of_them.held == held
    return refusal, during - held


def test_large_bodies_have_a_common_bound():
    """Small ones come in all the same."""
    most, large = MOST_HELD, 1 << 20
    assert arrived(0, large) == (None, large)
    assert arrived(most - large, large) == (None, large)
    assert arrived(most - large + 1, large) == ("server_busy", 0)
    assert arrived(most, bodies.SMALL + 1) == ("server_busy", 0)
    assert arrived(most, bodies.SMALL) == (None, 0)


# Strangers


@pytest.fixture(scope="module")
def keyed(app_url):
    """A server that asks for keys, and lets nobody wait for long."""
    settings = {"AUTH": "keys", "POOL_SIZE": "4", "POOL_TIMEOUT": "1", "LOCK_TIMEOUT": "60"}
    with web_server(app_url, workers=1, **settings) as url:
        yield urlsplit(url)


def asked_with(url, secret, path="/accounts"):
    """Status and code of the answer."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    with contextlib.closing(
        http.client.HTTPConnection(url.hostname, url.port, timeout=60)
    ) as connection:
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read()).get("code")


def test_strangers_hold_up_nobody_who_is_known(keyed, database_url, db):
    """90 of them kept out 46 of 50 requests with a key."""
    (secret,) = db.execute("SELECT secret FROM bank.create_api_key(%s, 'auditor')", [fresh()])
    assert asked_with(keyed, secret[0])[0] == 200
    with (
        psycopg.connect(database_url) as holder,
        psycopg.connect(database_url, autocommit=True) as watcher,
        ThreadPoolExecutor(30) as clients,
    ):
        holder.execute("LOCK TABLE ledger.api_keys IN ACCESS EXCLUSIVE MODE")
        guesses = [clients.submit(asked_with, keyed, f"pgt_{number:064x}") for number in range(30)]
        wait_for_locks(watcher, STRANGERS)
        # They wait a second for a thread.
        turned_away = 30 - STRANGERS
        refused = [one.result() for one in islice(as_completed(guesses, 20), turned_away)]
        assert refused == [(503, "server_busy")] * turned_away
        # Known for some seconds: nothing is to be looked up.
        for _ in range(3):
            assert asked_with(keyed, secret[0])[0] == 200
            assert asked_with(keyed, None, "/health/ready")[0] == 200
            assert asked_with(keyed, None, "/livez")[0] == 200
        holder.rollback()
        answers = [one.result(timeout=20) for one in guesses]
    assert answers.count((401, "invalid_api_key")) == STRANGERS


HEAVY = ["/trial-balance", "/accounts/{}/statement", "/accounts/{}/verification"]
SEEKING = ["/accounts/{}/transactions?operation=deposit"]
LONG = ["/ledger/verification"]


def test_what_reads_much_leaves_room_for_the_rest(keyed, database_url, db, bank):
    """One key had all threads read for it, and nobody else was answered."""
    query = "SELECT secret FROM bank.create_api_key(%s, 'auditor')"
    known, new, newer = (db.execute(query, [fresh()]).fetchone()[0] for _ in range(3))
    account = bank.account(balance=5)
    assert asked_with(keyed, known, "/currencies")[0] == 200
    with (
        psycopg.connect(database_url) as holder,
        psycopg.connect(database_url, autocommit=True) as watcher,
        ThreadPoolExecutor(20) as clients,
    ):
        holder.execute("LOCK TABLE ledger.ledger_transactions")
        asked = [
            clients.submit(asked_with, keyed, secret, path.format(account))
            for secret in (known, new)  # who is new is met first, and has no more
            for path in 2 * HEAVY + 2 * SEEKING + 2 * LONG
        ]
        # Of four connections one is for each of the three kinds; the others wait a second for it.
        refused = [one.result() for one in islice(as_completed(asked, 20), len(asked) - 3)]
        assert refused == [(503, "server_busy")] * (len(asked) - 3)
        wait_for_locks(watcher, 3)
        for secret in known, new, newer:
            assert asked_with(keyed, secret, "/currencies")[0] == 200
        holder.rollback()
        assert [one.result(timeout=20)[0] for one in asked].count(200) == 3


@pytest.mark.parametrize(
    ("path", "share"),
    [
        *((f"/{path}", "heavy") for path in ("trial-balance", "balances", "console/statement")),
        *((f"/accounts/a/b/{path}", "heavy") for path in ("statement", "balance-history")),
        *((path, "heavy") for path in ("/accounts/ledger/verification", "/console/verification")),
        *((f"/ledger/{path}", "long") for path in ("verification", "digests")),
        ("/console/digest", "long"),
        *((f"/console/{path}", "long") for path in ("ledger/verification", "trial-balance")),
        *((path, "callers") for path in ("/", "/accounts/a", "/accounts/statement/balance")),
        ("/console/account", "callers"),
        *(
            (f"/accounts?{query}", "seeking")
            for query in ("search=a", "limit=1&se%61rch=a", "sort")
        ),
        *((f"/console/{page}", "seeking") for page in ("find?search=a", "house?a&currency=EUR")),
        ("/accounts/a/transactions?operation=deposit", "seeking"),
        *((f"/accounts?{query}", "callers") for query in ("limit=1", "after=search", "a=sort=b")),
    ],
)
def test_whose_threads_a_path_has(client_with, monkeypatch, path, share):
    for root in "", "/bank":
        monkeypatch.setenv("ROOT_PATH", root)
        front = Front(client_with(ROOT_PATH=root).application)
        place, _, query = path.partition("?")
        environ = {"PATH_INFO": root + place, "QUERY_STRING": query, "REQUEST_METHOD": "GET"}
        assert front._share(environ) is getattr(front, share)
        begun = front._share(environ | {"REQUEST_METHOD": "POST"})
        assert begun is (front.long if share == "long" else front.callers)


def test_whoever_comes_first_after_a_start_is_let_in(app_url, database_url, db):
    """Then no key is known, and all clients come at once."""
    (secret,) = db.execute("SELECT secret FROM bank.create_api_key(%s, 'auditor')", [fresh()])
    request = PLAIN.format("GET /accounts", f"Host: localhost\r\nAuthorization: Bearer {secret[0]}")
    settings = {"AUTH": "keys", "POOL_TIMEOUT": "30", "LOCK_TIMEOUT": "60"}
    with (
        web_server(app_url, workers=1, **settings) as url,
        psycopg.connect(database_url) as holder,
        psycopg.connect(database_url, autocommit=True) as watcher,
    ):
        holder.execute("LOCK TABLE ledger.api_keys IN ACCESS EXCLUSIVE MODE")
        clients = [begun(urlsplit(url), request) for _ in range(50)]
        wait_for_locks(watcher, STRANGERS)
        for _ in range(20):  # by then all of them have come
            assert ask(urlsplit(url), "GET", "/livez")[0] == 200
        holder.rollback()
        for client in clients:
            with contextlib.closing(client):
                assert read(client).startswith(b"HTTP/1.1 200")


def test_guesses_drive_out_no_key_that_is_known(monkeypatch):
    monkeypatch.setattr(identity, "MOST_KNOWN", 3)
    asked = []

    def find(secret):
        asked.append(secret)
        return ((("role", "x"),) if secret == "good" else None), 60.0

    known = identity.Known(find)
    assert not known.has_met("good")
    for number in range(10):
        assert known.settings("good") == (("role", "x"),)
        assert known.settings(f"guess{number}") is None
        assert known.has_met("good")
        assert not known.has_met(f"guess{number}")
    assert asked.count("good") == 1
    assert len(known.bad) <= 3
