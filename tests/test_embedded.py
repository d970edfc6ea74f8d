"""The embedded server: who gets in, what its log keeps, and whose its folders are."""

import os
import re
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from dev import PROJECT
from pgteller.embedded import programs
from pgteller.embedded.database import create_database, create_web_role
from pgteller.embedded.programs import (
    PostgresError,
    as_user,
    own_folder,
    preferred_bin_dir,
    server_user,
)
from pgteller.embedded.server import SHELL_LOGIN, Server, temporary_server
from pgteller.install import load
from pgteller.shell import create_app
from pgteller.urls import environment, kept_password, with_parts
from tests.http_helpers import Bank

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to become")


@pytest.fixture(scope="module")
def server():
    with temporary_server(preferred_bin_dir(), fsync="off") as server:
        yield server


@pytest.fixture(scope="module")
def url(server):
    """Its bank, for the shell."""
    admin_url = create_database(server.url("postgres"), "pgteller")
    load(admin_url)
    return create_web_role(admin_url)


def admin(server):
    return psycopg.connect(server.url("postgres"), autocommit=True)


# Who gets in


def test_the_shell_is_an_operator_and_no_more(server, url):
    with psycopg.connect(url) as shell:
        query = "SELECT session_user, rolsuper, rolcreaterole FROM pg_roles WHERE rolname = USER"
        assert shell.execute(query).fetchone() == (SHELL_LOGIN, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shell.execute("SET SESSION AUTHORIZATION postgres")


def test_nobody_gets_in_without_a_password(server, url):
    for user in SHELL_LOGIN, "stranger":
        for secret in {}, {"password": "guessed"}:
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(with_parts(url, user=user, passfile="/nonexistent", **secret))
    with admin(server) as db:
        rules = db.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
    assert sorted(rules) == [("peer",), ("scram-sha-256",)]


@needs_root
def test_the_shells_system_user_is_not_the_superuser(server):
    command = [server.bin_dir / "psql", "-c", "SELECT 1"]
    result = subprocess.run(
        command,
        env=environment(server.url("postgres")),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **as_user(server_user()),
    )
    assert result.returncode != 0
    assert "Peer authentication failed" in result.stderr


def test_the_password_is_for_the_shells_user_alone(server, url):
    password = kept_password(url, SHELL_LOGIN)
    assert len(password) == 48
    found = server.passfile.stat()
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_uid == server.data_dir.stat().st_uid
    assert password not in url
    assert password not in server.log.read_text()
    with admin(server) as db:
        db.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        query = "SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%%' || %s || '%%'"
        assert db.execute(query, [password]).fetchone() == (0,)


def test_a_lost_password_is_drawn_again(server, url):
    before = kept_password(url, SHELL_LOGIN)
    server.passfile.unlink()
    server.stop()
    server.start()
    create_web_role(server.url("postgres"))
    assert kept_password(url, SHELL_LOGIN) != before
    psycopg.connect(url).close()


def start_as_before(server):
    """Start it as older versions did, by whose pg_hba.conf everybody was trusted."""
    for path in server.hba, server.ident, server.passfile:
        path.unlink()
    options = f"-c listen_addresses= -c unix_socket_directories={server.socket_dir}"
    command = ["-D", str(server.data_dir), "-w", "-l", str(server.log), "-o", options, "start"]
    assert server._run("pg_ctl", *command).returncode == 0


def test_a_folder_of_an_older_version():
    with temporary_server(preferred_bin_dir(), fsync="off") as server:
        with admin(server) as db:
            db.execute(f"CREATE ROLE {SHELL_LOGIN} LOGIN")
        server.stop()
        (server.data_dir / "pg_hba.conf").write_text("local all all trust\n")
        start_as_before(server)
        old = with_parts(server.url("postgres"), user=SHELL_LOGIN)
        psycopg.connect(old).close()
        with pytest.raises(PostgresError, match="`pgteller embedded stop`"):
            server.start()
        server.stop()
        server.start()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(old)
        psycopg.connect(create_web_role(server.url("postgres"))).close()


# What its log keeps


def test_a_refusal_leaves_nothing_of_a_customer_in_the_log(server, url):
    app = create_app(url)
    bank = Bank(app.test_client())
    account_id = bank.account()
    reply = bank.post(
        "/transfers",
        source_account_id=account_id,
        target_account_id="Zsófia-4711",
        amount=987654321,
        metadata={"iban": "HU42 1177 3016"},
    )
    app.extensions["pool"].close()
    assert reply.status in (404, 409)
    log = server.log.read_text()
    assert f"ERROR:  {reply.code}" in log
    for told in account_id, "4711", "987654321", "HU42", "STATEMENT", "DETAIL", "CONTEXT":
        assert told not in log


def test_what_is_advised_for_other_servers():
    """The commands of docs/operations.md, where nothing else keeps the log clean."""
    advice = (PROJECT / "docs" / "operations.md").read_text()
    commands = re.findall(r"^ALTER ROLE bank_web SET log_.*?;", advice, re.MULTILINE)
    assert len(commands) == 2
    chatty = {"log_min_error_statement": "error", "log_error_verbosity": "default"}
    refusal = "DO $$ BEGIN RAISE '%s' USING DETAIL = 'a customer', ERRCODE = 'TL102'; END $$"
    with temporary_server(preferred_bin_dir(), fsync="off", **chatty) as server:
        url = create_web_role(server.url("postgres"))
        for name, told in ("before", True), ("after", False):
            with psycopg.connect(url, autocommit=True) as shell, pytest.raises(psycopg.Error):
                shell.execute(refusal % name)
            log = server.log.read_text().partition(f"ERROR:  {name}")[2]
            assert log
            assert ("a customer" in log) == ("STATEMENT" in log) == ("CONTEXT" in log) == told
            with admin(server) as db:
                for command in commands:
                    db.execute(command)


# Whose the folders are


def test_a_folder_of_ones_own(tmp_path):
    folder = tmp_path / "new"
    for mode in 0o700, 0o755:
        own_folder(folder, mode)
        assert stat.S_IMODE(folder.stat().st_mode) == mode


def planted_link(place):
    victim = place.with_name(f"{place.name}-victim")
    victim.mkdir(mode=0o700)
    place.symlink_to(victim)
    return victim


def test_a_link_is_not_followed(tmp_path):
    victim = planted_link(tmp_path / "place")
    with pytest.raises(PostgresError, match="is a link"):
        own_folder(tmp_path / "place", 0o755)
    assert stat.S_IMODE(victim.stat().st_mode) == 0o700


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "place").touch()
    with pytest.raises(PostgresError, match="Not a directory"):
        own_folder(tmp_path / "place", 0o755)


