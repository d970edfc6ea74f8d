"""What pages are made of besides HTML: this package's own files, and those of others from npm."""

from __future__ import annotations

from pathlib import Path

from flask import Response, url_for

from pgteller.shell.files import ASSETS, VENDOR, Files

OWN = Path(__file__).parent / "static"
FILES = Files(
    *(ASSETS / name for name in ("base.css", "mark.svg")),
    *(VENDOR / name for name in ("uPlot.min.css", "uPlot.iife.min.js", "htmx.min.js")),
    *(OWN / name for name in ("console.css", "console.js")),
)


def address(name: str) -> str:
    """Where a page finds it; a browser asks for it once and for ever."""
    return url_for("console.file", name=name, v=FILES[name].version)


def respond(name: str) -> Response:
    """Answer a request for one."""
    return FILES[name].respond()
