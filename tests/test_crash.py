"""kill -9 in the middle of a load, which `make torture` does for longer, and of worse moments."""

import json

import psycopg
import pytest

from tests.crash import crash


@pytest.mark.timeout(300)
def test_what_was_acknowledged_survives_once(crash_server):
    tally = crash(crash_server, rounds=4)
    assert tally.kills == {"PostgreSQL": 2, "web server": 1, "both": 1}
    assert tally.digests == 4
    assert tally.unknown > 0, "nobody was interrupted, so nothing was tested"


@pytest.fixture
def lazy_server(crash_server):
    """Whose log reaches the disk when a commit waits for it, and hardly ever otherwise."""
    with psycopg.connect(crash_server.url(), autocommit=True) as db:
        db.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        db.execute("SELECT pg_reload_conf()")
        db.execute("SELECT bank.create_account('alice')")
        db.execute("SELECT bank.deposit('alice', 100)")
        db.execute("CHECKPOINT")  # the next number drawn is logged, with 32 more
    return crash_server


def check_after_a_crash(server, digest):
    """The digest still holds once the server was killed and has worked on, and so do the books."""
    server.kill()
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as db:
        for _ in range(5):
            db.execute("SELECT bank.deposit('alice', 3)")
        query = "SELECT ok, finding, account_id FROM bank.verify_digest(%s)"
        assert db.execute(query, [json.dumps(digest)]).fetchone() == (True, None, None)
        assert db.execute("SELECT * FROM bank.verify_ledger() WHERE NOT ok").fetchall() == []


def test_a_digest_after_numbers_that_the_disk_never_saw(lazy_server):
    """They are given again: no digest may count on them."""
    with psycopg.connect(lazy_server.url(), autocommit=True) as db:
        with db.transaction(force_rollback=True):
            db.execute("SELECT bank.deposit('alice', 1)")
        (digest,) = db.execute("SELECT bank.ledger_digest()").fetchone()
        assert digest["legs"] == 3  # that of @ledger too
        check_after_a_crash(lazy_server, digest)


@pytest.mark.parametrize("taker", ["on", "off"])
def test_a_digest_of_what_was_not_waited_for(lazy_server, taker):
    """A posting of a session that does not wait for the disk stays, once a digest has sealed it."""
    with psycopg.connect(lazy_server.url(), autocommit=True) as db:
        db.execute("SET synchronous_commit = off")
        db.execute("SELECT bank.deposit('alice', 1)")
        db.execute(f"SET synchronous_commit = {taker}")
        (digest,) = db.execute("SELECT bank.ledger_digest()").fetchone()
        assert digest["legs"] == 4
        assert db.execute("SHOW synchronous_commit").fetchone() == (taker,)
        check_after_a_crash(lazy_server, digest)


def test_a_standby_takes_no_digest(crash_server):
    """It does not know which transactions are at work."""
    crash_server.stop()
    (crash_server.data_dir / "standby.signal").touch()
    crash_server.start()
    with psycopg.connect(crash_server.url()) as db, pytest.raises(psycopg.Error) as refused:
        db.execute("SELECT bank.ledger_digest()")
    assert refused.value.sqlstate == "TL007"
    assert json.loads(refused.value.diag.message_detail)["value"] == "standby"
