"""Private PostgreSQL servers: one kept under `.pg/` for development, throw-away ones for tests.

A server listens on a unix socket only, never on a TCP port, so that any number of checkouts and
test runs live side by side.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import secrets
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

from pgteller.embedded.programs import (
    PostgresError,
    as_user,
    digest,
    hand_over,
    locked,
    major_version,
    own_folder,
    preferred_bin_dir,
    runnable,
    server_user,
    state_dir,
    state_path,
)
from pgteller.urls import environment

DATABASE = "pgteller"
SUPERUSER = "postgres"
SHELL_LOGIN = "bank_web"
PATIENCE = 40  # seconds until a server that does not come up, or go down, is given up
LONGEST_SOCKET_DIR = 80  # the whole socket path may have 107 bytes on Linux, 103 on macOS

# Who may log in: whoever started the server as its superuser, by the word of the kernel; everybody
# else by password. So the shell is never more than its login, whatever user it runs as.
HBA = f"""\
# Written at every start.
local all {SUPERUSER} peer map=starter
local replication {SUPERUSER} peer map=starter
local replication all scram-sha-256
local all all scram-sha-256
"""

# A refusal is an error to PostgreSQL, which would log the statement and what the refusal says, with
# accounts, amounts and metadata of customers. Their like stays out; the error's name stays.
DISCREET = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}


@dataclass(frozen=True)
class Server:
    """One database cluster: its programs, its data, and the system user it runs as."""

    bin_dir: Path
    data_dir: Path
    user: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def major(self) -> int:
        """The server's major version."""
        return major_version(self.bin_dir)

    @property
    def socket_dir(self) -> Path:
        """The data folder, which is closed to others, or a short path where that is too long."""
        if len(os.fsencode(self.data_dir)) <= LONGEST_SOCKET_DIR:
            return self.data_dir
        return Path("/tmp") / f"pgteller-{digest(self.data_dir)}"

    @property
    def log(self) -> Path:
        """What the server has to say."""
        return self.data_dir / "server.log"

    @property
    def pinned(self) -> Path:
        """A mark that the server shall outlive those who use it (`start` was asked for)."""
        return self.data_dir.with_suffix(".pinned")

    @property
    def passfile(self) -> Path:
        """The shell's password, in libpq's format, for the shell's user alone."""
        return self.data_dir.with_suffix(".pgpass")

    @property
    def hba(self) -> Path:
        """Who may log in.  Not among the data, where the server's own user could change it."""
        return self.data_dir.with_suffix(".hba.conf")

    @property
    def ident(self) -> Path:
        """Which system user is the one who started the server."""
        return self.data_dir.with_suffix(".ident.conf")

    def url(self, database: str = DATABASE, user: str = SUPERUSER) -> str:
        """The libpq URL of a database here; no secret, as the password is in the passfile.

        It names the port, lest PGPORT move it.
        """
        host, passfile = quote(str(self.socket_dir)), quote(str(self.passfile))
        return (
            f"postgresql:///{quote(database)}"
            f"?host={host}&port=5432&user={quote(user)}&passfile={passfile}"
        )

    def environment(self, database: str = DATABASE, user: str = SUPERUSER) -> dict[str, str]:
        """Variables with which psql, pg_dump and pg_prove reach `database`."""
        return environment(self.url(database, user), self.bin_dir)

    def running(self) -> bool:
        """Whether connections are being accepted."""
        command = [str(self.bin_dir / "pg_isready"), "-q", "-h", str(self.socket_dir), "-p", "5432"]
        return subprocess.run(command, check=False).returncode == 0

    def start(self) -> None:
        """Start the server, making its cluster first if need be; no harm if it runs already."""
        with locked(self.data_dir.with_suffix(".lock")):
            if self.running():
                self._check_authentication()
                return
            if self.socket_dir != self.data_dir:
                own_folder(self.socket_dir, 0o700, self.user)
            if not self.data_dir.exists():
                self._initialise()
            self._check_version()
            self._write_authentication()
            self._start()

    def stop(self) -> bool:
        """Stop the server in good order, ending every connection; whether it was running."""
        with locked(self.data_dir.with_suffix(".lock")):
            if self.postmaster() is None:
                return False
            result = self._run("pg_ctl", "-D", str(self.data_dir), "-m", "fast", "-w", "stop")
            if result.returncode != 0 and self.postmaster() is not None:
                raise PostgresError(f"PostgreSQL does not stop: {result.stderr.strip()}")
            return True

    def kill(self) -> None:
        """Kill the server and all its children with SIGKILL, as a crash of the machine would."""
        pid = self.postmaster()
        if pid is None:
            return
        os.kill(pid, signal.SIGSTOP)  # no new children while they are being counted
        for victim in (*_children(pid), pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while self.postmaster() is not None and time.monotonic() < deadline:
            time.sleep(0.02)

    def postmaster(self) -> int | None:
        """The process id of the running server; a stale pid file or a zombie counts for nothing."""
        try:
            pid = int((self.data_dir / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if str(self.data_dir) in _command_line(pid) else None

    @contextlib.contextmanager
    def in_use(self) -> Iterator[Server]:
        """Run the server while the block does; whoever leaves last stops it unless it is pinned."""
        with open(self.data_dir.with_suffix(".users"), "w") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            self.start()
            try:
                yield self
            finally:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if not self.pinned.exists():
                        self.stop()

    @contextlib.contextmanager
    def stoppable(self) -> Iterator[None]:
        """Have this process be among those that `stop_runs` stops, while the block runs."""
        mark = self.data_dir.with_suffix(f".run-{os.getpid()}")
        with locked(mark):
            try:
                yield
            finally:
                mark.unlink()

    def stop_runs(self) -> int:
        """Tell every such process to stop, by SIGTERM, and wait for it; how many there were."""
        stopped = 0
        for mark in self.data_dir.parent.glob(f"{self.data_dir.name}.run-*"):
            with contextlib.suppress(FileNotFoundError), open(mark) as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    mark.unlink(missing_ok=True)  # of one that was killed
                except BlockingIOError:
                    # Whoever holds the lock lives, so the number is still its own.
                    os.kill(int(mark.suffix.removeprefix(".run-")), signal.SIGTERM)
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    stopped += 1
        return stopped

    def remove(self) -> None:
        """Stop the server by force and delete all it had."""
        self.stop_runs()
        self.kill()
        for folder in {self.data_dir, self.socket_dir}:
            shutil.rmtree(folder, ignore_errors=True)
        for suffix in ".lock", ".users", ".pinned":
            self.data_dir.with_suffix(suffix).unlink(missing_ok=True)
        for path in self.hba, self.ident, self.passfile:
            path.unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the server's programs as its user, with nothing from our environment."""
        return subprocess.run(
            [runnable(self.bin_dir) / program, *arguments],
            cwd=self.data_dir.parent,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            capture_output=True,
            text=True,
            check=False,
            **as_user(self.user),
        )

    def _initialise(self) -> None:
        """Make a new cluster: UTF-8, the same order of text everywhere, checksums where default."""
        # Under another name first: a half-made cluster must never be taken for a whole one.
        fresh = self.data_dir.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        hand_over(fresh, self.user, 0o700)
        locale = ["--locale=C.UTF-8"]
        if self.major >= 17:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        sync = ["--no-sync"] if self.settings.get("fsync") == "off" else []
        # Its own pg_hba.conf is never used, and lets nobody in who starts it without ours.
        closed = ["--auth-local=peer", "--auth-host=reject"]
        arguments = ["-U", SUPERUSER, *closed, "-E", "UTF8", "--no-instructions"]
        result = self._run("initdb", "-D", str(fresh), *arguments, *locale, *sync)
        if result.returncode != 0:
            raise PostgresError(f"initdb failed:\n{result.stdout}{result.stderr}")
        fresh.rename(self.data_dir)

    def _check_version(self) -> None:
        """Data of another major version is not touched."""
        made_by = (self.data_dir / "PG_VERSION").read_text().strip()
        if made_by != str(self.major):
            raise PostgresError(
                f"{self.data_dir} was made by PostgreSQL {made_by}, this is {self.major}: "
                "pg_dump it with the old version, or remove it with `pgteller embedded remove`."
            )

    def _write_authentication(self) -> None:
        """Say who may log in, and draw the shell's password where there is none yet."""
        starter = pwd.getpwuid(os.geteuid()).pw_name
        for path, content in (self.hba, HBA), (self.ident, f'starter "{starter}" {SUPERUSER}\n'):
            path.write_text(content)
            path.chmod(0o644)
        if not self.passfile.exists():
            fresh = self.passfile.with_suffix(".pgpass.new")
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_text(f"*:*:*:{SHELL_LOGIN}:{secrets.token_hex(24)}\n")
            hand_over(fresh, self.user, 0o600)
            fresh.rename(self.passfile)

    def _check_authentication(self) -> None:
        """Whether the server that runs was started with ours, and not by an older version."""
        pid = self.postmaster()
        if pid is not None and str(self.hba) not in _command_line(pid):
            raise PostgresError(
                "The PostgreSQL that runs here was started by an older pgteller, and asks nobody "
                "for a password: `pgteller embedded stop`, then try again."
            )

    def _start(self) -> None:
        """Start, again and again while the pid file of a killed server is in the way."""
        options = shlex.join(f"-c{name}={value}" for name, value in self._all_settings().items())
        deadline = time.monotonic() + PATIENCE
        log = ("-l", str(self.log), "-o", options)
        while True:
            said_before = self.log.stat().st_size if self.log.exists() else 0
            command = ("-D", str(self.data_dir), "-w", "-t", str(PATIENCE), *log, "start")
            result = self._run("pg_ctl", *command)
            if result.returncode == 0 and self.running():
                return
            with open(self.log, errors="replace") as log_file:
                log_file.seek(said_before)
                reason = log_file.read() or result.stderr
            stale = "lock file" in reason or "shared memory block" in reason
            if not stale or time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL does not start:\n{reason.strip()}")
            time.sleep(0.1)

    def _all_settings(self) -> dict[str, str]:
        """Settings for the command line, where neither postgresql.conf nor PGPORT changes them."""
        socket_dir = str(self.socket_dir).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{socket_dir}"',
            "port": "5432",
            "max_connections": "200",
            "hba_file": str(self.hba),
            "ident_file": str(self.ident),
            **DISCREET,
        }
        if any((self.bin_dir.parent / "lib").rglob("pg_stat_statements.*")):
            settings["shared_preload_libraries"] = "pg_stat_statements"
        return {**settings, **self.settings}


def development_server() -> Server:
    """The server under `.pg/` that `make run` and `make psql` use."""
    return Server(preferred_bin_dir(), state_dir() / "main", server_user())


def is_made() -> bool:
    """Whether it has ever been started."""
    return (state_path() / "main").exists()


@contextlib.contextmanager
def temporary_server(bin_dir: Path, **settings: str) -> Iterator[Server]:
    """A running server of one's own, gone when the block ends; settings as in postgresql.conf."""
    with spare_server(bin_dir, **settings) as server:
        server.start()
        yield server


@contextlib.contextmanager
def spare_server(bin_dir: Path, **settings: str) -> Iterator[Server]:
    """The same, to be started yet, and with other data than a new cluster has.

    What a killed process left behind is removed by the next one that asks for such a server.
    """
    base = state_dir()
    with contextlib.ExitStack() as held:
        with locked(base / "temporary.lock"):
            _remove_orphans(base, bin_dir)
            names = (base / f"temporary-{number}" for number in count(1))
            data_dir = next(path for path in names if not path.with_suffix(".users").exists())
            held.enter_context(locked(data_dir.with_suffix(".users")))
        server = Server(bin_dir, data_dir, server_user(), settings)
        try:
            yield server
        finally:
            server.remove()


def _remove_orphans(base: Path, bin_dir: Path) -> None:
    """Remove the temporary servers that nobody holds a lock on any more."""
    for path in base.glob("temporary-*.users"):
        with open(path) as users, contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Server(bin_dir, path.with_suffix(""), server_user()).remove()


def _command_line(pid: int) -> str:
    """The command of a living process; empty for a dead one and for a zombie."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            return ""
    command = ["ps", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _children(pid: int) -> list[int]:
    """The processes that `pid` started."""
    listing = Path(f"/proc/{pid}/task/{pid}/children")
    if listing.exists():
        return [int(child) for child in listing.read_text().split()]
    output = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in output.stdout.split()]
