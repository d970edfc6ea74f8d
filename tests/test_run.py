"""`make run` on the embedded server, in a copy of the project: as whom, how it dies, how it stops.

A copy under pytest's folders is closed to every user but the one who runs the tests, as a project
in a home is.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest

from dev import PROJECT
from pgteller.demo import ask
from pgteller.embedded.programs import as_user, server_user
from pgteller.urls import parts_of
from tests.drills import machines
from tests.drills.machines import children

SMALL_DEMO = ("demo", "--customers", "16", "--days", "7")
PATIENCE = 60  # seconds until what must happen counts as not happening


class Project:
    """A copy of the project, and what runs there."""

    def __init__(self, folder):
        self.folder = folder
        for name in "web", "sql":
            shutil.copytree(PROJECT / name, folder / name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        given = "DATABASE_URL", "DATABASE_ADMIN_URL", "MAKELEVEL"
        self.variables = {name: value for name, value in os.environ.items() if name not in given}
        self.variables |= {"PORT": str(self.port), "PYTHONPATH": str(folder / "web")}

    def do(self, *arguments, url=None, **options):
        """Run a command to its end; `url` is that of a database somebody has named."""
        command = [sys.executable, "-m", "pgteller", *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables | ({"DATABASE_URL": url} if url else {}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **options,
        )

    @contextlib.contextmanager
    def running(self, *before, does=("run",), **variables):
        """`make run`, once it answers; `before` is a command that starts what comes after it."""
        command = [*before, sys.executable, "-m", "pgteller", *does]
        with (
            tempfile.TemporaryFile("w+") as said,
            subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.variables | variables,
                stdout=said,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            self.said = lambda: os.pread(said.fileno(), 100_000, 0).decode()
            try:
                self.wait_until_healthy()
                yield process
            finally:
                process.terminate()

    def healthy(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True

    def wait_until_healthy(self):
        wait_until(self.healthy, self.said)

    def url(self):
        return self.do("embedded", "url").stdout.strip()

    def home(self):
        """Where its server is."""
        return Path(parts_of(self.url())["passfile"]).parent


def wait_until(condition, said=str):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, said()
        time.sleep(0.02)
    return found


@contextlib.contextmanager
def copied(folder):
    """The project there, until the block ends."""
    project = Project(folder)
    try:
        yield project
    finally:
        project.do("embedded", "remove", "--yes")
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Where nobody else can read it."""
    with copied(tmp_path_factory.mktemp("project")) as project:
        yield project


@pytest.fixture
def open_project():
    """Where everybody can."""
    folder = Path(tempfile.mkdtemp(prefix="pgteller-", dir="/tmp"))
    folder.chmod(0o755)
    with copied(folder) as project:
        yield project


def named(pid, word):
    """The processes that came of `pid` whose command line has the word."""
    found = []
    for one in children(pid):
        with contextlib.suppress(OSError):
            if word in Path(f"/proc/{one}/cmdline").read_bytes().decode().split("\0"):
                found.append(one)
    return found


@contextlib.contextmanager
def all_end(pids):
    """Every one of them has ended some time after the block."""
    handles = [os.pidfd_open(pid) for pid in pids]
    yield
    for handle in handles:
        assert select.select([handle], [], [], PATIENCE)[0], "it is still there"
        os.close(handle)


