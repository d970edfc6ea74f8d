"""The demo bank: the same life for the same moment, none of it refused, thrown away whole."""

import contextlib
import json
import os
import random
import secrets
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dev.testbed import scratch_database
from pgteller.client import Direct
from pgteller.contract import FUNCTIONS
from pgteller.demo import ask, live
from pgteller.demo import ledger as demo_ledger
from pgteller.demo.businesses import ALL, LARGEST
from pgteller.demo.fill import BATCHED, Filler
from pgteller.demo.steps import Step
from pgteller.demo.story import Demo
from pgteller.embedded import desk as desks
from pgteller.embedded.desk import Desk
from pgteller.embedded.supervision import Program, keep_running
from pgteller.install import load
from pgteller.install.ledgers import ledgers, missing_roles
from pgteller.install.migrations import InstallError, connect
from pgteller.names import ROLES, Names
from pgteller.outside.run import verify
from pgteller.serving import Address
from pgteller.urls import with_parts
from tests.cli import pgteller

UNTIL = 1_795_873_648_391  # a Saturday afternoon
SMALL = Demo(UNTIL, customers=20, days=10)
NAMES = Names("demo")


def silent(done, of):
    """Nobody looks."""


def recent():
    return Demo(int(time.time() * 1000), customers=20, days=10)


def least():
    return Demo(int(time.time() * 1000), customers=16, days=7)


@pytest.fixture(scope="module")
def filled(server):
    """A database with a small demo beside a ledger of somebody's."""
    with scratch_database(server) as url:
        load(url)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("SELECT bank.create_account('alice')")
            db.execute("SELECT bank.deposit('alice', 700)")
        assert demo_ledger.have(url, NAMES, url, recent(), silent)
        try:
            yield url
        finally:
            demo_ledger.remove(url, NAMES)


@pytest.fixture
def db(filled):
    with psycopg.connect(filled, autocommit=True) as db:
        yield db


@pytest.fixture
def empty(server):
    """A database without a ledger, and without a demo at the end."""
    with scratch_database(server) as url:
        try:
            yield url
        finally:
            with contextlib.suppress(InstallError):
                demo_ledger.remove(url, Names("trial"))


# What is made up


@pytest.mark.shell
@pytest.mark.parametrize("demo", [SMALL, Demo(UNTIL)], ids=["small", "whole"])
def test_the_same_moment_gives_the_same_life(demo):
    assert repr(demo.steps()).encode() == repr(Demo(**vars(demo)).steps()).encode()


