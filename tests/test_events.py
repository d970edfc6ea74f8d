"""The stream of events: whoever reads on after the last one seen gets every leg exactly once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests import fuzz
from tests.http_helpers import T0, fresh, newest_event, wait_for_locks


def number(connection: psycopg.Connection) -> None:
    """Number what is new, as the worker does."""
    query = "SELECT numbered FROM bank.number_events(5)"
    while connection.execute(query).fetchone() != (0,):
        pass


class Reader:
    """Follows the stream from where it is now, and keeps what it got of certain accounts."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        number(connection)
        while self._page(1000):
            pass
        self.got: list[tuple[str, int]] = []

    after = 0

    def _page(self, limit: int) -> list[tuple[int, str, int]]:
        query = "SELECT event_id, account_id, version FROM bank.list_events(%s, %s)"
        page = self.connection.execute(query, [self.after, limit]).fetchall()
        assert [row[0] for row in page] == [self.after + n + 1 for n in range(len(page))]
        if page:
            self.after = page[-1][0]
        return page

    def news(self) -> list[tuple[str, int]]:
        """What has come: (account_id, version), in the order of its coming."""
        number(self.connection)
        return self.numbered()

    def numbered(self) -> list[tuple[str, int]]:
        """The same of what others have numbered."""
        found: list[tuple[str, int]] = []
        while page := self._page(7):
            found += [row[1:] for row in page]
        self.got += found
        return found


@pytest.fixture
def reader(connect):
    return Reader(connect())


@pytest.fixture
def opened(db, reader):
    """Opens accounts, of which the reader knows."""

    def opened(name: str, collecting: bool = False) -> str:
        account_id = fresh(name)
        db.execute('SELECT bank.create_account_at(%s, "timestamp" => %s)', [account_id, T0])
        db.execute("SELECT bank.deposit(%s, 1000, %s)", [account_id, T0])
        if collecting:
            db.execute("SELECT FROM bank.set_collecting(%s, true)", [account_id])
        reader.news()
        return account_id

    return opened


def deposit(connection: psycopg.Connection, account_id: str) -> int:
    query = "SELECT (bank.deposit(%s, 1)).transaction_id"
    (transaction_id,) = connection.execute(query, [account_id]).fetchone()
    return transaction_id


def gap_of(connection: psycopg.Connection, transaction_id: int) -> tuple | None:
    query = "SELECT first_id FROM ledger.event_gaps WHERE %s::bigint <@ transaction_ids"
    return connection.execute(query, [transaction_id]).fetchone()


def test_a_transaction_that_commits_late_is_not_missed(db, connect, reader, opened):
    slow, fast = opened("slow"), opened("fast")
    late = connect(autocommit=False)
    held = deposit(late, slow)
    for version in 3, 4:
        assert deposit(db, fast) > held
        assert reader.news() == [(fast, version)]
    assert gap_of(db, held)
    late.commit()
    assert reader.news() == [(slow, 3)]
    assert reader.news() == []
    assert not gap_of(db, held)


def test_an_xid_above_all_that_have_ended_is_waited_for(db, connect, reader, opened):
    """A snapshot's xmax is one above the newest xid that has ended, not above the newest."""
    slow, fast = opened("slow"), opened("fast")
    early, late = connect(autocommit=False), connect(autocommit=False)
    early.execute("SELECT pg_current_xact_id()")
    held = deposit(late, slow)
    deposit(early, fast)
    early.commit()
    assert reader.news() == [(fast, 3)]
    for _ in range(3):
        assert reader.news() == []
        assert gap_of(db, held)
    late.commit()
    assert reader.news() == [(slow, 3)]


def test_a_transaction_that_never_commits_is_forgotten(db, connect, reader, opened):
    slow, fast = opened("slow"), opened("fast")
    aborted = connect(autocommit=False)
    held = deposit(aborted, slow)
    deposit(db, fast)
    assert reader.news() == [(fast, 3)]
    assert gap_of(db, held)
    aborted.rollback()
    assert reader.news() == []
    assert not gap_of(db, held)
    deposit(db, slow)
    assert reader.news() == [(slow, 3)]