def status(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("where", ["project", "open_project"])
def test_as_whom_it_runs(where, request):
    project = request.getfixturevalue(where)
    with project.running() as run:
        url = project.url()
        password = psycopg.connect(url).info.password
        assert len(password) == 48
        shell = [*named(run.pid, "granian"), *named(run.pid, "worker")]
        assert len(shell) == 4
        for pid in shell:
            told = status(pid)
            if server_user() is not None:
                assert "0" not in {*told["Uid"], *told["Gid"], *told["Groups"]}
                assert int(told["CapEff"][0], 16) == 0
        for pid in (run.pid, *shell):
            for file in "cmdline", "environ":
                assert password not in Path(f"/proc/{pid}/{file}").read_bytes().decode()
        with psycopg.connect(url) as db:
            query = """
                SELECT DISTINCT usename::text FROM pg_stat_activity
                WHERE application_name LIKE 'pgteller%'
            """
            assert db.execute(query).fetchall() == [("bank_web",)]
        for page in "docs", "docs/swagger-ui.css", "openapi.json":
            address = f"http://127.0.0.1:{project.port}/{page}"
            assert urllib.request.urlopen(address, timeout=20).status == 200
    assert run.returncode == 0


def test_what_its_owner_types(project):
    with project.running():
        asked = "SELECT session_user, current_setting('is_superuser')"
        psql = project.do("psql", input=asked)
        assert "postgres     | on" in psql.stdout
        loaded = project.do("migrate")
        assert loaded.returncode == 0, loaded.stderr
        dump = project.folder / "bank.dump"
        for command in (
            f"pg_dump -Fc -f {dump}",
            "createdb -O bank_owner restored",
            f"pg_restore --no-owner --role=bank_owner -d restored {dump}",
        ):
            done = project.do("embedded", "run", *command.split())
            assert (done.returncode, done.stderr) == (0, "")
        asked = "SELECT bool_and(ok), pg_get_userbyid(n.nspowner) FROM bank.verify_ledger(), "
        asked += "pg_namespace AS n WHERE nspname = 'bank' GROUP BY 2"
        found = project.do("embedded", "run", "psql", "-At", "-d", "restored", "-c", asked)
        assert found.stdout == "t|bank_owner\n"
        refused = project.do("run")
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"Cannot listen on 127.0.0.1:{project.port}: process ")
        assert "granian" in refused.stderr


