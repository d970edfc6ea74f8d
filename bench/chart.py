"""The chart of the README, drawn by hand: SVG that reads well on a light and on a dark page."""

from __future__ import annotations

from html import escape
from typing import Any

WIDTH = 760
LABELS = 250  # where the bars begin
ROOM = 380  # how long the longest bar is
LINE = 24

STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
.title { font-size: 17px; font-weight: 600; }
.panel { font-weight: 600; }
.label { text-anchor: end; }
.note { font-size: 11.5px; fill: #59636e; }
.ours { fill: #1a7f64; }
.other { fill: #9aa4af; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .note { fill: #9198a1; }
  .ours { fill: #3fb68f; }
  .other { fill: #6e7681; }
}
"""

# A panel: its title, the part of the results, the number drawn, its bars: label, measurement,
# whether it is ours.
PANELS: list[tuple[str, str, str, list[tuple[str, str, bool]]]] = [
    (
        "Transfers per second, 8 clients",
        "speed",
        "rate",
        [
            ("bare rows: no checks, no proof", "floor.transfer @8", False),
            ("bank.transfer", "bank.transfer @8", True),
            ("bank.batch, 10 000 a call", "bank.batch of 10000 @8", True),
        ],
    ),
    (
        "The same from Python, 8 clients",
        "speed",
        "rate",
        [
            ("statement by statement", "client way @8", False),
            ("bank.transfer", "client bank.transfer @8", True),
        ],
    ),
    (
        "CPU of PostgreSQL per operation, µs (less is better)",
        "speed",
        "cpu_us",
        [
            ("bare rows of a deposit", "floor.deposit @8", False),
            ("bank.deposit", "bank.deposit @8", True),
            ("bare rows of a transfer", "floor.transfer @8", False),
            ("bank.transfer", "bank.transfer @8", True),
            ("bare rows of a payment", "floor.pay @8", False),
            ("bank.pay", "bank.pay @8", True),
        ],
    ),
    (
        "Transfers per second, 32 clients, commits of 2 ms and more",
        "speed",
        "rate",
        [
            ("spread over 10 000 accounts", "bank.transfer, slow commit @32", True),
            ("all to one collecting account", "collecting transfer, slow commit @32", True),
            ("all to one ordinary account", "hot transfer, slow commit @32", False),
        ],
    ),
    (
        "HTTP requests per second, 16 connections",
        "speed",
        "rate",
        [
            ("no-op", "HTTP no-op @16", False),
            ("GET balance", "HTTP GET balance @16", True),
            ("POST transfer", "HTTP POST transfer @16", True),
        ],
    ),
    (
        "Transfers per second as the ledger grows, 8 clients",
        "growth",
        "rate",
        [
            ("100 thousand legs", "bank.transfer @8, 100 k", True),
            ("1 million legs", "bank.transfer @8, 1 M", True),
            ("10 million legs", "bank.transfer @8, 10 M", True),
        ],
    ),
]


def draw(results: dict[str, Any]) -> str:
    """The chart of all panels that were measured."""
    shapes: list[str] = []
    y = 30
    _text(shapes, 16, y, "title", "What pgteller costs")
    y += 12
    for title, part, field, bars in PANELS:
        cells = results.get(part, {}).get("cells", {})
        drawn = [(label, cells[name][field], ours) for label, name, ours in bars if name in cells]
        if not drawn:
            continue
        y += 26
        _text(shapes, 16, y, "panel", title)
        y += 10
        longest = max(value for _, value, _ in drawn)
        for label, value, ours in drawn:
            length = max(ROOM * value / longest, 1)
            _text(shapes, LABELS - 10, y + 14, "label", label)
            kind = "ours" if ours else "other"
            shapes.append(
                f'<rect class="{kind}" x="{LABELS}" y="{y + 3}" width="{length:.0f}" '
                f'height="{LINE - 8}" rx="2"/>'
            )
            _text(shapes, LABELS + length + 8, y + 15, "value", _number(value))
            y += LINE
    about = next(iter(results.values()))
    y += 26
    _text(shapes, 16, y, "note", _where(about))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 18}" '
        f'width="{WIDTH}" height="{y + 18}" role="img" aria-label="Benchmark results">\n'
        f"<style>{STYLE}</style>\n" + "\n".join(shapes) + "\n</svg>\n"
    )


def _text(shapes: list[str], x: float, y: float, kind: str, said: str) -> None:
    shapes.append(f'<text class="{kind}" x="{x:.0f}" y="{y}">{escape(said)}</text>')


def _number(value: float) -> str:
    """Grouped by thin spaces, with no more digits than mean anything."""
    return f"{value:,.0f}".replace(",", "\u202f")


def _where(about: dict[str, Any]) -> str:
    machine = about["machine"]
    return (
        f"{about['date']} · {machine['cpus']} CPUs ({machine['cpu']}), "
        f"{machine['memory_gib']} GiB · PostgreSQL {about['versions']['postgresql']}, "
        f"fsync and synchronous_commit on · medians of {about['rounds']} rounds"
    )
