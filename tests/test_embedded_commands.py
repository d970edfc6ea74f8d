"""`pgteller embedded` and what works on it without a DATABASE_URL, in a folder of its own."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dev import PROJECT
from pgteller.settings_table import TABLE

pytestmark = pytest.mark.first_server


@pytest.fixture(scope="module")
def folder():
    """Where the server's user gets in, as pytest's own folders are closed to it."""
    place = Path(tempfile.mkdtemp(prefix="pgteller-commands-", dir="/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def commands(folder):
    """Run a command there; how it ended."""
    clean = {name: value for name, value in os.environ.items() if name not in TABLE}
    paths = {"PYTHONPATH": f"{PROJECT}/web:{PROJECT}"}

    def run(*arguments, status=0, home="main", umask=0o022):
        done = subprocess.run(
            [sys.executable, "-m", "pgteller", *arguments],
            cwd=folder, env=clean | paths | {"PGTELLER_HOME": str(folder / home)},
            capture_output=True, text=True, timeout=120, check=False, umask=umask,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done

    try:
        run("embedded", "start")
        run("init", "--yes")
        run("account", "open", "alice")
        run("deposit", "alice", "500")
        run("webhook", "make", "https://shop.example/hook")
        yield run
    finally:
        for home in "main", "other":
            run("embedded", "remove", "--yes", home=home)


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


def test_a_backup_is_for_who_makes_it_alone_and_replaces_nothing(commands, folder):
    file = folder / "bank.dump"
    commands("embedded", "backup", "bank.dump")
    assert (mode(file), file.read_bytes()[:5]) == (0o600, b"PGDMP")
    file.write_text("of yesterday")
    refused = commands("embedded", "backup", "bank.dump", status=2)
    assert refused.stderr == "bank.dump is there already: choose another name, or --force.\n"
    assert file.read_text() == "of yesterday"
    commands("embedded", "backup", "bank.dump", "--force")
    assert (mode(file), file.read_bytes()[:5]) == (0o600, b"PGDMP")
    assert "is a directory" in commands("embedded", "backup", ".", status=2).stderr
    assert commands("embedded", "run", "pg_restore", "-l", "bank.dump").stdout


def test_a_backup_that_fails_leaves_nothing(commands, folder):
    before = {path.name for path in folder.iterdir()}
    commands(
        "embedded", "run", "psql", "-d", "postgres", "-c", "ALTER DATABASE pgteller RENAME TO x"
    )
    try:
        failed = commands("embedded", "backup", "new.dump", status=2)
    finally:
        commands(
            "embedded", "run", "psql", "-d", "postgres", "-c", "ALTER DATABASE x RENAME TO pgteller"
        )
    assert failed.stderr.endswith("pg_dump ended with 1: there is no backup.\n")
    assert {path.name for path in folder.iterdir()} == before


def test_what_its_programs_write_is_for_who_runs_them_alone(commands, folder):
    commands("embedded", "run", "pg_dumpall", "--roles-only", "-f", "roles.sql")
    assert mode(folder / "roles.sql") == 0o600
    (folder / "roles.sql").unlink()


def test_an_export_is_for_whom_the_umask_says(commands, folder):
    for umask, expected in (0o022, 0o644), (0o077, 0o600):
        commands("export", "legs.ndjson", umask=umask)
        assert mode(folder / "legs.ndjson") == expected
        (folder / "legs.ndjson").unlink()


def test_it_is_verified_from_outside(commands, folder):
    """By its superuser, since its login reads no table."""
    digest = folder / "digest.json"
    digest.write_text(commands("digest", "take", "--json").stdout)
    done = commands("verify", "--outside", "--digest", "digest.json")
    assert "ok    digest digest.json" in done.stdout
    assert done.stdout.splitlines()[-1] == "The books are intact."
    digest.unlink()


def test_its_messages_name_its_folder(commands, folder):
    stopped = commands("embedded", "stop", home="other").stdout
    assert stopped == (
        f"There is nothing to stop: the PostgreSQL in {folder / 'other'} does not run.\n"
    )


def test_a_copy_elsewhere(commands, folder):
    """The runbook: roles and dump of one server, restored on another; then nothing is sent."""
    commands("embedded", "run", "pg_dumpall", "--roles-only", "--no-role-passwords", "-f", "r.sql")
    commands("embedded", "backup", "copy.dump")
    commands("embedded", "start", home="other")
    commands("embedded", "run", "psql", "-q", "-d", "postgres", "-f", "r.sql", home="other")
    commands("embedded", "run", "pg_restore", "-e", "-d", "pgteller", "copy.dump", home="other")
    assert "up to date" in commands("init", "--yes", home="other").stdout
    paused = commands("webhook", "pause-all", "a copy", home="other").stdout
    assert "webhook1" in paused
    listed = commands("webhook", "list", home="other").stdout
    assert "paused" in listed
    assert "a copy" in listed
    assert "paused" not in commands("webhook", "list").stdout
    assert commands("verify", home="other").stdout.endswith("The books are intact.\n")
    removed = commands("embedded", "remove", "--yes", home="other").stdout
    assert removed == f"The PostgreSQL in {folder / 'other'} is removed.\n"