@pytest.mark.shell
def test_another_process_makes_up_the_same():
    """Whatever order its sets and hashes have."""
    code = (
        "import hashlib; from pgteller.demo.story import Demo; "
        f"print(hashlib.sha256(repr(Demo({UNTIL}, 20, 10).steps()).encode()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


@pytest.mark.shell
def test_it_is_as_large_as_a_small_bank():
    steps = Demo(UNTIL).steps()
    done = Counter(step.function for step in steps)
    assert 6000 <= sum(done[function] for function in BATCHED) <= 12_000
    assert 300 <= done["create_account"] <= 600
    paid = Counter(step.arguments.get("merchant_account_id") for step in steps)
    assert paid[LARGEST] > 1500
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert steps[-1].at <= UNTIL
    currencies = {step.arguments.get("currency") for step in steps}
    assert {"EUR", "USD", "GBP", "JPY", "KWD", "STARS"} <= currencies


@pytest.mark.shell
def test_it_calls_what_there_is_as_it_is_called():
    for step in Demo(UNTIL).steps():
        known = {*FUNCTIONS[step.function].arguments}
        assert {*step.arguments, *step.refers} <= known, step
        assert not {*step.arguments} & {*step.refers}, step


@pytest.mark.shell
def test_nothing_is_sent_anywhere():
    """Every webhook is paused in the moment in which it is made, and its name is nobody's."""
    steps = Demo(UNTIL).steps()
    made = {step.name for step in steps if step.function == "create_webhook"}
    paused = {step.refers["webhook_id"] for step in steps if step.function == "pause_webhook"}
    assert made == paused != set()
    for place, step in enumerate(steps):
        if step.function == "create_webhook":
            assert step.arguments["url"].split("/")[2].endswith(".example")
            assert steps[place + 1].refers == {"webhook_id": step.name}


@pytest.mark.shell
def test_all_addresses_are_of_nobody():
    for step in Demo(UNTIL).steps():
        if email := (step.arguments.get("metadata") or {}).get("email"):
            assert email.rpartition("@")[2].split(".")[-2:] in (
                ["example", "com"],
                ["example", "org"],
                ["example", "net"],
            )


@pytest.mark.shell
@pytest.mark.parametrize("size", [{"customers": 15}, {"days": 6}])
def test_too_small_a_life_is_none(size):
    with pytest.raises(ValueError, match="at least 16 customers and 7 days"):
        Demo(UNTIL, **size)


# What is posted


def counted(db, query):
    return dict(db.execute(query).fetchall())


def test_the_books_are_intact(filled, db):
    assert db.execute("SELECT bool_and(ok) FROM demo.verify_ledger()").fetchone() == (True,)
    assert verify(filled, names=NAMES, processes=1).as_json()["ok"]
    sums = Counter()
    for line in Direct(db, "demo").trial_balance()["lines"]:
        sums[line["currency"]] += line["balance"]
    assert {*sums.values()} == {0}
    assert {"EUR", "STARS", "USD"} <= {*sums}


def test_all_is_there_that_a_console_shows(db):
    statuses = "SELECT status, count(*) FROM demo_ledger.accounts WHERE account_id NOT LIKE '@%' "
    assert {*counted(db, statuses + "GROUP BY 1")} == {"active", "frozen", "blocked", "closed"}
    schedules = counted(db, "SELECT status, count(*) FROM demo_ledger.schedules GROUP BY 1")
    assert {"active", "cancelled"} <= {*schedules}
    cashbacks = "SELECT cashback_status, count(*) FROM demo_ledger.payments GROUP BY 1"
    assert {"pending", "deposited"} <= {*counted(db, cashbacks)}
    triggered = "SELECT triggered, count(*) FROM demo_ledger.monitors GROUP BY 1"
    assert {*counted(db, triggered)} == {True, False}
    keys = Direct(db, "demo").list_api_keys()["api_keys"]
    assert {key["role"] for key in keys} == {"teller", "operator", "auditor"}
    assert any(key["revoked_at"] for key in keys)
    hooks = Direct(db, "demo").list_webhooks()["webhooks"]
    assert {hook["status"] for hook in hooks} == {"paused"}
    assert all(hook["paused_reason"] for hook in hooks)
    collecting = "SELECT account_id FROM demo_ledger.accounts WHERE collecting"
    assert db.execute(collecting).fetchall() == [("biz:tradewinds-market/fees",)]
    proofs = {proof["kind"] for proof in Direct(db, "demo").list_proofs()["proofs"]}
    assert {"verification", "digest_handed_out"} <= proofs
    assert Direct(db, "demo").number_events() == {
        "numbered": 0,
        "newest": db.execute("SELECT max(event_id) FROM demo.events").fetchone()[0],
    }
    values = "SELECT count(*) FROM demo_ledger.ledger_transactions WHERE value_at <> timestamp"
    assert db.execute(values).fetchone()[0] > 0


def test_names_that_are_not_plain_are_there(db):
    for account_id in "cust:田中 さくら", "till/007", "joint: Ana & Luís":
        assert Direct(db, "demo").get_account(account_id)["status"] == "active"
    for business in ALL:
        about = Direct(db, "demo").get_account(business.account_id)["metadata"]
        assert about["name"] == business.name


def test_what_was_refused_was_really_asked(db):
    found = Direct(db, "demo").list_refusals(limit=100)["refusals"]
    assert {one["code"] for one in found} >= {
        "insufficient_funds",
        "account_frozen",
        "account_blocked",
        "account_closed",
        "currency_mismatch",
        "account_not_found",
    }
    now = time.time() * 1000
    assert all(now - 4 * 86_400_000 < one["refused_at"] < now for one in found)
    assert [one["refused_at"] for one in found] == sorted(one["refused_at"] for one in found)
    assert all(one["account_ids"] and one["route"] and one["actor"] for one in found)


@pytest.mark.first_server
def test_a_whole_one_is_posted_without_a_refusal(empty):
    """Filling it ends at the first that is refused and should not be, or the other way round."""
    names = Names("trial")
    assert demo_ledger.have(empty, names, empty, Demo(int(time.time() * 1000)), silent)
    with psycopg.connect(empty, autocommit=True) as db:
        assert db.execute("SELECT bool_and(ok) FROM trial.verify_ledger()").fetchone() == (True,)
        holds = counted(db, "SELECT status, count(*) FROM trial_ledger.holds GROUP BY 1")
        assert {*holds} == {"open", "captured", "released", "expired"}
        schedules = counted(db, "SELECT status, count(*) FROM trial_ledger.schedules GROUP BY 1")
        assert {*schedules} == {"active", "completed", "cancelled", "failed"}
        below = "SELECT count(*) FROM trial_ledger.accounts WHERE balance < 0"
        assert db.execute(below).fetchone()[0] >= 3


def test_what_is_refused_ends_it(filled, db):
    """A life that could not be is not passed over."""
    poor = [Step(int(time.time() * 1000), "withdraw", {"account_id": LARGEST, "amount": 10**12})]
    with pytest.raises(InstallError, match="was refused what it made up: insufficient_funds"):
        Filler(db, NAMES).post(poor, silent)


def test_life_goes_on(filled, db):
    bank = Direct(db, "demo")
    there = [*live.customers(bank)]
    assert 16 <= len(there) < 40
    kinds = "SELECT operation, count(*) FROM demo_ledger.ledger_transactions GROUP BY 1"
    before = counted(db, kinds)
    done = [live.live(bank, random.Random(seed), there) for seed in range(20)]
    assert True in done
    after = counted(db, kinds)
    assert (after["pay"] > before["pay"], after["transfer"] > before["transfer"]) == (True, True)


# The ledger


def test_once_it_is_there_it_stays(filled, db):
    legs = "SELECT count(*) FROM demo_ledger.ledger_transactions"
    before = db.execute(legs).fetchone()
    assert not demo_ledger.have(filled, NAMES, filled, recent(), silent)
    assert db.execute(legs).fetchone() == before


def test_what_was_broken_off_is_made_anew(empty):
    """Killed at any moment: what is there is marked as begun."""
    names = Names("trial")

    class Killed(BaseException):
        pass

    def kill(done, of):
        if done > of // 2:
            raise Killed

    with pytest.raises(Killed):
        demo_ledger.have(empty, names, empty, least(), kill)
    with connect(empty) as connection:
        assert demo_ledger.mark_of(connection, names) == demo_ledger.BEGUN
    assert demo_ledger.have(empty, names, empty, least(), silent)
    with psycopg.connect(empty) as db:
        assert db.execute("SELECT bool_and(ok) FROM trial.verify_ledger()").fetchone() == (True,)


def test_one_that_has_only_begun_to_be_installed_is_removed_too(empty):
    names = Names("trial")
    with connect(empty) as connection:
        demo_ledger._make(connection, names)
    assert demo_ledger.remove(empty, names)
    assert not demo_ledger.remove(empty, names)


def leftovers(db, names):
    schemas = [names.schema, names.engine, names.data]
    return (
        db.execute(demo_ledger.SCHEMAS, [schemas]).fetchall(),
        len(missing_roles(db, names)) == len(ROLES),
    )


@pytest.fixture(params=["superuser", "maker of roles"])
def admin(request, server, empty):
    """The URL of whoever installs: a superuser, or what managed PostgreSQL calls admin."""
    if request.param == "superuser":
        yield empty
        return
    name = f"admin_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x' CREATEROLE")
        db.execute(f"ALTER DATABASE {conninfo_to_dict(empty)['dbname']} OWNER TO {name}")
        try:
            yield with_parts(empty, user=name, password="x")
        finally:
            db.execute(f"ALTER DATABASE {conninfo_to_dict(empty)['dbname']} OWNER TO CURRENT_USER")
            db.execute(f"DROP ROLE {name}")


