"""Pictures of the pages: `python -m dev.screenshots`, of a demo that is made for them.

Those that README.md shows, into docs/images; into a folder that is named each page, as wide as a
screen and as a telephone, light and dark. Of a demo that runs already with
`--address http://127.0.0.1:8000`.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser

from dev import PROJECT
from dev.browser import chromium

# What a picture is called -> the path of the page, and what is there once it can be looked at.
ACCOUNT = "account_id=cust:mara-soderlund"
PAGES = {
    "overview": ("/?period=quarter", "canvas"),
    "accounts": ("/console/accounts?sort=balance&order=desc", "tbody"),
    "find": ("/console/find?search=soderlund+mara", "tbody"),
    "account": (f"/console/account?{ACCOUNT}", "canvas"),
    "transfer": (f"/console/do/transfer?source_{ACCOUNT}", "form"),
    "transaction": ("/console/transaction?transaction_id=9000", ".flow"),
    "activity": ("/console/activity", "tbody"),
    "integrity": ("/console/integrity", "tbody"),
    "webhooks": ("/console/webhooks", ".lines"),
    "refusals": ("/console/refusals", "tbody"),
    "keys": ("/console/keys", "tbody"),
    "settings": ("/console/settings", "tbody"),
    "api": ("/docs", ".opblock-tag"),
}
SHOWN = [("overview", "wide", "light"), ("account", "wide", "dark")]  # by README.md
SIZES = {"wide": (1280, 800), "narrow": (390, 844)}
PATIENCE = 600  # seconds for the demo to be made


def main() -> None:
    """Take them all."""
    arguments = argparse.ArgumentParser(description="Take pictures of the pages.")
    arguments.add_argument("folder", nargs="?", type=Path, help="for all; else those of README.md")
    arguments.add_argument("--address", help="of a bank that runs; else a demo is made")
    arguments.add_argument("--only", choices=PAGES, nargs="*", default=[*PAGES])
    given = arguments.parse_args()
    folder = given.folder or PROJECT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [*product(given.only, SIZES, ("light", "dark"))] if given.folder else SHOWN
    there = contextlib.nullcontext(given.address) if given.address else demo()
    with there as address, chromium() as browser:
        for name, size, colours in wanted:
            path = folder / f"{name}-{size}-{colours}.png"
            take(browser, address, path, whole=given.folder is not None)
            print(f"{path}  {path.stat().st_size / 1024:.0f} KiB", flush=True)


def take(browser: Browser, address: str, path: Path, whole: bool) -> None:
    """A picture of the page, in size and colours as its name says: all of it, or its top."""
    name, size, colours = path.stem.split("-")
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if colours == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    with contextlib.closing(context):
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        place, something = PAGES[name]
        page.goto(address.rstrip("/") + place, wait_until="load")
        page.locator(something).first.wait_for()
        page.screenshot(path=path, full_page=whole, animations="disabled")


@contextlib.contextmanager
def demo() -> Iterator[str]:
    """The address of a demo with a PostgreSQL of its own, both of which are gone after it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="pgteller-", dir="/tmp") as home:
        variables = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "PGTELLER_HOME": home}
        variables["DATABASE_URL"] = variables["DATABASE_ADMIN_URL"] = ""
        command = [sys.executable, "-m", "pgteller"]
        with subprocess.Popen(
            [*command, "demo"], cwd=PROJECT, env=variables, process_group=0
        ) as process:
            try:
                _wait(f"http://127.0.0.1:{port}/health/ready", process)
                yield f"http://127.0.0.1:{port}"
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGINT)
                    process.wait(timeout=60)
        removal = [*command, "embedded", "remove", "--yes"]
        subprocess.run(removal, cwd=PROJECT, env=variables, check=True, stdout=subprocess.DEVNULL)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.2)
    raise SystemExit(f"The demo does not answer at {url}.")


if __name__ == "__main__":
    main()
