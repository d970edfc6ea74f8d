"""A statement as PDF, drawn with reportlab: A4 across, a table that goes on from page to page.

The font is Bitstream Vera, which reportlab brings along and which knows Latin letters;
STATEMENT_FONT names the file of a TrueType font that knows more. A character that the font has no
glyph for is written as its code point, {6C49}, rather than as an empty box.
"""

from __future__ import annotations

import io
import json
import os
from functools import cache, lru_cache
from typing import Any

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from web.money import major, moment

PAGE = landscape(A4)
MARGIN = 36.0
SIZE = 7.5
LEADING = 11.0
RIGHT = PAGE[0] - MARGIN
BOTTOM = MARGIN + 1.5 * LEADING

# Title, where the column begins, or ends if it is one of numbers, how wide it is.
COLUMNS = (
    ("Time (UTC)", MARGIN, 112.0),
    ("No.", MARGIN + 148.0, -34.0),
    ("Operation", MARGIN + 156.0, 88.0),
    ("Counterparty", MARGIN + 248.0, 146.0),
    ("Reference", MARGIN + 398.0, 72.0),
    ("Amount", MARGIN + 574.0, -100.0),
    ("Minor units", MARGIN + 664.0, -86.0),
    ("Balance", RIGHT, -102.0),
)


def render(statement: bytes) -> bytes:
    """The function's JSON as a PDF; the same statement gives the same bytes."""
    return _Paper(json.loads(statement)).draw()


class _Paper:
    """One document being drawn, from top to bottom."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.exponent = document["exponent"]
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=PAGE, invariant=True)
        self.canvas.setTitle("Statement of account")
        self.canvas.setAuthor("pgteller")
        self.y = PAGE[1] - MARGIN
        self.page = 1

    def draw(self) -> bytes:
        self._head()
        self._titles()
        self._row(*self._bound("Opening balance", "since", "opening"), bold=True)
        for line in self.document["transactions"]:
            self._row(*self._line(line))
        self._row(*self._bound("Closing balance", "until", "closing"), bold=True)
        self._totals()
        self._foot()
        self.canvas.save()
        return self.buffer.getvalue()

    def _head(self) -> None:
        document = self.document
        self._text(MARGIN, "Statement of account", bold=True, size=15)
        self._down(1.8)
        period = f"{_time(document['since'])} to {_time(document['until'])}, the end not included"
        for title, value in (
            ("Account", document["account_id"]),
            ("Currency", document["currency"]),
            ("Period (UTC)", period),
        ):
            self._text(MARGIN, title, bold=True)
            self._text(MARGIN + 80, value)
            self._down()
        self._down(0.6)

    def _titles(self) -> None:
        self._row(*(title for title, _, _ in COLUMNS), bold=True)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(MARGIN, self.y, RIGHT, self.y)
        self._down(0.2)

    def _bound(self, name: str, moment_of: str, balance: str) -> tuple[str, ...]:
        time = _time(self.document[moment_of])
        return time, "", name, "", "", "", "", self._money(self.document[balance])

    def _line(self, line: dict[str, Any]) -> tuple[str, ...]:
        due = " (due)" if line["deposited"] is False else ""
        return (
            _time(line["timestamp"]),
            str(line["version"]),
            line["operation"] + due,
            line["contra_account_id"] or "",
            line["payment_ref"] or "",
            self._money(line["amount"]),
            str(line["amount"]),
            self._money(line["balance_after"]),
        )

    def _totals(self) -> None:
        """Under the table: what came and went, by operation and in all."""
        totals = self.document["totals"]
        both = {name: self.document[name] for name in ("credits", "debits")}
        count = sum(total["count"] for total in totals)
        self._down(0.8)
        self._total("Totals", "Entries", "Credits", "Debits", bold=True)
        for total in [*totals, {"operation": "all", "count": count, **both}]:
            self._total(
                total["operation"],
                str(total["count"]),
                self._money(total["credits"]),
                self._money(total["debits"]),
            )

    def _total(self, name: str, *values: str, bold: bool = False) -> None:
        self._room()
        self._text(MARGIN, self._fitting(name, 130, bold), bold)
        for x, value in zip((180.0, 290.0, 400.0), values, strict=True):
            self._text(MARGIN + x, value, bold, to_right=True)
        self._down()

    def _row(self, *cells: str, bold: bool = False) -> None:
        """A row of the table; text that is too wide for its column goes on below."""
        room = (abs(width) for _, _, width in COLUMNS)
        wrapped = [_wrap(cell, width, bold) for cell, width in zip(cells, room, strict=True)]
        height = max(map(len, wrapped))
        self._room(height, titles=cells[0] != COLUMNS[0][0])
        for number in range(height):
            for (_, x, width), parts in zip(COLUMNS, wrapped, strict=True):
                if number < len(parts) and parts[number]:
                    self._text(x, parts[number], bold, to_right=width < 0)
            self._down()

    def _money(self, amount: int) -> str:
        return major(amount, self.exponent, thousands=",")

    def _fitting(self, text: str, width: float, bold: bool) -> str:
        return _wrap(text, width, bold)[0]

    def _text(
        self, x: float, text: str, bold: bool = False, to_right: bool = False, size: float = SIZE
    ) -> None:
        text, width = _measured(text, bold)
        self.canvas.setFont(_font(bold), size)
        self.canvas.drawString(x - width * size if to_right else x, self.y - size, text)

    def _down(self, lines: float = 1) -> None:
        self.y -= lines * LEADING

    def _room(self, lines: int = 1, titles: bool = False) -> None:
        """Go to the next page where this one has no room for so many lines."""
        if self.y - lines * LEADING < BOTTOM:
            self._foot()
            self.canvas.showPage()
            self.page += 1
            self.y = PAGE[1] - MARGIN
            if titles:
                self._titles()

    def _foot(self) -> None:
        self.y = MARGIN + SIZE
        name = self._fitting(self.document["account_id"], 400, bold=False)
        self._text(MARGIN, f"{name}, {self.document['currency']}")
        self._text(RIGHT, f"Page {self.page}", to_right=True)


def _time(milliseconds: int) -> str:
    return moment(milliseconds).replace("T", " ").removesuffix("Z") or f"{milliseconds} ms"


@cache
def _font(bold: bool) -> str:
    """The name of the font, read from its file when it is first needed."""
    path = os.environ.get("STATEMENT_FONT") or ("VeraBd.ttf" if bold else "Vera.ttf")
    name = "Statement-Bold" if bold else "Statement"
    pdfmetrics.registerFont(TTFont(name, path))
    return name


def _drawable(text: str, bold: bool) -> str:
    """The text in characters that the font has."""
    if text.isascii():
        return text
    glyphs = pdfmetrics.getFont(_font(bold)).face.charToGlyph
    return "".join(
        character if ord(character) in glyphs else f"{{{ord(character):04X}}}" for character in text
    )


@lru_cache(maxsize=4096)
def _measured(text: str, bold: bool) -> tuple[str, float]:
    """The text as it can be drawn, and how wide it is at size 1."""
    text = _drawable(text, bold)
    return text, pdfmetrics.getFont(_font(bold)).stringWidth(text, 1)


def _wrap(text: str, width: float, bold: bool) -> list[str]:
    """The text in pieces that fit the width."""
    if _measured(text, bold)[1] * SIZE <= width:
        return [text]
    pieces = [""]
    for character in text:
        if pieces[-1] and _measured(pieces[-1] + character, bold)[1] * SIZE > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