def test_who_has_written_leaves_it_to_another_to_tell_whom_to_wait_for(db, connect, reader, opened):
    slow, fast, own = opened("slow"), opened("fast"), opened("own")
    other = connect(autocommit=False)
    deposit(other, own)
    late = connect(autocommit=False)
    held = deposit(late, slow)
    deposit(db, fast)
    other.execute("SELECT bank.number_events()")
    other.commit()
    assert reader.news() == [(own, 3), (fast, 3)]
    assert gap_of(db, held)
    late.commit()
    assert reader.news() == [(slow, 3)]


def test_readers_number_nothing_and_hold_nobody_up(db, connect, reader, opened):
    one = opened("one")
    for mode in "", "READ ONLY", "ISOLATION LEVEL REPEATABLE READ", "ISOLATION LEVEL SERIALIZABLE":
        auditor = connect()
        auditor.execute("SET ROLE bank_auditor")
        auditor.execute(f"BEGIN {mode}")
        deposit(db, one)
        query = "SELECT account_id FROM bank.list_events(%s)"
        assert auditor.execute(query, [reader.after]).fetchall() == []
        assert [account_id for account_id, _ in reader.news()] == [one]
        auditor.execute("COMMIT")


def test_who_finds_another_numbering_waits_for_nobody(db, connect, reader, opened):
    one = opened("one")
    numbering = connect(autocommit=False)
    deposit(db, one)
    (numbered,) = numbering.execute("SELECT numbered FROM bank.number_events()").fetchone()
    assert numbered == 1
    assert reader.news() == []
    numbering.rollback()
    assert reader.news() == [(one, 3)]


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_every_isolation_numbers(db, connect, reader, opened, isolation):
    one, slow = opened("one"), opened("slow")
    own = connect()
    own.execute(f"SET default_transaction_isolation = '{isolation}'")
    late = connect(autocommit=False)
    held = deposit(late, slow)
    deposit(db, one)
    number(own)
    assert reader.numbered() == [(one, 3)]
    assert gap_of(db, held)
    late.commit()
    number(own)
    assert reader.numbered() == [(slow, 3)]
    assert not gap_of(db, held)


def test_a_snapshot_older_than_anothers_numbering_is_told_so(db, connect, reader, opened):
    one = opened("one")
    old = connect(autocommit=False)
    old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    deposit(db, one)
    old.execute("SELECT count(*) FROM bank.list_events()")
    assert reader.news() == [(one, 3)]
    with pytest.raises(psycopg.errors.SerializationFailure):
        old.execute("SELECT bank.number_events()")
    old.rollback()
    deposit(db, one)
    assert reader.news() == [(one, 4)]


def test_gaps_that_nothing_can_have_filled_are_not_looked_into(db, connect, reader, opened):
    slow, fast = opened("slow"), opened("fast")
    late = connect(autocommit=False)
    held = deposit(late, slow)
    aborted = connect(autocommit=False)
    for _ in range(20):
        deposit(aborted, fast)
        aborted.rollback()
        deposit(db, fast)
    assert reader.news() == [(fast, version) for version in range(3, 23)]
    query = """
        SELECT count(*), sum((SELECT sum(upper(i) - lower(i)) FROM unnest(transaction_ids) AS i)),
            array_agg(xmin::text ORDER BY first_id)
        FROM ledger.event_gaps
    """
    rows, ids, writers = db.execute(query).fetchone()
    assert (rows <= 5, ids) == (True, 21)  # a row per run, not one per id
    for version in range(23, 26):
        deposit(db, fast)
        assert reader.news() == [(fast, version)]
    assert db.execute(query).fetchone() == (rows, ids, writers)  # nobody wrote there
    assert gap_of(db, held)
    late.commit()
    assert reader.news() == [(slow, 3)]
    assert db.execute("SELECT count(*) FROM ledger.event_gaps").fetchone() == (0,)


def test_what_is_committed_amid_a_run_comes_in_order(db, connect, reader, opened, database_url):
    """A leg that nobody waited for any more came before the one that it follows."""
    slow, fast = opened("slow"), opened("fast")
    late, holder = connect(autocommit=False), connect(autocommit=False)
    deposit(late, slow)
    deposit(db, fast)
    assert reader.news() == [(fast, 3)]
    holder.execute("LOCK TABLE ledger.event_sequencer IN ACCESS EXCLUSIVE MODE")
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database_url, autocommit=True) as other:
        numbering = pool.submit(other.execute, "SELECT bank.number_events()")
        wait_for_locks(db, 1)
        late.commit()
        deposit(db, slow)
        holder.rollback()
        numbering.result()
    assert reader.news() == [(slow, 3), (slow, 4)]


