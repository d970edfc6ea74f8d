"""The reference pages, made from the contract, so that they cannot be wrong.

docs/sql-api.md and docs/http-api.md with a page a room, and the README's tables of functions.
`make contract` writes them; a test compares them.
"""

from __future__ import annotations

import re
from pathlib import Path

from dev import http_pages, sql_pages
from dev.markdown import table
from pgteller.contract import FUNCTIONS, ROOMS

FOLDERS = ("sql", "http")  # below docs/, with nothing in them but these pages


def pages() -> dict[str, str]:
    """All of them, by their paths below docs/."""
    return sql_pages.pages() | http_pages.pages()


def write(docs: Path) -> None:
    """Have them be what they are now, and take away those of rooms that are no more."""
    made = pages()
    for folder in FOLDERS:
        (docs / folder).mkdir(exist_ok=True)
        for file in (docs / folder).iterdir():
            if file.relative_to(docs).as_posix() not in made:
                file.unlink()
    for path, page in made.items():
        (docs / path).write_text(page)


def function_table() -> str:
    """The README's tables, one a room: every function, its arguments, its one sentence."""
    lines: list[str] = []
    for name, room in ROOMS.items():
        rows = []
        for function in FUNCTIONS.values():
            if function.room == name:
                arguments = [
                    one + ("" if argument.required else "?")
                    for one, argument in function.arguments.items()
                    if not argument.privileged
                ]
                rows.append((f"`{function.name}({', '.join(arguments)})`", function.summary))
        if rows:
            lines += [f"**{room.title}**: {room.about}", ""]
            lines += table(("function", "what it does"), rows)
    return "\n".join(lines)


def with_function_table(readme: str) -> str:
    """The README with its table of functions made anew."""
    return re.sub(
        r"(?<=<!-- functions -->\n).*?(?=<!-- /functions -->)",
        lambda _: function_table(),
        readme,
        flags=re.DOTALL,
    )
