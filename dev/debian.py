"""Debian packages without root: downloaded, checked by apt and unpacked under `.tools/`.

pgTAP, pg_prove and plpgsql_check are not on PyPI, and installing them system-wide would need root
and pull in a second PostgreSQL server.  Their files are all that is needed.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / ".tools"


class NotAvailableError(Exception):
    """A package cannot be had here; the message says what to install instead."""


def unpacked(package: str) -> Path:
    """The folder that holds `package`'s files (`usr/...` below it), downloaded on first use."""
    TOOLS.mkdir(exist_ok=True)
    folder = TOOLS / package
    with open(TOOLS / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            _unpack(package, folder)
    return folder


def _unpack(package: str, folder: Path) -> None:
    """Download `package` and put its files into `folder`, all of them or none."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise NotAvailableError(
            f"This is not Debian: please install what {package} holds, then retry."
        )
    print(f"Fetching {package} from Debian into .tools/ ...", flush=True)
    with tempfile.TemporaryDirectory(dir=TOOLS) as name:
        work = Path(name)
        archive = _download(package, work)
        subprocess.run(["dpkg", "-x", str(archive), str(work / "files")], check=True)
        (work / "files").rename(folder)


def _download(package: str, work: Path) -> Path:
    """Download by the system's package lists, or by private ones where those are empty or old."""
    private = TOOLS / "apt"
    (private / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (private / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    own_lists = [f"-oDir::State::lists={private / 'lists'}", f"-oDir::Cache={private / 'cache'}"]
    for options, refresh in ([], False), (own_lists, True):
        command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", *options]
        if refresh:
            print("The package lists know nothing of it; fetching fresh ones ...", flush=True)
            subprocess.run([*command, "update"], stdout=subprocess.DEVNULL, check=False)
        result = subprocess.run(
            [*command, "download", package], cwd=work, capture_output=True, text=True, check=False
        )
        archives = list(work.glob("*.deb"))
        if result.returncode == 0 and archives:
            return archives[0]
    raise NotAvailableError(f"apt-get cannot download {package}: {result.stderr.strip()}")