def test_credits_folded_late_are_not_missed(db, reader, opened):
    shop, payer = opened("shop", collecting=True), opened("payer")
    pay = "SELECT bank.transfer(%s, %s, 1)"
    for _ in range(2):
        db.execute(pay, [payer, shop])
    assert reader.news() == [(payer, 3), (payer, 4)]
    deposit(db, payer)
    assert reader.news() == [(payer, 5)]
    db.execute("SELECT bank.withdraw(%s, 1)", [shop])
    assert reader.news() == [(shop, 4), (shop, 5), (shop, 6)]


def test_many_writers_and_readers(db, connect, reader, opened, database_url):
    accounts = [opened("busy") for _ in range(4)] + [opened("shop", collecting=True)]
    reader.got.clear()
    done = threading.Event()
    write = "SELECT bank.transfer(%s, %s, 1)"

    def work(number: int) -> int:
        """How many transfers it has committed."""
        rng = fuzz.dice(__name__, number)
        committed = 0
        with psycopg.connect(database_url) as connection:
            for _ in range(60):
                source, target = rng.sample(accounts, 2)
                written = False
                try:
                    connection.execute(write, [source, target])
                    if rng.random() < 0.3:  # holds its locks, so never two such in byte disorder
                        connection.execute("SELECT bank.number_events(7)")
                    written = True
                except psycopg.DatabaseError:
                    connection.rollback()
                if rng.random() < 0.3:
                    connection.rollback()
                else:
                    connection.commit()
                    committed += written
        return committed

    def read(own: Reader) -> None:
        while not done.is_set():
            own.news()

    readers = [reader, Reader(connect()), Reader(connect())]
    with ThreadPoolExecutor(6) as pool:
        reading = [pool.submit(read, each) for each in readers[1:]]
        writing = [pool.submit(work, number) for number in range(4)]
        try:
            committed = sum(each.result() for each in writing)
            db.execute("SELECT bank.withdraw(%s, 1)", [accounts[-1]])
        finally:
            done.set()
        for each in reading:
            each.result()
    for each in readers:
        each.news()
    assert readers[0].got == readers[1].got == readers[2].got
    assert len(reader.got) >= 2 * committed > 0
    for account_id in accounts:
        versions = [version for other, version in reader.got if other == account_id]
        query = "SELECT version FROM ledger.accounts WHERE account_id = %s"
        (newest,) = db.execute(query, [account_id]).fetchone()
        # Opened, given money and, the last one, made to collect: of that the reader knew.
        known = 3 if account_id == accounts[-1] else 2
        assert versions == list(range(known + 1, newest + 1))
    assert db.execute("SELECT count(*) FROM ledger.event_gaps").fetchone() == (0,)


def test_over_http(bank, db):
    after = newest_event(db)
    one = bank.account(balance=100)
    bank.post("/payments", account_id=one, amount=50, metadata={"order": 7})
    assert bank.get("/events", after=after)["events"] == []
    numbering = bank.post("/events/numberings")
    assert numbering.body == {"numbered": 3, "newest": after + 3}
    page = bank.get("/events", after=after, limit=2)
    assert [event["type"] for event in page["events"]] == ["open", "deposit"]
    assert page["next"] == page["events"][-1]["event_id"] == after + 2
    page = bank.get("/events", after=page["next"])
    (event,) = page["events"]
    assert page["next"] is None
    assert (event["type"], event["account_id"], event["version"]) == ("pay", one, 3)
    assert (event["amount"], event["balance_after"], event["metadata"]) == (-50, 50, {"order": 7})
    line = bank.history(one)[-1]
    assert {name: event[name] for name in event if name in line} == {
        name: line[name] for name in line if name in event
    }


def test_over_http_a_cursor_must_be_a_number(bank):
    bank.account()
    bank.post("/events/numberings")
    for after in "x", "1.5", "-5", "9" * 30:
        reply = bank.get("/events", after=after)
        assert (reply.status, reply.code) == (422, "invalid_request")
    assert bank.get("/events", after=0, limit=1)["events"][0]["event_id"] == 1
