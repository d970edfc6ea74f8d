"""Pages of text and boxes as a PDF, by way of reportlab: fonts, and the fast part of drawing.

What stands on a page is written in the operators of PDF here, a few lines of them: reportlab's own
drawing takes most of a second for each thousand lines of a statement.
"""

from __future__ import annotations

import io
import unicodedata
from bisect import bisect_right
from itertools import accumulate, groupby
from operator import itemgetter
from threading import Lock
from typing import NamedTuple

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

rl_config.useA85 = 0  # streams are bytes: as text they are a quarter larger, and slow to write

ESCAPES = str.maketrans({character: f"\\{character}" for character in "()\\"})
UNSEEN = {"Cc", "Cf"}  # of control, of format: what would turn text around among them
PRINTABLE = {chr(code) for code in range(ord(" "), ord("~") + 1)}


class FontError(Exception):
    """A file is not of use as a font."""


class Style(NamedTuple):
    """How text looks; grey goes from 0, black, to 1, white."""

    size: float
    bold: bool = False
    grey: float = 0.1


Line = tuple[float, float, str]  # where a line of text begins, from the lower left corner


class Box(NamedTuple):
    """A filled rectangle; a rule is a flat one."""

    x: float
    y: float
    width: float
    height: float
    grey: float


class Page:
    """What is to be drawn on a page: boxes, and text over them."""

    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.lines: dict[Style, list[Line]] = {}

    def write(self, x: float, y: float, text: str, style: Style) -> None:
        """Have a line of text on it."""
        if text:
            self.lines.setdefault(style, []).append((x, y, text))


class Font:
    """A TrueType font, and how wide its characters are."""

    def __init__(self, path: str) -> None:
        try:
            self.embedded = TTFont("Font", path, asciiReadable=True)
        except Exception as problem:  # reportlab stumbles in many ways over what is no font
            raise FontError(f"{path} is no TrueType font that can be read: {problem}") from problem
        self.reading = Lock()  # reportlab reads the font's file with one position for all threads
        face = self.embedded.face
        self.widths: dict[str, float] = {
            chr(code): face.charWidths.get(code, face.defaultWidth) / 1000
            for code in face.charToGlyph
            if unicodedata.category(chr(code)) not in UNSEEN
        }
        self.width_of = self.widths.__getitem__
        if missing := PRINTABLE - self.widths.keys():
            raise FontError(f"{path} has no {' '.join(sorted(missing))}")

    def drawable(self, text: str) -> str:
        """The text in characters that the font has; {6C49} for those that it has not."""
        widths = self.widths
        if all(map(widths.__contains__, text)):
            return text
        return "".join([c if c in widths else f"{{{ord(c):04X}}}" for c in text])

    def width(self, text: str) -> float:
        """How wide drawable text is at size 1."""
        return sum(map(self.width_of, text))

    def wrap(self, text: str, width: float, size: float) -> list[str]:
        """Drawable text in pieces that fit the width: cut at blanks, else anywhere."""
        room = width / size
        if self.width(text) <= room:
            return [text]
        pieces, start = [], 0
        ends = [0.0, *accumulate(map(self.width_of, text))]
        while ends[-1] - ends[start] > room:
            fits = max(start + 1, bisect_right(ends, ends[start] + room) - 1)
            blank = text.rfind(" ", start + 1, fits + 1)
            cut = fits if blank < 0 else blank
            pieces.append(text[start:cut])
            start = cut + (cut == blank)
        return [*pieces, text[start:]]


class Codes(dict[str, tuple[int, str]]):
    """How a document writes a character: in which of the font's subsets, and as what in hex."""

    def __init__(self, font: Font, canvas: Canvas) -> None:
        super().__init__()
        self.font, self.document = font.embedded, canvas._doc

    def __missing__(self, character: str) -> tuple[int, str]:
        [(subset, code)] = self.font.splitString(character, self.document)
        self[character] = subset, code.hex()
        return self[character]

    def of(self, text: str) -> list[tuple[int, str]]:
        """The text as strings of PDF, each within one subset."""
        if text.isascii():  # the first subset has ASCII as it is
            return [(0, f"({text.translate(ESCAPES)})")]
        return [
            (subset, f"<{''.join([code for _, code in codes])}>")
            for subset, codes in groupby(map(self.__getitem__, text), itemgetter(0))
        ]

    def subset(self, number: int) -> str:
        """What a subset is called in the document."""
        name: str = self.font.getSubsetInternalName(number, self.document)
        return name


def draw(pages: list[Page], font: Font, title: str) -> bytes:
    """The pages as a PDF of A4; the same pages give the same bytes."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True, pageCompression=1, lang="en")
    canvas.setTitle(title)
    canvas.setAuthor("pgteller")
    codes = Codes(font, canvas)
    for page in pages:
        for x, y, width, height, grey in page.boxes:
            canvas.addLiteral(f"{grey} g {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")
        for style, lines in page.lines.items():
            canvas.addLiteral("\n".join(_operators(style, lines, codes)))
        canvas.showPage()
    with font.reading:
        canvas.save()
    return buffer.getvalue()


def _operators(style: Style, lines: list[Line], codes: Codes) -> list[str]:
    """Text of one style; bold is drawn with an outline, so that one font is enough."""
    mode = f"2 Tr {0.03 * style.size:.2f} w" if style.bold else "0 Tr"
    found = [f"BT {style.grey} g {style.grey} G {mode}"]
    current = -1
    for x, y, text in lines:
        found.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
        for subset, code in codes.of(text):
            if subset != current:
                found.append(f"{codes.subset(subset)} {style.size:.2f} Tf")
                current = subset
            found.append(f"{code} Tj")
    return [*found, "ET"]