def test_nothing_is_left_and_nobody_else_is_touched(admin, empty):
    """Whoever depends on what is the demo's keeps it."""
    names = Names("trial")
    load(empty)
    with psycopg.connect(empty, autocommit=True) as db:
        db.execute("SELECT bank.create_account('alice')")
        assert demo_ledger.have(admin, names, admin, least(), silent)
        db.execute("CREATE TABLE kept AS SELECT 1 AS one")
        db.execute("ALTER TABLE kept OWNER TO trial_teller")
        with pytest.raises(InstallError, match="trial_teller"):
            demo_ledger.remove(admin, names)
        assert db.execute("SELECT count(*) > 0 FROM trial.legs").fetchone() == (True,)
        db.execute("DROP TABLE kept")
        assert demo_ledger.remove(admin, names)
        assert leftovers(db, names) == ([], True)
        assert db.execute("SELECT bool_and(ok) FROM bank.verify_ledger()").fetchone() == (True,)
        assert db.execute("SELECT balance FROM bank.get_account('alice')").fetchone() == (0,)
    with connect(empty) as connection:
        assert ledgers(connection) == ([Names()], [])


@pytest.mark.parametrize("do", ["have", "remove"])
def test_a_ledger_of_somebody_elses_is_left_alone(empty, do):
    """Be it empty, and be it called as the demo is."""
    names = Names("trial")
    load(empty, names)
    with psycopg.connect(empty, autocommit=True) as db:
        try:
            with pytest.raises(InstallError, match="The ledger trial was not made by"):
                if do == "have":
                    demo_ledger.have(empty, names, empty, least(), silent)
                else:
                    demo_ledger.remove(empty, names)
            assert Direct(db, "trial").list_accounts()["accounts"] == []
        finally:
            db.execute("DROP SCHEMA trial, trial_engine, trial_ledger CASCADE")
            db.execute("DROP ROLE trial_owner, trial_teller, trial_operator, trial_auditor")


