"""Slow clients, many clients, and a database that holds everybody up: the server goes on."""

import contextlib
import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

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