def test_what_dies_is_started_again(project):
    with project.running() as run:
        (worker,) = named(run.pid, "worker")
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: [one for one in named(run.pid, "worker") if one != worker])
        assert "The worker was killed by SIGKILL. It is started again" in project.said()

        server = named(run.pid, "granian")
        with all_end(server):
            os.kill(min(server, key=lambda pid: status(pid)["PPid"] != [str(run.pid)]), 9)
        wait_until(lambda: not {*server} & {*named(run.pid, "granian")})
        project.wait_until_healthy()
        assert "The web server was killed by SIGKILL. It is started again" in project.said()

        with psycopg.connect(project.url()) as db:
            db.execute("SELECT bank.create_account('kept')")
        data_dir = Path(parts_of(project.url())["host"])
        os.kill(int((data_dir / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        wait_until(lambda: "PostgreSQL has ended. It is started again" in project.said())
        project.wait_until_healthy()
        with psycopg.connect(project.url()) as db:
            assert db.execute("SELECT balance FROM bank.get_account('kept')").fetchone() == (0,)


def test_one_process_of_the_web_server_dies(project):
    """The other answers until it is there again; and so does the new one when that one dies."""
    with project.running() as run:
        pids = named(run.pid, "granian")
        [server] = [pid for pid in pids if status(pid)["PPid"] == [str(run.pid)]]
        machines.wait_for_workers(server)
        for _ in range(2):
            [one, other] = named(server, "granian")
            with all_end([one]):
                os.kill(one, signal.SIGKILL)
            while len(there := [*machines.listening(server)]) < 2:
                assert project.healthy(), project.said()
            assert other in there
            assert one not in there
        assert named(run.pid, "granian")[0] == server
        assert "The web server" not in project.said()
        assert run.poll() is None
    assert run.returncode == 0


def test_nothing_is_left_of_one_that_is_killed(project):
    with project.running() as run, all_end(children(run.pid)):
        run.kill()
    assert run.returncode == -signal.SIGKILL
    with project.running():
        pass


def test_it_ends_with_make(project):
    """Whose process is what `make run` is to who starts it."""
    shell = "sh", "-c", '"$@" & wait', "sh"
    with project.running(*shell, MAKELEVEL="1") as make, all_end(children(make.pid)):
        make.kill()
    assert not project.healthy()
    assert project.do("embedded", "status").returncode == 3


def test_make_stop_stops_it_all(project):
    with project.running() as run, all_end([run.pid, *children(run.pid)]):
        stopped = project.do("embedded", "stop")
        assert stopped.stdout == (
            f"The PostgreSQL in {project.home()} is stopped, and `pgteller run` on it.\n"
        )
        assert run.wait(PATIENCE) == 0
        assert project.do("embedded", "status").returncode == 3
    again = project.do("embedded", "stop")
    assert again.stdout == (
        f"There is nothing to stop: the PostgreSQL in {project.home()} does not run.\n"
    )


def test_the_demo_is_one_click_away(project, monkeypatch):
    """Its ledger is made by who runs it all, for a web server that could not; and served beside."""
    filled = project.do(*SMALL_DEMO, "--fill-only")
    assert filled.returncode == 0, filled.stderr
    with project.running() as run, all_end([run.pid, *children(run.pid)]):
        [path] = {found for pid in named(run.pid, "granian") if (found := desk_of(pid))}
        folder = Path(path).parent
        reached = subprocess.run(["test", "-w", path], **as_user(server_user()), check=False)
        assert (reached.returncode, folder.stat().st_mode & 0o777) == (0, 0o700)
        monkeypatch.setenv(ask.VARIABLE, path)
        assert ask.progress() == {"state": "none"}
        assert ask.start()["state"] == "filling"
        told = wait_until(lambda: (now := ask.progress())["state"] != "filling" and now)
        assert told["state"] == "ready"
        address = f"{told['url']}accounts/biz:atlas-logistics"
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert json.load(answer)["metadata"]["name"] == "Atlas Logistics"
        assert f"Demo  {told['url']}" in project.said()
        health = urllib.request.Request(told["url"], headers={"HX-Target": "health"})
        wait_until(lambda: b"1 at work" in urllib.request.urlopen(health, timeout=20).read())
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(
                address.replace(told["url"], f"http://127.0.0.1:{project.port}/")
            )
        servers = [pid for pid in named(run.pid, "granian") if not desk_of(pid)]
        assert servers  # of the demo, which offers none
        run.terminate()
    assert run.returncode == 0
    assert not folder.exists()


def test_the_demo_by_itself(project):
    """It is made if it is not there, and goes whole; the bank beside it stays."""
    assert project.do("init", "--yes").returncode == 0
    with project.running(does=(*SMALL_DEMO, "--live")) as run:
        assert named(run.pid, "pgteller.demo.live")
        address = f"http://127.0.0.1:{project.port}/accounts/biz:atlas-logistics"
        assert urllib.request.urlopen(address, timeout=20).status == 200
    removed = project.do("demo", "--remove", "--yes")
    assert removed.stdout.endswith("The ledger demo is removed, with its roles.\n")
    assert project.do("--schema", "demo", "status").returncode == 2
    assert project.do("status").returncode == 0


def desk_of(pid):
    """Where a process of the web server asks for the demo; None if it does not."""
    variables = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    given = dict(one.split("=", 1) for one in variables if one)
    return given.get(ask.VARIABLE)


def test_nothing_is_removed_unasked(project):
    data_dir = Path(parts_of(project.url())["host"])
    with project.running():
        pass
    for answer in "", "n\n":
        done = project.do("embedded", "remove", input=answer)
        assert (done.returncode, done.stderr) == (2, "Nothing was done.\n")
        assert f"This deletes {data_dir}, every account" in done.stdout
        assert data_dir.exists()


def test_nothing_is_made_by_asking(project, tmp_path_factory):
    """But by `init`, `run` and `embedded start`."""
    empty = tmp_path_factory.mktemp("empty")
    own = project.variables | {"PGTELLER_HOME": str(empty / "bank"), "PGPORT": "1"}
    for words in "status", "balance alice", "migrate", "doctor", "verify", "psql", "worker --once":
        command = [sys.executable, "-m", "pgteller", *words.split()]
        done = subprocess.run(command, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 2, (words, done)
        assert done.stderr.startswith("Set DATABASE_URL"), words
        assert not list(empty.iterdir()), words


def test_a_database_that_was_named_is_not_what_make_stops(project):
    """Nor what it removes with `make clean`; the server of ours is, which would be left over."""
    for url in "postgresql://ann:s3cret@localhost:1/shop", project.url(), "nonsense":
        assert project.do("embedded", "start", url=url).returncode == 0
        assert project.do("embedded", "status", url=url).returncode == 0
        stopped = project.do("embedded", "stop", url=url)
        assert stopped.stdout == f"The PostgreSQL in {project.home()} is stopped.\n"
        assert "nothing to stop" in project.do("embedded", "stop", url=url).stdout
        assert project.do("embedded", "start", url=url).returncode == 0
        data_dir = Path(parts_of(project.url())["host"])
        pid = int((data_dir / "postmaster.pid").read_text().split()[0])
        with all_end([pid]):
            assert project.do("embedded", "remove", "--yes", url=url).returncode == 0
        assert not data_dir.exists()
