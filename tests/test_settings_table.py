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
# What the system, a shell, make, PostgreSQL's programs and granian understand: none of ours.
FOREIGN = {"PATH", "MAKELEVEL", "PGDATABASE"}
FITTING = {
    "ROOT_PATH": "/bank",
    "ALLOWED_HOSTS": "bank.example [::1] 10.0.0.1",
    "CORS_ORIGINS": "https://shop.example http://localhost:3000",
    "RATE_LIMIT": "100/second",
    "TLS_CERTIFICATE": __file__,
    "TLS_KEY": __file__,
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


TREES = {path: ast.parse(path.read_text()) for path in SOURCES}


def test_nothing_is_read_past_it():
    for path, tree in TREES.items():
        found = {*read_from_environment(tree)} - FOREIGN
        allowed = set()
        if path == PACKAGE / "settings.py":
            allowed = {"?"}  # which is where the table is read
        elif path.name == "conftest.py":
            allowed = {"DATABASE_URL", "DATABASE_ADMIN_URL"}  # whether one was given
        assert found <= allowed, path


def test_nothing_in_it_is_read_by_nobody():
    read = {name for tree in TREES.values() for name in read_from_table(tree)}
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
    table = config(POOL_SIZE="12")
    assert table.returncode == 0
    assert ["POOL_SIZE", "12", "environment"] in [line.split() for line in table.stdout.split("\n")]


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cret@h/shop", "host=h user=u dbname=shop password=s3cret"]
)
def test_config_shows_no_password(url):
    for options in [], ["--json"]:
        done = config(*options, DATABASE_URL=url, DATABASE_ADMIN_URL=url)
        assert done.returncode == 0
        assert done.stdout.count("database shop on h") == 2
        assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "url", ["s3cret", "postgresql://x:s3cret@[bad", "host=h s3cret", "postgresql://h/x?s3cret=1"]
)
def test_nor_one_in_what_is_no_address(url):
    done = config(DATABASE_URL=url, PORT="x")
    assert done.returncode == 2
    assert "DATABASE_URL must be a URL" in done.stderr
    assert 'PORT must be a whole number of 1 to 65535, not "x".' in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_a_secret_of_another_kind_is_not_shown_either(monkeypatch):
    row = Setting("SOME_KEY", Kind("a key", secret=True), "", "A key.", "web server", "none")
    monkeypatch.setitem(TABLE, row.name, row)
    assert configuring.shown(row) == "none"
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
