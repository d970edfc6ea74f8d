"""One table has every setting: nothing is read past it, nothing in it is read by nobody."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dev import PROJECT, variables
from dev.settings_page import settings_page
from pgteller import settings
from pgteller.cli import configuring
from pgteller.settings_table import ROWS, TABLE, TEXT, Kind, Setting, UnfitError

pytestmark = pytest.mark.first_server

PACKAGE = PROJECT / "web" / "pgteller"
SOURCES = [
    path
    for folder in (PACKAGE, PROJECT / "dev", PROJECT / "bench", PROJECT / "tests")
    for path in folder.rglob("*.py")
]
READERS = {"text", "whole", "decimal", "duration", "one_of", "words", "address", "given"}
# What the system, a shell, make, PostgreSQL's programs and granian understand: none of ours. And
# what `pgteller run` tells its own web server, which is for nobody to set.
FOREIGN = {"PATH", "MAKELEVEL", "PGDATABASE", "PGTELLER_DESK"}
FITTING = {
    "ROOT_PATH": "/bank",
    "ALLOWED_HOSTS": "bank.example [::1] 10.0.0.1",
    "CORS_ORIGINS": "https://shop.example http://localhost:3000",
    "RATE_LIMIT": "100/second",
    "DIGEST_DIR": str(PROJECT),
    "TLS_CERTIFICATE": __file__,
    "TLS_KEY": __file__,
    "JWT_KEYS": "https://issuer.example/keys",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://u:p@127.0.0.1:9",
}
WORD = {"text": "whatever", "whole": "1", "decimal": "0.5", "address": "postgresql:///x"}


def is_environ(node):
    """Whether this is os.environ, or os.getenv."""
    if not (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}):
        return False
    return isinstance(node.value, ast.Name) and node.value.id == "os"


def read_from_environment(tree):
    """The names that are read from the environment; "?" for one that is not written out."""
    for node in ast.walk(tree):
        key = None
        if isinstance(node, ast.Subscript) and is_environ(node.value):
            key = node.slice if isinstance(node.ctx, ast.Load) else None
        elif (isinstance(node, ast.Call) and is_environ(node.func)) or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and is_environ(node.func.value)
            and node.func.attr == "get"
        ):  # getenv("X")
            key = node.args[0]
        elif isinstance(node, ast.keyword) and node.arg in {"envvar", "auto_envvar_prefix"}:
            key = node.value  # of an option of a command
        if key is not None:
            yield key.value if isinstance(key, ast.Constant) else "?"


def read_from_table(tree):
    """The names of the settings that are read as such."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            first = node.args[0]
            if called in READERS and isinstance(first, ast.Constant):
                yield first.value


def test_an_option_reads_past_it_too():
    """So that the test below is one that can fail."""
    tree = ast.parse("click.option('--x', envvar='SOME_X')")
    assert [*read_from_environment(tree)] == ["SOME_X"]


@pytest.fixture(scope="module")
def trees():
    """What each of the sources says; whoever only collects tests need not wait for it."""
    return {path: ast.parse(path.read_text()) for path in SOURCES}


def test_nothing_is_read_past_it(trees):
    for path, tree in trees.items():
        found = {*read_from_environment(tree)} - FOREIGN
        allowed = set()
        if path == PACKAGE / "settings.py":
            allowed = {"?"}  # which is where the table is read
        elif path.name == "conftest.py":
            allowed = {"DATABASE_URL", "DATABASE_ADMIN_URL"}  # whether one was given
        assert found <= allowed, path


def test_nothing_in_it_is_read_by_nobody(trees):
    read = {name for tree in trees.values() for name in read_from_table(tree)}
    assert {*TABLE} - read == set()
    assert {row.name for row in ROWS} & variables.NAMES == set()


