"""The text of a PDF of ours, by the fonts' own tables of characters, as readers search and copy."""

import re
import zlib
from typing import NamedTuple

OPERATOR = re.compile(
    rb"1 0 0 1 (\S+) (\S+) Tm|(/\S+) (\S+) Tf|<([0-9a-f]+)> Tj|\(((?:[^\\()]|\\.)*)\) Tj"
)


class Text(NamedTuple):
    x: float
    y: float
    text: str


def pages(pdf: bytes) -> list[list[Text]]:
    """What stands on each page, and where it begins."""
    objects = {
        int(number): content
        for number, content in re.findall(rb"(\d+) 0 obj\n(.*?)endobj", pdf, re.DOTALL)
    }
    fonts = {
        name: _characters(objects, int(number))
        for content in objects.values()
        for name, number in re.findall(rb"(/F\d\+\d+) (\d+) 0 R", content)
    }
    contents = [
        int(number)
        for content in objects.values()
        for number in re.findall(rb"/Contents (\d+) 0 R", content)
    ]
    return [_texts(_stream(objects[number]), fonts) for number in sorted(contents)]


def text(pdf: bytes) -> str:
    """All of it, a line for each piece."""
    return "\n".join(piece.text for page in pages(pdf) for piece in page)


def row(pdf: bytes, holding: str) -> list[str]:
    """What stands on one line with the first piece that holds some text, from left to right."""
    for page in pages(pdf):
        for found in page:
            if holding in found.text:
                return [piece.text for piece in sorted(page) if piece.y == found.y]
    raise AssertionError(f"{holding} is nowhere")


def _stream(content: bytes) -> bytes:
    return zlib.decompress(content.partition(b"stream\n")[2].rpartition(b"endstream")[0])


def _characters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    [table] = re.findall(rb"/ToUnicode (\d+) 0 R", objects[font])
    pairs = re.findall(rb"^<(\w\w)> <(\w{4,})>$", _stream(objects[int(table)]), re.MULTILINE)
    return {int(code, 16): bytes.fromhex(to.decode()).decode("utf-16-be") for code, to in pairs}


def _texts(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[Text]:
    found: list[Text] = []
    font: dict[int, str] = {}
    for x, y, name, _, code, literal in OPERATOR.findall(content):
        if x:
            found.append(Text(float(x), float(y), ""))
        elif name:
            font = fonts.get(name, {})
        else:
            codes = bytes.fromhex(code.decode()) if code else re.sub(rb"\\(.)", rb"\1", literal)
            piece = "".join(font[one] for one in codes)
            found[-1] = found[-1]._replace(text=found[-1].text + piece)
    return found
