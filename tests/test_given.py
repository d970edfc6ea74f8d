"""A database that DATABASE_URL names: what make does with it, and what it leaves alone.

It may be named in any form that libpq takes, in part by PG* variables and services.
"""

import os
import subprocess
import sys

import psycopg
import pytest

from dev import PROJECT
from pgteller.embedded.database import create_database, create_web_role
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.embedded.server import temporary_server
from pgteller.install import load
from pgteller.urls import described, environment

pytestmark = pytest.mark.first_server

PASSWORD = "s3 cret@/%"
QUOTED = "s3%20cret%40%2F%25"


@pytest.fixture(scope="module")
def given():
    """A server that asks `boss` for a password, with a bank."""
    with temporary_server(preferred_bin_dir(), fsync="off") as server:
        url = create_database(server.url("postgres"), "shop")
        load(url)
        create_web_role(url)
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(f"CREATE ROLE boss SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
            db.execute("CREATE DATABASE wrong")
        yield server


@pytest.fixture
def forms(given, tmp_path):
    """Ways to name it: DATABASE_URL, and the variables that go with it."""
    host = str(given.socket_dir)
    passfile, services = tmp_path / "pgpass", tmp_path / "services.conf"
    passfile.write_text(f"*:*:*:boss:{PASSWORD}\n")
    passfile.chmod(0o600)
    services.write_text(
        f"[shop]\nhost={host}\nuser=boss\npassword={PASSWORD}\ndbname=shop\n[wrong]\ndbname=wrong\n"
    )
    named = {"PGSERVICEFILE": str(services)}
    return {
        "url": (f"postgresql://boss:{QUOTED}@/shop?host={host}&port=5432", {}),
        "line": (f"host={host} user=boss dbname=shop password='{PASSWORD}' keepalives=0", {}),
        "password": (f"postgresql:///shop?host={host}&user=boss", {"PGPASSWORD": PASSWORD}),
        "passfile": (f"postgresql:///shop?host={host}&user=boss", {"PGPASSFILE": str(passfile)}),
        "variables": (
            "postgresql://",
            {"PGHOST": host, "PGUSER": "boss", "PGDATABASE": "shop", "PGPASSWORD": PASSWORD},
        ),
        "service": ("service=shop", named),
        "service variable": ("postgresql://", named | {"PGSERVICE": "shop"}),
        "more than the service": (
            f"postgresql:///shop?host={host}&user=boss&service=wrong",
            named | {"PGPASSWORD": PASSWORD},
        ),
        "another service": (
            f"postgresql:///shop?host={host}&user=boss",
            named | {"PGSERVICE": "wrong", "PGPASSWORD": PASSWORD},
        ),
        "options": (
            f"postgresql:///shop?host={host}&user=boss&options=-c%20search_path%3Dbank",
            {"PGPASSWORD": PASSWORD},
        ),
    }


FORMS = [
    "url",
    "line",
    "password",
    "passfile",
    "variables",
    "service",
    "service variable",
    "more than the service",
    "another service",
    "options",
]


def do(*arguments, url, variables, **options):
    """Run a command on that database, as a user does who has nothing else set."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    clean.pop("DATABASE_ADMIN_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "pgteller", *arguments],
        cwd=PROJECT,
        env=clean | {"DATABASE_URL": url} | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


@pytest.mark.parametrize("form", FORMS)
def test_however_it_is_named(given, forms, form):
    url, variables = forms[form]
    asked = "SELECT current_database(), session_user"
    found = do("psql", url=url, variables=variables, input=asked)
    assert "shop             | boss" in found.stdout, found.stderr
    assert found.stderr == ""
    made = do("migrate", url=url, variables=variables)
    assert (made.returncode, made.stderr) == (0, "")
    told = f"Using database shop on {given.socket_dir}, port 5432, as boss.\n"
    assert made.stdout.startswith(told)
    assert "s3" not in made.stdout


def test_all_of_it_reaches_psql(forms, monkeypatch):
    url, _ = forms["options"]
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.delenv("DATABASE_ADMIN_URL", raising=False)
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGTZ", "Asia/Tokyo")
    found = environment(url)
    assert (found["PGSSLMODE"], found["PGTZ"]) == ("require", "Asia/Tokyo")
    assert found["PGOPTIONS"] == "-c search_path=bank"
    asked = "SHOW search_path"
    variables = {"PGPASSWORD": PASSWORD}
    shown = do("psql", url=url, variables=variables, input=asked)
    assert "\n bank\n" in shown.stdout


def test_servers_of_ours_have_nothing_to_do_with_variables(given, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DATABASE_ADMIN_URL", raising=False)
    monkeypatch.setenv("PGSERVICE", "nowhere")
    monkeypatch.setenv("PGSSLMODE", "require")
    found = environment(given.url())
    assert "PGSERVICE" not in found
    assert "PGSSLMODE" not in found


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://ann:s3cret@h:7/d", "database d on h, port 7, as ann"),
        ("postgresql://ann@h1:7,h2:8/d", "database d on h1,h2, port 7,8, as ann"),
        ("postgresql://ann@h1,h2/", "database ann on h1,h2, as ann"),
        ("hostaddr=127.0.0.1 port=1 user=a dbname=b", "database b on 127.0.0.1, port 1, as a"),
    ],
)
def test_what_is_told_of_it(url, told):
    assert described(url) == told


def test_a_service_that_is_none():
    done = do("psql", url="service=nowhere", variables={})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'definition of service "nowhere" not found\n'


def test_a_secret_that_psql_cannot_be_told(given):
    url = f"postgresql:///shop?host={given.socket_dir}&user=boss&sslpassword=s3cret"
    done = do("psql", url=url, variables={})
    assert done.returncode == 2
    assert "sslpassword" in done.stderr
    assert "s3cret" not in done.stderr