def test_roles_of_somebody_elses_are_left_alone(empty):
    names = Names("trial")
    with psycopg.connect(empty, autocommit=True) as db:
        db.execute("CREATE ROLE trial_teller NOLOGIN")
        try:
            for do in demo_ledger.remove, lambda *of: demo_ledger.have(*of, empty, SMALL, silent):
                with pytest.raises(InstallError, match=r"The roles trial_[.]{3} were not made by"):
                    do(empty, names)
        finally:
            db.execute("DROP ROLE trial_teller")


def test_the_mark_of_another_database_is_none(server, filled):
    """Roles belong to the whole server, so a ledger that shares them is not the demo's."""
    with scratch_database(server) as other:
        load(other, NAMES)
        with pytest.raises(InstallError, match="The ledger demo was not made by"):
            demo_ledger.remove(other, NAMES)
    with connect(filled) as connection:
        assert demo_ledger.mark_of(connection, NAMES) == demo_ledger.FILLED


# The command


@pytest.mark.first_server
def test_the_command(empty):
    size = "--customers", "16", "--days", "7", "--schema", "trial"
    done = pgteller("demo", "--fill-only", "--lines", *size, url=empty)
    assert done.exit_code == 0, done.output
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert told[-1]["done"] == told[-1]["of"] > 300
    assert [one["done"] for one in told] == sorted(one["done"] for one in told)
    again = pgteller("demo", "--fill-only", *size, url=empty)
    assert "The demo is there: pgteller --schema trial status." in again.output
    found = pgteller("--schema", "trial", "verify", url=empty)
    assert found.output.endswith("The books are intact.\n")
    asked = pgteller("demo", "--remove", "--schema", "trial", url=empty)
    assert asked.exit_code == 2
    assert "This deletes the ledger trial" in asked.output
    removed = pgteller("demo", "--remove", "--yes", "--schema", "trial", url=empty)
    assert removed.output.endswith("The ledger trial is removed, with its roles.\n")
    nothing = pgteller("demo", "--remove", "--yes", "--schema", "trial", url=empty)
    assert nothing.output.endswith("There is no ledger trial: there is nothing to do.\n")


@pytest.mark.first_server
@pytest.mark.parametrize("until", ["2999-01-01T00:00:00Z", "2020-01-01T00:00:00Z"])
def test_a_moment_that_is_not_lately(empty, until):
    done = pgteller("demo", "--fill-only", "--until", until, url=empty)
    assert (done.exit_code, "no time of the last year" in done.output) == (2, True)


# Asking for it


TELLS = """
import sys
print("Applied 001", flush=True)
print('{"done": 3, "of": 9}', flush=True)
sys.stdin.readline()
print("the end", flush=True)
sys.exit(int(sys.argv[1]))
"""


class Office:
    """A desk, and what it is told to run, by hand instead of by a supervisor."""

    def __init__(self, folder, monkeypatch, status=0):
        self.served = []
        read, self.go = os.pipe()
        monkeypatch.setattr(desks.subprocess, "DEVNULL", read)
        command = [sys.executable, "-c", TELLS, str(status)]
        self.path = str(folder / "desk")
        self.desk = Desk(Path(self.path), "127.0.0.1", self.serve, command)

    def serve(self, address):
        self.served.append(address)
        return []

    def asked(self, word):
        """As a web server asks, with the desk hearing it in between."""
        with ThreadPoolExecutor(1) as thread, pytest.MonkeyPatch.context() as patch:
            patch.setenv(ask.VARIABLE, self.path)
            told = thread.submit(ask._ask, word)
            select.select([self.desk.socket], [], [])
            self.desk.hear(self.desk.socket.fileno())
            return told.result()

    def until(self, condition):
        while not condition():
            _, lines = self.desk.handles()
            self.desk.hear(lines)


@pytest.fixture
def office(tmp_path, monkeypatch):
    made = []

    def office(**options):
        made.append(Office(tmp_path, monkeypatch, **options))
        return made[-1]

    yield office
    for one in made:
        one.desk.close()


