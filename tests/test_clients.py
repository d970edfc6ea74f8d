"""Clients that others' generators make of /openapi.json: their types fit, and they work."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from dev import PROJECT
from pgteller.embedded.database import create_web_role
from pgteller.shell import create_app
from tests.conftest import web_server

CLIENTS = PROJECT / "tests" / "clients"
PROGRAMS = Path(sysconfig.get_path("scripts"))
MYPY = ("--strict", "--follow-imports=silent", "--cache-dir=/dev/null")
TOLD = {
    "moved": 7500,
    "payment": "payment1",
    "batch": ["posted"],
    "balance": 2500,
    "pending": 100,
    "newest": [["pay", -5000], ["transfer", -2500]],
}

pytestmark = [pytest.mark.first_server, pytest.mark.direct]


def run(folder, *command):
    """Run a program of ours; what it printed."""
    variables = os.environ | {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path):
    """With the document, and all that stands in tests/clients."""
    shutil.copytree(CLIENTS, tmp_path, dirs_exist_ok=True)
    document = create_app("postgresql:///").test_client().get("/openapi.json")
    (tmp_path / "openapi.json").write_bytes(document.data)
    return tmp_path


@pytest.fixture
def address(new_ledger):
    """Of a web server on a new ledger."""
    with new_ledger() as url, web_server(create_web_role(url), workers=1) as address:
        yield address


def test_typescript(folder, address):
    run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    programs = folder / "node_modules" / ".bin"
    run(folder, programs / "openapi-typescript", "openapi.json", "-o", "bank.d.ts")
    run(folder, programs / "tsc", "--project", ".")
    assert json.loads(run(folder, "node", "flow.js", address)) == TOLD


def test_python(folder, address):
    options = ["--path", "openapi.json", "--output-path", "bank", "--meta", "none"]
    options += ["--config", "generator.yaml"]
    told = run(folder, "openapi-python-client", "generate", *options)
    assert told.count("WARNING") <= 1, told  # it knows no application/x-ndjson, and takes the array
    run(folder, sys.executable, "-m", "mypy", *MYPY, "flow.py")
    assert json.loads(run(folder, sys.executable, "flow.py", address)) == TOLD
