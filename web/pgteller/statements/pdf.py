"""A statement as PDF, drawn with reportlab on A4: what a bank hands to the account's holder.

The font is Roboto, which knows the letters of living languages in Latin, Greek and Cyrillic script;
STATEMENT_FONT names the file of a TrueType font that knows others. A character that the font has no
glyph for is written as its code point, {6C49}, rather than as an empty box.

Everything is placed first, page by page, and drawn then: so each page knows how many there are.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import resources
from typing import NamedTuple

from reportlab.lib.pagesizes import A4

from pgteller import settings
from pgteller.contract import Json
from pgteller.money import major
from pgteller.statements.pages import Box, Font, FontError, Page, Style, draw

WIDTH, HEIGHT = A4
MARGIN = 42.0
RIGHT = WIDTH - MARGIN
BOTTOM = MARGIN + 22.0
SIZE = 8.0
LEADING = 11.0
GAP = 5.0  # above and below the text of a row

GREY, RULE, BAND = 0.4, 0.8, 0.94  # 0 is black, 1 is white
PLAIN, BOLD, LESS = Style(SIZE), Style(SIZE, bold=True), Style(SIZE, grey=GREY)
TITLE, LABEL, FACT = Style(18, bold=True), Style(9, grey=GREY), Style(9)
SUM, FOOT = Style(11, bold=True), Style(7, grey=GREY)

MOST = 140  # characters of a text, as banks pass them on to each other; CSV has them all


class Column(NamedTuple):
    """A column of the table: its text goes from `x` to the right, or ends there if `to_right`."""

    title: str
    x: float
    width: float
    to_right: bool = False


COLUMNS = (
    Column("Date", MARGIN + 6, 84),
    Column("Description", MARGIN + 96, 152),
    Column("Transaction", MARGIN + 256, 66),
    Column("Amount", RIGHT - 98, 88, to_right=True),
    Column("Balance", RIGHT - 6, 88, to_right=True),
)
TOTALS = (
    Column("Totals", MARGIN + 6, 180),
    Column("Entries", MARGIN + 260, 60, to_right=True),
    Column("Credits", RIGHT - 124, 110, to_right=True),
    Column("Debits", RIGHT - 6, 110, to_right=True),
)


def render(document: Json, all_entries: bool = False) -> bytes:
    """The function's JSON as a PDF; the same statement gives the same bytes."""
    return _Paper(document, all_entries).draw()


def require_font() -> None:
    """End this process if STATEMENT_FONT is of no use, rather than fail when a statement is due."""
    try:
        _font()
    except FontError as problem:
        settings.end(f"STATEMENT_FONT: {problem}")


