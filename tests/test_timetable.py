"""The worker's timetable: what is proved, when, by whom, and what becomes of digests."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dev import PROJECT
from pgteller import proofs
from pgteller.embedded.database import create_web_role
from pgteller.pool import Pool
from pgteller.shell import create_app
from pgteller.worker import digests
from pgteller.worker import timetable as timetable_module
from pgteller.worker.timetable import Plan, Timetable
from tests.cli import pgteller

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = pytest.mark.first_server

DAY = 86400


@pytest.fixture
def ledger(new_ledger):
    """A ledger of the test's own: its administrator's connection, and the worker's URL."""
    with new_ledger() as url, psycopg.connect(url, autocommit=True) as db:
        db.execute("SELECT bank.create_account('alice')")
        db.execute("SELECT bank.deposit('alice', 500)")
        yield db, create_web_role(url)


def timetable(url, *plan):
    return Timetable(Pool(url, 1, 5.0), Plan(*plan))


def kept(db):
    query = "SELECT kind, violations, finding FROM bank.list_proofs() WHERE ended_at IS NOT NULL"
    return db.execute(query).fetchall()


def db_url(db):
    return make_conninfo(**db.info.get_parameters() | {"password": db.info.password})


def another_day(db):
    db.execute("UPDATE ledger.proofs SET begun_at = 0")


def tamper(db):
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        db.execute(
            "UPDATE ledger.ledger_transactions SET amount = 5000 WHERE operation = 'deposit'"
        )


