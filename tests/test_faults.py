"""The disk fills up, connections break, PostgreSQL restarts: nothing is lost, nothing done twice.

Whatever is not known to be done is settled by sending it again under its key. What a running
server's restarts, timeouts and full pools look like to a request is in test_database.py.
"""

import contextlib
import itertools
import resource
import select
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from pgteller.shell import create_app
from pgteller.urls import with_parts
from tests.http_helpers import Bank, fresh

PATIENCE = 60  # seconds until what must happen counts as not happening


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
        assert reply.code in ("database_unavailable", "outcome_unknown")
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
            status = deposit(bank, account_id, key).status
            (self.done if status == 200 else self.failed).add((account_id, key))

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
    """

    def __init__(self, folder, target):
        self.cut = None
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
            while request := client.recv(65536):
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


@pytest.mark.parametrize("setting", ["statement_timeout", "lock_timeout"])
def test_what_timed_out_is_settled_by_its_key(login_url, connect, bank, setting):
    account_id = bank.account()
    holder = connect(autocommit=False)
    holder.execute(
        "SELECT FROM ledger.accounts WHERE account_id = %s FOR NO KEY UPDATE", [account_id]
    )
    with running(with_parts(login_url, options=f"-c {setting}=20ms")) as hasty:
        for _ in range(3):
            assert deposit(hasty, account_id, "k").code == "database_unavailable"
    holder.rollback()
    assert "Idempotent-Replayed" not in deposit(bank, account_id, "k").headers
    assert deposit(bank, account_id, "k").headers["Idempotent-Replayed"] == "true"
    assert bank.balance(account_id) == 1