@pytest.mark.parametrize("row", TABLE.values(), ids=[*TABLE])
def test_each_row(row, monkeypatch):
    """Its default is one of its kind, it is told in a sentence, and what is empty is missing."""
    row.kind.check(row.default)
    assert row.about[0].isupper()
    assert row.about.endswith(".")
    assert row.readers
    assert row.default or row.otherwise
    monkeypatch.setenv(row.name, "")
    assert getattr(settings, row.kind.reader)(row.name) is not None


def test_one_that_is_read_as_what_it_is_not():
    with pytest.raises(TypeError, match=r"PORT is read by settings\.whole"):
        settings.text("PORT")
    with pytest.raises(KeyError):
        settings.text("PROT")


def test_the_page_is_made_from_it():
    """`make contract` writes it anew."""
    assert (PROJECT / "docs" / "settings.md").read_text() == settings_page()


def config(*options, **given):
    clean = {name: value for name, value in os.environ.items() if name not in TABLE}
    return subprocess.run(
        [sys.executable, "-m", "pgteller", "config", *options],
        cwd=PROJECT, env=clean | given, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_config_shows_them():
    done = config("--json", POOL_SIZE="12", LOG_LEVEL="")
    assert (done.returncode, done.stderr) == (0, "")
    told = {row["name"]: row for row in json.loads(done.stdout)}
    assert [*told] == [row.name for row in ROWS]
    assert told["POOL_SIZE"] == {"name": "POOL_SIZE", "value": "12", "from": "environment"}
    assert told["LOG_LEVEL"] == {"name": "LOG_LEVEL", "value": "WARNING", "from": "default"}
    assert told["JWT_ISSUER"] == {"name": "JWT_ISSUER", "value": None, "from": "unset"}
    assert "`" not in done.stdout
    table = config(POOL_SIZE="12", DATABASE_URL="")
    assert "`" not in table.stdout
    assert re.search(
        "^DATABASE_URL +- +unset: serve and worker end without it;", table.stdout, re.M
    )
    assert table.returncode == 0
    lines = [line.split(maxsplit=2) for line in table.stdout.split("\n")]
    assert ["POOL_SIZE", "12", "environment"] in lines
    assert ["CORS_ORIGINS", "-", "unset: none but its own"] in lines
    assert ["TLS_KEY", "-", "unset"] in lines
    assert ["LOG_LEVEL", "WARNING", "default; pgteller serve: INFO"] in lines
    assert re.search(r"^LOG_LEVEL +INFO +environment$", config(LOG_LEVEL="INFO").stdout, re.M)


# Of which libpq takes most, and the rest of a password for a host, a port or a database.
NO_ADDRESSES = [
    "s3cret",
    "postgresql://x:s3cret@[bad",
    "postgresql://u:p/s3cret@h/db",
    "postgresql://u:p@s3cret@h/db",
    "postgres://u:p@s3cret@h/db",
    "postgresql://u:p@s3/cret@h",
    "postgresql://u:s3cret/x?dbname=y",
    "postgresql://u@h:s3cret/db",
    "host=h port=s3cret",
]


@pytest.mark.parametrize("command", [["config"], ["status"], ["doctor"], ["worker", "--once"]])
def test_nothing_tells_of_a_password_that_is_not_written_as_one(command):
    for url in "postgresql://u:p@s3cret@h/db", "postgresql://u:p/s3cret@h/db":
        done = subprocess.run(
            [sys.executable, "-m", "pgteller", *command],
            cwd=PROJECT, env=os.environ | {"DATABASE_URL": url, "DATABASE_ADMIN_URL": ""},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert "%XX for what is special" in done.stderr
        assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://u:s3cret@c:4318/v1", "https://c:4318/v1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://s3cret@c", "https://c"),
        ("JWT_ISSUER", "https://u:s3cret@i/x@y", "https://i/x@y"),
        ("JWT_KEYS", "https://c/jwks", "https://c/jwks"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://u:p@s3cret@c", None),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://u:p/s3cret@c", None),
        ("JWT_KEYS", "https://u:s3cret@c/jwks", None),
        ("JWT_KEYS", "http://u:s3cret@c/jwks", None),
        ("JWT_KEYS", "https:/u:s3cret@c/jwks", None),
        *(("DATABASE_URL", url, None) for url in NO_ADDRESSES),
    ],
)
def test_no_login_of_any_url_is_told(name, value, told, monkeypatch):
    """One that cannot be told apart from the rest is refused, and not told of at all."""
    monkeypatch.setenv(name, value)
    wrong = settings.problem(TABLE[name])
    assert "s3cret" not in wrong
    assert bool(wrong) == (told is None)
    assert configuring.shown(TABLE[name]) == (told or "(not shown)")


def test_nor_in_what_is_told_of_another_kind(monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://u:s3cret@c")
    assert settings.problem(TABLE["CORS_ORIGINS"]).endswith('not "https://c".')


@pytest.mark.parametrize("name", ["DATABASE_URL", "READ_DATABASE_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u%40x:p%40%2F@h/db",
        "postgresql:///db?host=/a@b&user=u@x",
        "postgresql://h1:1,h2:2/db",
        "postgresql://u:p?#x@h",
        "host=@abstract port=5432,5433",
        "postgresql://[::1]/",
    ],
)
def test_addresses_of_databases(name, url):
    TABLE[name].kind.check(url)


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cret@h/shop", "host=h user=u dbname=shop password=s3cret"]
)
def test_config_shows_no_password(url):
    for options in [], ["--json"]:
        done = config(*options, DATABASE_URL=url, DATABASE_ADMIN_URL=url)
        assert done.returncode == 0
        assert done.stdout.count("database shop on h") == 2
        assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize("url", [*NO_ADDRESSES, "host=h s3cret", "postgresql://h/x?s3cret=1"])
def test_nor_one_in_what_is_no_address(url):
    done = config(DATABASE_URL=url, PORT="x")
    assert done.returncode == 2
    assert "DATABASE_URL must be a URL" in done.stderr
    assert 'PORT must be a whole number of 1 to 65535, not "x".' in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_a_secret_of_another_kind_is_not_shown_either(monkeypatch):
    row = Setting("SOME_KEY", Kind("a key", secret=True), "", "A key.", "web server", "none")
    monkeypatch.setitem(TABLE, row.name, row)
    assert configuring.shown(row) is None
    monkeypatch.setenv(row.name, "s3cret")
    assert configuring.shown(row) == "(not shown)"


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_kinds_refuse_what_is_none(row):
    if row.kind is TEXT:
        row.kind.check("whatever")
        return
    with pytest.raises(UnfitError):
        row.kind.check("no such thing / at all")
    row.kind.check(FITTING.get(row.name) or row.default or WORD[row.kind.reader])


def test_words_are_told_as_they_are_written_and_taken_in_capitals_too():
    kind = TABLE["AUTH"].kind
    assert kind.expected == "one of none, keys"
    for value in "keys", "KEYS", "Keys":
        kind.check(value)


def test_what_serve_and_worker_need():
    """They bring no database: so the table says, and so they end."""
    clean = {name: value for name, value in os.environ.items() if name not in TABLE}
    assert TABLE["DATABASE_URL"].otherwise.startswith("none: `serve` and `worker` end without it")
    for command in ["serve"], ["worker", "--once"]:
        done = subprocess.run(
            [sys.executable, "-m", "pgteller", *command],
            env=clean, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("Set DATABASE_URL: ")


def test_other_programs_have_no_settings_of_ours_under_other_names():
    """What the documents tell people to set is in the table."""
    told = set()
    for page in [*(PROJECT / "docs").glob("*.md"), PROJECT / "README.md"]:
        found = re.findall(r"^(?:export )?([A-Z][A-Z_]{3,})=", page.read_text(), re.MULTILINE)
        told |= {name for name in found if not name.startswith(("PG", "_"))} - {*TABLE}
    assert told == set()


def test_the_list_of_sources_is_no_empty_one():
    assert len(SOURCES) > 100
    assert Path(__file__) in SOURCES