class _Paper:
    """One statement being laid out, from top to bottom."""

    def __init__(self, document: Json, all_entries: bool) -> None:
        self.document = document
        self.font = _font()
        self.entries = [line for line in document["transactions"] if line["amount"] or all_entries]
        self.totals = [
            total
            for total in document["totals"]
            if total["credits"] or total["debits"] or all_entries
        ]
        self.unfinished = ""
        if document["as_of"] is not None:
            self.unfinished = f"As of {_clock(document['as_of_time'])}, the period is not over"
        self.pages = [Page()]
        self.y = HEIGHT - MARGIN

    def draw(self) -> bytes:
        self._head()
        self._summary()
        self._titles(COLUMNS)
        opening, closing = self._bounds()
        self._row(COLUMNS, opening, BOLD)
        for line in self.entries:
            self._row(COLUMNS, self._cells(line))
        self._row(COLUMNS, closing, BOLD)
        self._all_totals()
        for number, page in enumerate(self.pages, 1):
            self._foot(page, number)
        return draw(self.pages, self.font, f"Statement of account {self.document['account_id']}")

    def _head(self) -> None:
        document = self.document
        self._down(18)
        self._text(MARGIN, "Statement of account", TITLE)
        if self.unfinished:
            self._down(18)
            self._text(MARGIN, f"{self.unfinished}: more may follow.", BOLD)
        self._down(14)
        opening, closing = _clock(document["opening_time"]), _clock(document["closing_time"])
        period = f"{opening} to {closing}" if document["since"] else f"until {closing}"
        for title, value in (
            ("Account holder", self._short(_one_line(document["holder"] or ""))),
            ("Account", self.font.drawable(document["account_id"])),
            ("Currency", self.font.drawable(document["currency"])),
            ("Period", period),
            ("Time zone", document["time_zone"]),
        ):
            lines = self.font.wrap(value, RIGHT - MARGIN - 90, FACT.size) if value else []
            for number, line in enumerate(lines):
                self._down(13)
                self._text(MARGIN, "" if number else title, LABEL)
                self._text(MARGIN + 90, line, FACT)
        self._down(20)

    def _summary(self) -> None:
        """What the statement comes to, in a band."""
        width = (RIGHT - MARGIN) / 4
        self._box(36, BAND)
        top = self.y
        for number, (title, amount) in enumerate(
            (
                ("Opening balance", self.document["opening"]),
                ("Credits", self.document["credits"]),
                ("Debits", -self.document["debits"]),
                ("Closing balance", self.document["closing"]),
            )
        ):
            x, text = MARGIN + number * width + 8, self._money(amount)
            self.y = top - 14
            self._text(x, title, LESS)
            self.y = top - 28
            self._text(x, text, self._fitting(text, width - 14, SUM))
        self.y = top - 36 - 16

    def _titles(self, columns: tuple[Column, ...]) -> None:
        self._box(LEADING + GAP + 1, BAND)
        for column in columns:
            self._cell(column, self.y - LEADING, column.title, BOLD)
        self._down(LEADING + GAP + 1)

    def _bounds(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The first row and the last one: what there was before, and after."""
        document = self.document
        opened = _clock(document["opening_time"]) if document["since"] else ""
        closed = _clock(document["closing_time"])
        opening, closing = self._money(document["opening"]), self._money(document["closing"])
        return (
            (opened, "Opening balance", "", "", opening),
            (closed, "Closing balance", "", "", closing),
        )

    def _cells(self, line: Json) -> tuple[str, ...]:
        """A row of the table; a line break begins a new line in its cell."""
        date, what = _clock(line["time"]), self.font.drawable(line["title"])
        if line["value_at"] != line["timestamp"]:
            date += f"\nvalue {_clock(line['value_time']).partition(' ')[0]}"
        other = line["contra_account_id"] or "@"
        if not other.startswith("@"):  # the house's own accounts are none of the holder's business
            what += f" {'from' if line['amount'] > 0 else 'to'} {self._short(other)}"
        if line["deposited"] is False:
            what += " (due)"
        if line["description"]:
            what += f"\n{self._short(_one_line(line['description']))}"
        number = "" if line["transaction_id"] is None else str(line["transaction_id"])
        if line["payment_ref"]:
            number += f"\n{line['payment_ref']}"
        amount, balance = self._money(line["amount"]), self._money(line["balance_after"])
        return date, what, number.strip(), amount, balance

    def _all_totals(self) -> None:
        """Under the table: what came and went, by operation and in all."""
        words = {line["operation"]: line["title"] for line in self.document["transactions"]}
        self._down(20)
        self._room(3 * (LEADING + GAP))
        self._titles(TOTALS)
        count = sum(total["count"] for total in self.totals)
        for total in [*self.totals, self.document | {"operation": "", "count": count}]:
            name = self.font.drawable(words.get(total["operation"], "In all"))
            credits, debits = self._money(total["credits"]), self._money(-total["debits"])
            cells = name, str(total["count"]), credits, debits
            self._row(TOTALS, cells, PLAIN if total["operation"] else BOLD)

    def _row(
        self, columns: tuple[Column, ...], cells: tuple[str, ...], style: Style = PLAIN
    ) -> None:
        """A row of a table, with a rule below."""
        wrapped = [
            self._pieces(column, cell, style) for column, cell in zip(columns, cells, strict=True)
        ]
        height = max(map(len, wrapped))
        if self._room(height * LEADING + GAP):
            self._titles(columns)
        for column, pieces in zip(columns, wrapped, strict=True):
            for number, (piece, looks) in enumerate(pieces, 1):
                self._cell(column, self.y - number * LEADING, piece, looks)
        self._down(height * LEADING + GAP)
        self._box(0.4, RULE)

    def _pieces(self, column: Column, cell: str, style: Style) -> list[tuple[str, Style]]:
        """What a cell holds, line by line: text is wrapped, numbers are never torn apart."""
        if column.to_right:
            return [(cell, self._fitting(cell, column.width, style))]
        return [
            (piece, LESS if number else style)
            for number, part in enumerate(cell.split("\n"))
            for piece in self.font.wrap(part, column.width, SIZE)
        ]

    def _fitting(self, text: str, width: float, style: Style) -> Style:
        """The style, in a smaller size where the text is wider than that."""
        wide = self.font.width(text) * style.size
        return style if wide <= width else style._replace(size=style.size * width / wide)

    def _cell(self, column: Column, y: float, text: str, style: Style) -> None:
        room = self.font.width(text) * style.size if column.to_right else 0
        self.pages[-1].write(column.x - room, y, text, style)

    def _text(self, x: float, text: str, style: Style) -> None:
        self.pages[-1].write(x, self.y, text, style)

    def _box(self, height: float, grey: float) -> None:
        """From here down, from margin to margin."""
        box = Box(MARGIN, self.y - height, RIGHT - MARGIN, height, grey)
        self.pages[-1].boxes.append(box)

    def _short(self, text: str) -> str:
        """Drawable text of a few lines at most; of an id only one whose letters the font lacks."""
        text = self.font.drawable(text)
        return text if len(text) <= MOST else text[: MOST - 3].rstrip() + "..."

    def _money(self, amount: int) -> str:
        return major(amount, self.document["exponent"], thousands=",")

    def _down(self, points: float) -> None:
        self.y -= points

    def _room(self, height: float) -> bool:
        """Go to the next page where this one has no room for so much; whether that was so."""
        if self.y - height >= BOTTOM:
            return False
        self.pages.append(Page())
        self.y = HEIGHT - MARGIN
        return True

    def _foot(self, page: Page, number: int) -> None:
        """Whose page it is, cut where that is long, which, and whether more may follow."""
        where, numbered = MARGIN - 10, f"Page {number} of {len(self.pages)}"
        whose = self.font.drawable(f"{self.document['account_id']}, {self.document['currency']}")
        page.write(MARGIN, where, self.font.wrap(whose, 400, FOOT.size)[0], FOOT)
        if self.unfinished:
            page.write(MARGIN, where - FOOT.size - 2, self.unfinished, FOOT)
        page.write(RIGHT - self.font.width(numbered) * FOOT.size, where, numbered, FOOT)


@cache
def _font() -> Font:
    """The font, read from its file when it is first needed."""
    roboto = resources.files("fontpkg_roboto") / "files" / "Roboto[wdth,wght].ttf"
    return Font(settings.text("STATEMENT_FONT") or str(roboto))


def _clock(time: str) -> str:
    """2026-10-01T13:45:10.123+02:00 as 2026-10-01 13:45:10; the head says in which zone."""
    return time.partition(".")[0].replace("T", " ")


def _one_line(text: str) -> str:
    """Text as letters that fonts have, without line breaks."""
    return " ".join(unicodedata.normalize("NFC", text).split())
