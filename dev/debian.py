"""Debian packages without root: downloaded, checked by apt and unpacked under `.tools/`.

pgTAP, pg_prove and plpgsql_check are not on PyPI, and installing them system-wide would need root
and pull in a second PostgreSQL server.  Their files are all that is needed.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / ".tools"


class NotAvailableError(Exception):
    """A package cannot be had here; the message says what to install instead."""


def unpacked(package: str) -> Path:
    """The folder that holds `package`'s files (`usr/...` below it), downloaded on first use."""
    folder = TOOLS / package
    if folder.is_dir():
        return folder
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise NotAvailableError(
            f"This is not Debian: please install what {package} holds, then retry."
        )
    print(f"Fetching {package} from Debian into .tools/ ...", flush=True)
    TOOLS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TOOLS) as name:
        work = Path(name)
        archive = _download(package, work)
        subprocess.run(["dpkg", "-x", str(archive), str(work / "files")], check=True)
        shutil.copytree(work / "files", folder, symlinks=True, dirs_exist_ok=True)
    return folder


def _download(package: str, work: Path) -> Path:
    """Download by the system's package lists, or by private ones where those are empty or old."""
    private = TOOLS / "apt"
    (private / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (private / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    own_lists = [
        "-o",
        f"Dir::State::lists={private / 'lists'}",
        "-o",
        f"Dir::Cache={private / 'cache'}",
    ]
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