def test_two_workers_at_once_verify_once(ledger):
    db, url = ledger
    workers = [timetable(url, DAY) for _ in range(2)]
    gate = threading.Barrier(2)

    def look(worker):
        gate.wait()
        assert worker.look()

    threads = [threading.Thread(target=look, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(db) == [("verification", 0, None)]
    for worker in workers:
        worker.stop()


def test_two_worker_processes_verify_once(ledger):
    db, url = ledger
    variables = os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "INFO", "VERIFY_EVERY": "1d"}
    command = [sys.executable, "-m", "pgteller", "worker", "--interval", "0.05"]
    workers = [
        subprocess.Popen(command, cwd=PROJECT, env=variables, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    alive = "SELECT count(*) FROM ledger.worker_heartbeats"
    deadline = time.monotonic() + 60
    while not kept(db) or db.execute(alive).fetchone() != (2,):
        assert time.monotonic() < deadline
    for worker in workers:
        worker.terminate()
    logs = "".join(worker.communicate()[1] for worker in workers)
    assert [worker.returncode for worker in workers] == [0, 0]
    assert logs.count("the books are intact") == 1
    assert db.execute("SELECT count(*) FROM ledger.proofs").fetchone() == (1,)


def test_the_log_says_what_a_worker_does_and_that_it_ends(ledger, tmp_path):
    """First on which ledger, under which name, and what by the clock; last that it stops."""
    _, url = ledger
    (folder := tmp_path / "digests").mkdir()
    variables = os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "INFO", "DIGEST_DIR": str(folder)}
    variables |= {"VERIFY_EVERY": "0", "DIGEST_EVERY": "2h"}
    command = [sys.executable, "-m", "pgteller", "worker"]
    with subprocess.Popen(
        command, cwd=PROJECT, env=variables, stderr=subprocess.PIPE, text=True
    ) as worker:
        first = json.loads(worker.stderr.readline())
        for line in worker.stderr:
            if "a digest was taken" in line:
                break
        worker.terminate()
        last = json.loads(worker.stderr.read().splitlines()[-1])
    assert worker.returncode == 0
    assert (first["message"], first["logger"], first["ledger"]) == (
        "starts", "pgteller.worker", "bank",
    )  # fmt: skip
    assert first["version"] == first["ledger_version"]
    assert first["worker"].endswith(f"/{worker.pid}")
    planned = first["once"], first["verify_every"], first["digest_every"], first["digest_dir"]
    assert planned == (False, 0, 7200, str(folder))
    assert len([*folder.iterdir()]) == 1
    assert (last["message"], last["worker"]) == ("stops", first["worker"])


def test_an_option_goes_before_the_environment(ledger, tmp_path, monkeypatch):
    """And a folder that is not there is said at once, whoever names it."""
    _, url = ledger
    told = []
    monkeypatch.setattr("pgteller.worker.Worker.run", lambda self: told.append(self.timetable))
    pgteller("worker", url=url, DIGEST_DIR=str(tmp_path))
    pgteller("worker", "--digest-dir", str(PROJECT), url=url, DIGEST_DIR=str(tmp_path))
    assert [one.plan.digests for one in told] == [tmp_path, PROJECT]
    for options, variables in (
        ((), {"DIGEST_DIR": "/nowhere/at/all"}),
        (("--digest-dir", "/nowhere/at/all"), {}),
    ):
        done = pgteller("worker", *options, url=url, **variables)
        assert done.exit_code == 2
        assert "/nowhere/at/all" in done.output
    assert len(told) == 2


def test_it_comes_again(ledger):
    db, url = ledger
    worker = timetable(url, DAY)
    assert worker.look()
    assert worker.look()
    assert len(kept(db)) == 1
    another_day(db)
    assert worker.look()
    assert len(kept(db)) == 2
    worker.stop()


def test_what_is_wrong_is_kept_and_told(ledger, caplog):
    db, url = ledger
    tamper(db)
    worker = timetable(url, DAY)
    assert worker.look()
    ((kind, violations, finding),) = kept(db)
    assert kind == "verification"
    assert violations > 0
    assert "hashes_recompute" in finding
    (record,) = [one for one in caplog.records if one.message == "the books are not intact"]
    assert record.levelname == "ERROR"
    found = db.execute("SELECT bank.ledger_metrics() -> 'proofs'").fetchone()[0]
    assert {"verification": False}.items() <= {one["kind"]: one["clean"] for one in found}.items()
    assert "NOT clean" in pgteller("status", url=db.info.dsn).output
    worker.stop()


def test_digests_are_kept(ledger, tmp_path):
    db, url = ledger
    worker = timetable(url, 0, 3600, tmp_path)
    assert worker.look()
    assert worker.look()
    (first,) = tmp_path.iterdir()
    assert first.name.startswith("bank-digest-2")
    assert kept(db) == [("digest", None, None)]
    content = first.read_bytes()
    query = "SELECT sha256 FROM bank.list_proofs()"
    assert db.execute(query).fetchone() == (hashlib.sha256(content).hexdigest(),)
    verified = "SELECT ok FROM bank.verify_digest(%s)"
    assert db.execute(verified, [content.decode()]).fetchone() == (True,)
    db.execute("SELECT bank.deposit('alice', 1)")
    another_day(db)
    assert worker.look()
    assert first.read_bytes() == content
    assert len([*tmp_path.iterdir()]) == 2
    assert kept(db)[-1] == ("digest", 0, None)
    worker.stop()


def test_a_history_that_differs(ledger, tmp_path, caplog):
    """It is told each time until somebody looks into it, not only once."""
    db, url = ledger
    worker = timetable(url, 0, 3600, tmp_path)
    assert worker.look()
    (first,) = tmp_path.iterdir()
    tamper(db)
    for taken in 1, 2:
        another_day(db)
        assert worker.look()
        (kind, violations, finding) = kept(db)[-1]
        assert (kind, violations) == ("digest", 1)
        assert finding.startswith(f"{first.name}: ")
        differing = [one for one in tmp_path.iterdir() if one.stem.endswith(digests.DIFFERS)]
        assert len(differing) == taken
    messages = [one.message for one in caplog.records if one.levelname == "ERROR"]
    assert messages == ["the history differs from a digest"] * 2
    found = db.execute("SELECT bank.ledger_metrics() -> 'proofs'").fetchone()[0]
    assert [one["clean"] for one in found if one["kind"] == "digest"] == [False]
    worker.stop()


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', "\x00", "null"])
def test_a_digest_that_is_none(ledger, tmp_path, content):
    db, url = ledger
    file = tmp_path / "bank-digest-2020-01-01T000000.000Z.json"
    file.write_text(content)
    worker = timetable(url, 0, 3600, tmp_path)
    assert worker.look()
    assert kept(db) == [("digest", 1, f"{file.name}: no digest")]
    assert file.read_text() == content
    worker.stop()


def test_a_folder_that_cannot_be_written_to(ledger, tmp_path, caplog):
    """A file in its place, since root may write everywhere."""
    db, url = ledger
    place = tmp_path / "place"
    place.touch()
    worker = timetable(url, DAY, 3600, place)
    assert not worker.look()
    assert kept(db)[0] == ("verification", 0, None)
    kind, violations, finding = kept(db)[1]
    assert (kind, violations) == ("digest", None)
    assert "Not a directory" in finding
    assert [one.message for one in caplog.records] == ["it could not be done"]
    place.unlink()
    place.mkdir()
    assert worker.look()  # at once, as the last one counts for nothing
    assert len([*place.iterdir()]) == 1
    worker.stop()


def test_no_digest_takes_the_place_of_another(tmp_path):
    folder = digests.Folder(tmp_path, "bank")
    digest = json.dumps({"timestamp": 1_700_000_000_000, "a": 1}).encode()
    file, _ = folder.keep(digest, differs=False)
    with pytest.raises(FileExistsError):
        folder.keep(json.dumps({"timestamp": 1_700_000_000_000, "a": 2}).encode(), differs=False)
    assert [*tmp_path.iterdir()] == [file]
    assert file.read_bytes() == digest + b"\n"


def test_a_database_that_goes_away(ledger, caplog):
    db, _ = ledger
    worker = timetable("postgresql:///none?host=/nonexistent", DAY)
    assert not worker.look()
    assert "it could not be done" in [one.message for one in caplog.records]
    assert kept(db) == []
    worker.stop()


def test_timeouts_do_not_cut_it(ledger):
    db, url = ledger
    with psycopg.connect(url) as web:
        login = web.info.user
    db.execute(f"ALTER ROLE {login} SET statement_timeout = '1ms'")
    worker = timetable(url, DAY)
    try:
        assert worker.look()
    finally:
        db.execute(f"ALTER ROLE {login} RESET statement_timeout")
    assert kept(db) == [("verification", 0, None)]
    worker.stop()


def test_it_is_broken_off_at_the_end(ledger):
    """However long a verification goes on."""
    db, url = ledger
    with db.transaction():
        db.execute("LOCK TABLE ledger.ledger_transactions")
        worker = timetable(url, DAY)
        worker.start()
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        deadline = time.monotonic() + 30
        while not db.execute(query).fetchone()[0]:
            assert time.monotonic() < deadline
        worker.stop()
    assert not worker.thread.is_alive()
    assert db.execute("SELECT clean, ended_at IS NULL FROM ledger.proofs").fetchone()[0] is None


def test_a_server_that_stands_still_does_not_hold_up_the_end(ledger, monkeypatch):
    db, url = ledger
    monkeypatch.setattr(timetable_module, "GRACE", 0.2)
    with db.transaction():
        db.execute("LOCK TABLE ledger.ledger_transactions")
        worker = timetable(url, DAY)
        worker.start()
        query = "SELECT pid FROM pg_locks WHERE NOT granted"
        deadline = time.monotonic() + 30
        while not (waiting := db.execute(query).fetchone()):
            assert time.monotonic() < deadline
        os.kill(waiting[0], signal.SIGSTOP)
        try:
            worker.stop()
        finally:
            os.kill(waiting[0], signal.SIGCONT)
    assert not worker.thread.is_alive()


def test_commands_are_kept_too(ledger):
    db, url = ledger
    assert pgteller("verify", url=url).exit_code == 0
    assert pgteller("digest", "take", "--json", url=url).exit_code == 0
    assert kept(db) == [("verification", 0, None), ("digest", None, None)]


def test_commands_that_fail_do_not_count_as_going_on(ledger):
    """Or no worker would do it until they are lost."""
    db, url = ledger
    done = pgteller("digest", "take", "--patience", "-1", url=url)
    assert done.exit_code == 1
    assert "invalid_argument" in done.output
    tamper(db)
    db.execute("DROP FUNCTION bank.verify_ledger() CASCADE")
    assert pgteller("verify", url=url).exit_code == 2
    query = "SELECT kind, ended_at IS NULL, clean, left(finding, 8) FROM ledger.proofs ORDER BY 1"
    assert db.execute(query).fetchall() == [
        ("digest", False, None, "invalid_"),
        ("verification", False, None, "function"),
    ]


def test_digests_that_were_handed_out(ledger):
    """By HTTP and by SQL; they count by themselves, and not for the worker's timetable."""
    db, url = ledger
    app = create_app(url)
    answer = app.test_client().post("/ledger/digests", json={})
    assert answer.status_code == 200
    by_sql = db.execute("SELECT d::text FROM bank.ledger_digest() AS d").fetchone()[0]
    query = "SELECT kind, clean, actor, sha256 FROM bank.list_proofs('digest_handed_out')"
    assert db.execute(query).fetchall() == [
        ("digest_handed_out", None, actor, hashlib.sha256(text + b"\n").hexdigest())
        for actor, text in (
            (conninfo_to_dict(url)["user"], answer.data),
            (db.info.user, by_sql.encode()),
        )
    ]
    told = pgteller("status", url=db_url(db)).output
    assert re.search("last digest kept +none that is known", told)
    assert re.search("last one handed out +[0-9]+ s ago; whether it was kept is not known", told)
    text = app.test_client().get("/metrics").text
    assert 'pgteller_proof_age_seconds{kind="digest_handed_out"}' in text
    assert 'pgteller_proof_age_seconds{kind="digest"}' not in text
    app.extensions["pool"].close()


def test_a_worker_takes_its_own_all_the_same(ledger, tmp_path):
    """And notes it once."""
    db, url = ledger
    db.execute("SELECT bank.ledger_digest()")
    worker = timetable(url, 0, DAY, tmp_path)
    assert worker.look()
    worker.stop()
    assert [kind for kind, *_ in kept(db)] == ["digest_handed_out", "digest"]


def test_status_says_what_was_found(ledger, tmp_path):
    db, url = ledger

    def told():
        return re.sub(" +", " ", pgteller("status", url=db_url(db)).output)

    assert "last verification none that is known" in told()
    worker = timetable(url, DAY, DAY, tmp_path)
    assert worker.look()
    assert re.search("last verification [0-9]+ s ago, clean\n", told())
    assert re.search("last digest kept [0-9]+ s ago; none was compared with another\n", told())
    another_day(db)
    assert worker.look()
    compared = "last digest kept [0-9]+ s ago; the history is that of the one before\n"
    assert re.search(compared, told())
    another_day(db)
    tamper(db)
    assert worker.look()
    worker.stop()
    assert re.search("last verification [0-9]+ s ago, NOT clean: .*hashes_recompute", told())
    differs = "last digest kept [0-9]+ s ago; NOT clean, the history differs: bank-digest-.*json: "
    assert re.search(differs, told())
    db.execute("UPDATE ledger.proofs SET ended_at = ended_at - 7500000")
    assert "last verification 2 h ago, NOT clean: " in told()
    proofs_told = json.loads(pgteller("status", "--json", url=db_url(db)).output)["proofs"]
    assert {one["kind"]: one["clean"] for one in proofs_told} == {
        "digest": False, "digest_handed_out": None, "verification": False,
    }  # fmt: skip
    assert [one["finding"] is None for one in proofs_told] == [False, True, False]


def test_one_that_could_not_be_done_hides_no_finding(ledger):
    """Status tells of the last that looked at anything, and a clean one clears it."""
    db, url = ledger

    def status():
        return pgteller("status", url=db_url(db)).output

    with Pool(url, 1, 5.0).connection() as connection:

        def ask(statement, arguments):
            return connection.sender.value(timetable_module.QUICK, statement, arguments)

        for outcome in {"violations": 1, "finding": "some_check"}, {"finding": "it was away"}:
            proofs.finish(ask, proofs.begin(ask, proofs.VERIFICATION), **outcome)
        assert "NOT clean: some_check\n" in status()
        proofs.finish(ask, proofs.begin(ask, proofs.VERIFICATION), violations=0)
        assert re.search("last verification +[0-9]+ s ago, clean\n", status())


def test_a_login_that_may_not_say_so(ledger):
    db, url = ledger
    with psycopg.connect(url) as web:
        login = web.info.user
    db.execute(f"REVOKE bank_operator FROM {login}")
    try:
        assert pgteller("verify", url=url).exit_code == 0
    finally:
        db.execute(f"GRANT bank_operator TO {login}")
    assert db.execute("SELECT count(*) FROM ledger.proofs").fetchone() == (0,)
    assert proofs.outcome({"checks": []}) == {"violations": 0, "checks": "[]"}
