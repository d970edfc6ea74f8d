"""Debian packages without root: downloaded, checked by apt and unpacked under `.tools/`.

pgTAP, pg_prove and plpgsql_check are not on PyPI, and installing them system-wide would need root
and pull in a second PostgreSQL server.  Their files are all that is needed.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / ".tools"
Choice = Callable[[Sequence[str]], list[str]]  # of packages, by apt's options


class NotAvailableError(Exception):
    """A package cannot be had here; the message says what to install instead."""


def unpacked(package: str) -> Path:
    """The folder that holds `package`'s files (`usr/...` below it), downloaded on first use."""
    return _unpacked(package, TOOLS / package, lambda options: [package])


def unpacked_with_needs(package: str, files_only: Collection[str] = ()) -> Path:
    """The same with all that it needs and the system has not got.

    Of those that are `files_only` it needs the files alone, not what these need in turn.
    """
    needs = partial(_with_needs, package, files_only)
    return _unpacked(package, TOOLS / f"{package}.with-needs", needs)


def _unpacked(package: str, folder: Path, choose: Choice) -> Path:
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _unpack(package, folder, choose)
    return folder


def _unpack(package: str, folder: Path, choose: Choice) -> None:
    """Download what is chosen for `package`, and put its files into `folder`: all or none."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise NotAvailableError(
            f"This is not Debian: please install what {package} holds, then retry."
        )
    print(f"Fetching {package} from Debian into .tools/ ...", flush=True)
    with tempfile.TemporaryDirectory(dir=TOOLS) as name:
        work = Path(name)
        for archive in _download(package, work, choose):
            subprocess.run(["dpkg", "-x", str(archive), str(work / "files")], check=True)
        (work / "files").rename(folder)


def _download(package: str, work: Path, choose: Choice) -> list[Path]:
    """Download by the system's package lists, or by private ones where those are empty or old."""
    private = TOOLS / "apt"
    (private / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (private / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    own_lists = [f"-oDir::State::lists={private / 'lists'}", f"-oDir::Cache={private / 'cache'}"]
    problem = ""
    for lists, refresh in ([], False), (own_lists, True):
        options = ["-q", "-oAPT::Sandbox::User=root", *lists]
        if refresh:
            print("The package lists know nothing of it; fetching fresh ones ...", flush=True)
            # What it cannot fetch may be of no use here: the download tells.
            command = ["apt-get", *options, "update"]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        try:
            _run(["apt-get", *options, "download", *choose(options)], work)
            return sorted(work.glob("*.deb"))
        except subprocess.CalledProcessError as refused:
            problem = str(refused.stderr).strip()
    raise NotAvailableError(f"apt-get cannot download {package}: {problem}")


def _with_needs(package: str, files_only: Collection[str], options: Sequence[str]) -> list[str]:
    """It, and what apt would install before it on this system, each in the version it would."""
    told = _run(["apt-cache", *options, "show", "--no-all-versions", package])
    depends = ",".join(re.findall(r"^(?:Pre-)?Depends: (.*)", told, re.MULTILINE))
    direct = {first.group() for one in depends.split(",") if (first := re.search(r"[^\s|]+", one))}
    command = ["apt-get", *options, "--simulate", "--no-install-recommends", "install"]
    told = _run([*command, *sorted(direct - {*files_only})])
    needed = re.findall(r"^Inst (\S+) (?:\[.*?\] )?\((\S+)", told, re.MULTILINE)
    return [package, *files_only, *(f"{name}={version}" for name, version in needed)]


def _run(command: Sequence[str], folder: Path = TOOLS) -> str:
    """What it prints, where it does not fail."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout
