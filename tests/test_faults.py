"""The disk fills up, connections break, PostgreSQL restarts: nothing is lost, nothing done twice.

Whatever is not known to be done is settled by sending it again under its key. What a running
server's restarts, timeouts and full pools look like to a request is in test_database.py.
"""

import contextlib
import itertools
import resource
import select
import signal
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from pgteller import pool, sending, worker
from pgteller.shell import create_app, db
from pgteller.urls import with_parts
from pgteller.worker import heartbeat
from tests.http_helpers import Bank, fresh

PATIENCE = 60  # seconds until what must happen counts as not happening


TIMEOUTS = {"REQUEST_TIMEOUT": "statement_timeout", "LOCK_TIMEOUT": "lock_timeout"}


@contextlib.contextmanager
def running(url):
    """A bank's client whose application has its own connections to `url`."""
    app = create_app(url)
    yield Bank(app.test_client())
    app.extensions["pool"].close()


def intact(url):
    """Whether bank.verify_ledger finds everything in order."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT bool_and(ok) FROM bank.verify_ledger()").fetchone()[0]


def deposit(bank, account_id, key):
    """Deposit 1 under a key; a failure says that it is one, and when to try again."""
    reply = bank.post("/deposits", key, account_id=account_id, amount=1)
    if reply.status != 200:
        assert reply.code in ("database_unavailable", "outcome_unknown", *TIMEOUTS.values())
        assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    return reply


class Load:
    """Threads that deposit 1 again and again under new keys, into an account of their own each."""

    def __init__(self, bank, threads=4):
        self.bank = bank
        self.accounts = [bank.account() for _ in range(threads)]
        self.sent = {account_id: [] for account_id in self.accounts}
        self.done = set()
        self.failed = set()
        self.ended = threading.Event()

    def __enter__(self):
        self.threads = ThreadPoolExecutor(len(self.accounts))
        self.running = [self.threads.submit(self._run, name) for name in self.accounts]
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.threads.shutdown()
        for one in self.running:
            one.result()

    def _run(self, account_id):
        bank = self.bank.another()
        for number in itertools.count():
            if self.ended.is_set():
                return
            key = f"{account_id}-{number}"
            self.sent[account_id].append(key)
            done = deposit(bank, account_id, key).status == 200
            (self.done if done else self.failed).add((account_id, key))
            if not done:  # else thousands fail while a server recovers, each to be sent again
                self.ended.wait(0.05)

    def wait_for(self, enough):
        """Until `enough(self)` says so."""
        deadline = time.monotonic() + PATIENCE
        while not enough(self):
            assert time.monotonic() < deadline
            assert not any(one.done() for one in self.running)

    def settle(self, bank):
        """Send again what has no known outcome; then everything sent is there exactly once."""
        assert self.done and self.failed
        for account_id, key in self.failed:
            assert deposit(bank, account_id, key).status == 200
        for account_id, keys in self.sent.items():
            assert bank.balance(account_id) == len(keys)
            replayed = deposit(bank, account_id, keys[0]).headers["Idempotent-Replayed"]
            assert replayed == "true"
            assert bank.balance(account_id) == len(keys)


# Restarts


@pytest.mark.parametrize("abruptly", [False, True], ids=["stopped", "killed"])
def test_restart_under_load(crash_server, abruptly):
    with running(crash_server.url(user="bank_web")) as bank:
        with Load(bank) as load:
            for _ in range(2):
                before, failures = len(load.done), len(load.failed)
                load.wait_for(lambda load, before=before: len(load.done) > before + 20)
                crash_server.kill() if abruptly else crash_server.stop()
                load.wait_for(lambda load, failures=failures: len(load.failed) > failures)
                crash_server.start()
        load.settle(bank)
    assert intact(crash_server.url())


# Full disks


@contextlib.contextmanager
def no_file_larger_than(size):
    """What is started in the block cannot write a larger file.

    Below the size of a WAL segment that fails like a full disk does, and needs no other user.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def use_up_wal(url):
    """Ask for one new segment after the other until PostgreSQL has gone."""
    with contextlib.suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
        while True:
            connection.execute("SELECT pg_switch_wal()")
            connection.execute("SELECT pg_logical_emit_message(true, '', 'x')")