def test_a_folder_of_somebody_elses():
    foreign = Path("/usr")  # root's, where we are not root
    if os.geteuid() == 0:
        foreign = Path("/var/tmp") / f"pgteller-foreign-{os.getpid()}"
        foreign.mkdir(mode=0o777)
        os.chown(foreign, 65534, 65534)
    mode = foreign.stat().st_mode
    try:
        with pytest.raises(PostgresError, match="somebody else"):
            own_folder(foreign, 0o700)
        assert foreign.stat().st_mode == mode
    finally:
        if os.geteuid() == 0:
            foreign.rmdir()


def test_what_is_planted_where_servers_keep_their_data(tmp_path, monkeypatch):
    """As root that is under /var/tmp, since pytest's folders are closed to others."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PGTELLER_HOME", raising=False)
    place = tmp_path / ".pg"
    if os.geteuid() == 0:
        place = Path("/var/tmp") / f"pgteller-{programs.digest(place)}"
    victim = planted_link(place)
    try:
        with pytest.raises(PostgresError, match="is a link"):
            programs.state_dir()
        assert stat.S_IMODE(victim.stat().st_mode) == 0o700
    finally:
        place.unlink()
        victim.rmdir()


def test_a_folder_that_holds_something_else(tmp_path, monkeypatch):
    place = tmp_path / "documents"
    place.mkdir()
    (place / "thesis").touch()
    mode = place.stat().st_mode
    monkeypatch.setattr(programs, "state_path", lambda: place)
    with pytest.raises(PostgresError, match="it holds thesis: name another one"):
        programs.state_dir()
    assert place.stat().st_mode == mode
    (place / "thesis").unlink()
    programs.state_dir()
    (place / "main").mkdir()
    (place / "thesis").touch()
    programs.remove_state()
    assert [path.name for path in place.iterdir()] == ["thesis"]


def test_what_is_planted_for_the_socket(server, tmp_path):
    """Where the data folder's path is too long for a socket."""
    far = tmp_path / ("x" * 100)
    far.mkdir()
    other = Server(server.bin_dir, far / "main", server.user)
    planted_link(other.socket_dir)
    try:
        with pytest.raises(PostgresError, match="is a link"):
            other.start()
    finally:
        other.socket_dir.with_name(f"{other.socket_dir.name}-victim").rmdir()
        other.socket_dir.unlink()