@pytest.mark.shell
def test_it_is_made_once_and_served(office):
    one = office()
    assert one.asked(ask.TELL) == {"state": "none"}
    assert one.asked(b"rm -rf /") == {"state": "none"}
    assert one.asked(ask.START) == {"state": "filling", "done": 0, "of": 0}
    pid = one.desk.filling.pid
    one.until(lambda: one.desk.state.get("of") == 9)
    assert one.asked(ask.TELL) == {"state": "filling", "done": 3, "of": 9}
    one.asked(ask.START)
    assert one.desk.filling.pid == pid
    os.write(one.go, b"\n")
    one.until(lambda: one.desk.filling is None)
    [address] = one.served
    assert one.asked(ask.TELL) == {"state": "filling", "done": 1, "of": 1}  # nobody listens yet
    with socket.create_server((address.host, address.port)):
        assert one.asked(ask.TELL) == {"state": "ready", "url": f"{address.url}/"}
    os.write(one.go, b"\n")
    one.asked(ask.START)
    one.until(lambda: one.desk.filling is None)
    assert one.served == [address]


@pytest.mark.shell
def test_why_it_could_not_be_made(office):
    one = office(status=2)
    os.write(one.go, b"\n")
    one.asked(ask.START)
    one.until(lambda: one.desk.filling is None)
    assert one.asked(ask.TELL) == {"state": "failed", "reason": "the end"}
    assert one.served == []
    # However odd and long it is, it comes as a whole.
    for character in "\0", "\N{PILE OF POO}":
        one.desk.state["reason"] = reason = character * desks.LONGEST_REASON
        assert one.asked(ask.TELL) == {"state": "failed", "reason": reason}
    assert one.asked(ask.START)["state"] == "filling"


@pytest.mark.shell
def test_who_asks_never_waits_for_long(tmp_path, monkeypatch):
    monkeypatch.delenv(ask.VARIABLE, raising=False)
    assert not ask.available()
    assert ask.start() == ask.progress() == {"state": "none"}
    silence = {"state": "failed", "reason": "pgteller run does not answer."}
    monkeypatch.setenv(ask.VARIABLE, str(tmp_path / "gone"))
    assert ask.available()
    assert ask.start() == silence
    monkeypatch.setenv(ask.VARIABLE, str(tmp_path / "deaf"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "deaf"))
        begun = time.monotonic()
        assert ask.progress() == silence
        assert ask.PATIENCE <= time.monotonic() - begun < 10 * ask.PATIENCE


@pytest.mark.shell
def test_what_is_no_answer_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv(ask.VARIABLE, str(tmp_path / "odd"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as odd, ThreadPoolExecutor(1) as thread:
        odd.bind(str(tmp_path / "odd"))
        for answer in b"", b'{"state": "rea', b"\xff":
            asked = thread.submit(ask.progress)
            _, [place], _, _ = socket.recv_fds(odd, 64, 1)
            os.write(place, answer)
            os.close(place)
            assert asked.result()["state"] == "failed"


@pytest.mark.shell
def test_who_does_not_hear_the_answer_holds_nobody_up(office):
    one = office()
    before = {*Path("/proc/self/fd").iterdir()}
    deaf = [*(one.detach() for one in socket.socketpair()), *os.pipe()]
    os.set_blocking(deaf[3], False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(deaf[3], b"." * 4096)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        asking.connect(one.path)
        for places in ([], [deaf[0]], [deaf[2]], [deaf[3]]) * 1000:  # one has no room, one no end
            socket.send_fds(asking, [ask.TELL], places)
            one.desk.hear(one.desk.socket.fileno())
    for end in deaf:
        os.close(end)
    one.desk.hear(one.desk.socket.fileno())  # nothing there
    assert {*Path("/proc/self/fd").iterdir()} == before
    assert one.asked(ask.TELL) == {"state": "none"}


@pytest.mark.shell
def test_the_supervisor_hears_it_and_runs_what_it_adds():
    """As `pgteller run` does: what the desk adds is started, and stopped like the others."""
    told, tell = os.pipe()
    services = []

    def serve(address):
        def start():
            os.write(tell, b".")  # which ends it, once this runs
            return subprocess.Popen([sys.executable, "-c", "input()"], process_group=0)

        return [Program("It", start)]

    with desks.desk(None, "127.0.0.1", serve) as (desk, variables):
        desk.command = [sys.executable, "-c", "pass"]
        desk.running = services
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
            asking.sendto(ask.START, variables[ask.VARIABLE])
            keep_running(services, told, desk)
        [program] = services
        program.stop()
        program.clear_away()
        assert isinstance(desk.address, Address)
        folder = Path(variables[ask.VARIABLE]).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(variables[ask.VARIABLE]) < 100
    assert not folder.exists()