def test_no_space_for_wal(crash_server):
    with psycopg.connect(crash_server.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_switch_wal()")  # begins one, so that it can start
    crash_server.stop()
    with no_file_larger_than(8 * 1024 * 1024):
        crash_server.start()
    with running(crash_server.url(user="bank_web")) as bank:
        with Load(bank) as load:
            load.wait_for(lambda load: len(load.done) > 20)
            use_up_wal(crash_server.url())
            load.wait_for(lambda load: load.failed)
        assert "PANIC" in crash_server.log.read_text()
        crash_server.kill()
        crash_server.start()
        load.settle(bank)
    assert intact(crash_server.url())


def test_no_space_for_data(crash_server):
    """The table that is written last cannot grow: nothing stays of what was written before it."""
    with psycopg.connect(crash_server.url()) as connection:
        query = "SELECT pg_relation_filepath('ledger.idempotency_keys')"
        (path,) = connection.execute(query).fetchone()
    table = crash_server.data_dir / path
    assert table.stat().st_size == 0
    with running(crash_server.url(user="bank_web")) as bank:
        account_id = bank.account(balance=5)
        crash_server.stop()
        table.rename(table.with_suffix(".away"))
        table.symlink_to("/dev/full")  # an empty file to read, no space left on device to write
        crash_server.start()
        for _ in range(3):
            assert deposit(bank, account_id, "k").code == "database_unavailable"
        assert bank.balance(account_id) == 5
        assert bank.post("/deposits", account_id=account_id, amount=1).status == 200
        assert intact(crash_server.url())
        crash_server.stop()
        table.with_suffix(".away").rename(table)
        crash_server.start()
        assert "Idempotent-Replayed" not in deposit(bank, account_id, "k").headers
        assert bank.balance(account_id) == 7
    assert "No space left on device" in crash_server.log.read_text()
    assert intact(crash_server.url())


# Broken connections


class Proxy:
    """Stands between the shell and PostgreSQL's socket, and cuts a connection when told to.

    `cut` is what to do with the next request: "unsent" drops it before PostgreSQL has it,
    "unanswered" after PostgreSQL has answered, "half answered" within the answer.
    `answered` is how many requests of a connection are answered at all, as by a machine that stands
    still then, or by a pooler that has nothing behind it; `ignored` are those that were not.
    """

    def __init__(self, folder, target):
        self.cut = None
        self.answered = float("inf")
        self.ignored = 0
        self.target = target
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(folder / ".s.PGSQL.5432"))
        self.listener.listen()
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def close(self):
        if self.thread.is_alive():
            self.listener.shutdown(socket.SHUT_RDWR)
            self.thread.join()
        self.listener.close()

    def _connect(self):
        host, port = self.target
        if not host.startswith("/"):
            return socket.create_connection(self.target)
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _accept(self):
        with contextlib.suppress(OSError), ThreadPoolExecutor() as threads:
            while True:
                client, _ = self.listener.accept()
                threads.submit(self._serve, client)

    def _serve(self, client):
        """Requests and answers take turns: whatever PostgreSQL says ends with ReadyForQuery."""
        with client, self._connect() as server, contextlib.suppress(OSError):
            self._greet(client, server)
            taken = 0
            while request := client.recv(65536):
                taken += 1
                if taken > self.answered:
                    self.ignored += 1
                    continue
                cut, self.cut = self.cut, None
                if cut == "unsent":
                    return
                server.sendall(request)
                if request[:1] == b"X":
                    return
                answer = self._answer(server)
                if cut == "half answered":
                    client.sendall(answer[: len(answer) // 2])
                if cut:
                    return
                client.sendall(answer)

    def _greet(self, client, server):
        """Logging in is passed on as it comes."""
        heard = b""
        while b"Z\0\0\0\5" not in heard:
            for sender in select.select([client, server], [], [])[0]:
                said = sender.recv(65536)
                if not said:
                    raise ConnectionError
                if sender is server:
                    heard += said
                (client if sender is server else server).sendall(said)

    def _answer(self, server):
        answer = b""
        while not answer[-6:].startswith(b"Z\0\0\0\5"):
            more = server.recv(65536)
            if not more:
                raise ConnectionError
            answer += more
        return answer


@pytest.fixture
def proxy(login_url):
    """Between the shell and this database."""
    with tempfile.TemporaryDirectory(prefix="pgteller-") as name, psycopg.connect(login_url) as one:
        proxy = Proxy(Path(name), (one.info.host, one.info.port))
        proxy.url = with_parts(login_url, host=name, port="5432")
        yield proxy
        proxy.close()


@pytest.mark.parametrize(
    ("cut", "done"), [("unsent", False), ("unanswered", True), ("half answered", True)]
)
def test_connection_cut(proxy, database_url, cut, done):
    with running(proxy.url) as bank:
        account_id, key = bank.account(balance=5), fresh("key")
        proxy.cut = cut
        assert deposit(bank, account_id, key).code == "outcome_unknown"
        assert bank.balance(account_id) == 5 + done
        assert ("Idempotent-Replayed" in deposit(bank, account_id, key).headers) == done
        assert bank.balance(account_id) == 6
        proxy.cut = cut
        reply = bank.get(f"/accounts/{account_id}")
        assert (reply.status, reply.code) == (503, "database_unavailable")
    assert intact(database_url)


@pytest.mark.parametrize("answered", [0, 1, 2, 3])
def test_one_that_only_takes_connections(proxy, monkeypatch, answered):
    """It is given up before anything is sent that could have been done."""
    monkeypatch.setattr(pool, "ANSWERING", 0.2)
    monkeypatch.setattr(pool, "CHECKING", 0.2)
    proxy.answered = answered
    with running(proxy.url) as bank:
        assert bank.get("/health/ready").code == "database_unavailable"
        assert deposit(bank, fresh(), "k").code == "database_unavailable"
        proxy.answered = float("inf")
        monkeypatch.undo()
        assert bank.get("/health/ready").status == 200
        assert deposit(bank, bank.account(), "k").status == 200


def test_one_that_stands_still_is_not_ready(proxy, monkeypatch):
    with running(proxy.url) as bank:
        assert bank.get("/health/ready").status == 200
        monkeypatch.setattr(db, "PROBING", 0.2)
        proxy.answered = 0
        assert bank.get("/health/ready").code == "database_unavailable"
        proxy.answered = float("inf")
        monkeypatch.undo()
        assert bank.get("/health/ready").status == 200


def test_nothing_that_the_worker_asks_waits_for_ever(proxy, monkeypatch):
    """A step that is not answered is given up, and taken again."""
    app = create_app(proxy.url)

    def fails():
        """Whether a worker's chores do."""
        one = worker.Worker(app, interval=0.1, once=True)
        one.chores()
        return one.failed

    with app.app_context():
        assert not fails()
        for module, name in (pool, "ANSWERING"), (sending, "GRACE"), (worker, "PATIENCE"):
            monkeypatch.setattr(module, name, 0.1)
        proxy.answered = 0
        assert fails()
        monkeypatch.undo()
        proxy.answered = float("inf")
        assert not fails()
    app.extensions["pool"].close()


def until(happened):
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline


@pytest.fixture
def working(proxy, monkeypatch):
    """A worker in a thread of its own, and what has a signal's effect on it."""
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    app = create_app(proxy.url)
    one = worker.Worker(app, interval=0.05, plan=worker.Plan(verify_every=86400))
    thread = threading.Thread(target=one.run)
    thread.start()
    yield one, thread
    one._stop(0, None)
    proxy.answered = float("inf")
    thread.join()


def test_a_worker_ends_whatever_the_database_does(proxy, working):
    """It stands still while several threads wait for it, and for good."""
    one, thread = working
    until(lambda: one.heartbeat.number is not None)
    proxy.answered = 0
    until(lambda: proxy.ignored > 2)
    begun = time.monotonic()
    one._stop(0, None)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert time.monotonic() - begun < 10
    assert not one.timetable.thread.is_alive()


def test_a_worker_that_stops_asks_to_its_end(proxy, working, connect):
    """A database that answers hears that it has gone."""
    one, thread = working
    until(lambda: one.heartbeat.number is not None)
    alive = "SELECT count(*) FROM ledger.worker_heartbeats WHERE worker_number = %s"
    assert connect().execute(alive, [one.heartbeat.number]).fetchone() == (1,)
    one._stop(0, None)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert connect().execute(alive, [one.heartbeat.number]).fetchone() == (0,)


def test_a_beat_is_not_waited_for(app_url, monkeypatch):
    """For longer than it is believed it would be of no use."""
    app = create_app(app_url)
    beat = heartbeat.Heartbeat(app)
    asked = []
    fetch = db.sent

    def sent(pool, caller, *rest):
        asked.append(dict(caller.bounds)["statement_timeout"])
        return fetch(pool, caller, *rest)

    monkeypatch.setattr(db, "sent", sent)
    beat.start()
    beat.end()
    assert set(asked) == {"2000"}
    app.extensions["pool"].close()


def test_no_way_to_the_database(proxy):
    with running(proxy.url) as bank:
        account_id = bank.account()
        proxy.cut = "unsent"
        deposit(bank, account_id, "k")
        proxy.close()
        assert deposit(bank, account_id, "k").code == "database_unavailable"


# Limits


def test_no_connection_left_in_postgresql(login_url, connect, bank):
    account_id = bank.account()
    connection = connect()
    database = connection.info.dbname
    connection.execute(f"ALTER DATABASE {database} CONNECTION LIMIT 0")
    try:
        with running(login_url) as other:
            assert deposit(other, account_id, "k").code == "database_unavailable"
            connection.execute(f"ALTER DATABASE {database} CONNECTION LIMIT -1")
            assert deposit(other, account_id, "k").status == 200
    finally:
        connection.execute(f"ALTER DATABASE {database} CONNECTION LIMIT -1")
    assert bank.balance(account_id) == 1


@pytest.mark.parametrize("variable", TIMEOUTS)
def test_what_timed_out_is_settled_by_its_key(login_url, connect, bank, monkeypatch, variable):
    monkeypatch.setenv(variable, "0.1")
    account_id = bank.account()
    holder = connect(autocommit=False)
    holder.execute(
        "SELECT FROM ledger.accounts WHERE account_id = %s FOR NO KEY UPDATE", [account_id]
    )
    with running(login_url) as hasty:
        for _ in range(3):
            assert deposit(hasty, account_id, "k").code == TIMEOUTS[variable]
    holder.rollback()
    assert "Idempotent-Replayed" not in deposit(bank, account_id, "k").headers
    assert deposit(bank, account_id, "k").headers["Idempotent-Replayed"] == "true"
    assert bank.balance(account_id) == 1


def test_a_worker_is_told_to_stop_amid_being_told(app_url):
    """A signal comes between any two steps of the handler of another one, and of Python's locks."""
    one = worker.Worker(create_app(app_url), interval=1)
    locks = one.stopping._cond, one.ended._cond, one.timetable.stopping._cond

    def stop():
        with contextlib.ExitStack() as stack:
            for lock in locks:
                stack.enter_context(lock)
            one._stop(signal.SIGTERM, None)
            one._stop(signal.SIGTERM, None)

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert one.told.get_nowait() == signal.SIGTERM
