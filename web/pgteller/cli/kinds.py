"""Kinds of words on the command line, by what arguments of functions are."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pgteller.contract import Value
from pgteller.shell.shapes import JSON, is_time

if TYPE_CHECKING:
    Kind = click.ParamType[Any]
else:
    Kind = click.ParamType  # which is generic since click 8.4

WHOLE = re.compile("-?[0-9]{1,18}")


class Number(Kind):
    """A whole number, in digits alone."""

    name = "number"

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        self.least = least
        self.most = most

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> int:
        """As the bank takes it, which says what else it must be."""
        if not WHOLE.fullmatch(str(value)):
            self.fail(f"{value!r} is no whole number of at most 18 digits.", param, context)
        number = int(str(value))
        if (self.least is not None and number < self.least) or (
            self.most is not None and number > self.most
        ):
            self.fail(f"{number} is not one of {self.least} to {self.most}.", param, context)
        return number


class Moment(Kind):
    """Milliseconds since the epoch, or a time in ISO 8601 with its zone."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> int:
        """As the bank takes it."""
        if WHOLE.fullmatch(str(value)):
            return int(str(value))
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(
                f"{value!r} is no time: give milliseconds since the epoch, or one with its zone "
                "such as 2026-11-28T09:00:00Z.",
                param,
                context,
            )
        return round(moment.timestamp() * 1000)


class Document(Kind):
    """JSON, as it stands, or @FILE, or - for standard input; an array may be lines of items."""

    name = "json"

    def __init__(self, of_lines: bool) -> None:
        self.of_lines = of_lines

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> str:
        """As text, which PostgreSQL reads."""
        text = str(value)
        try:
            if text == "-":
                text = sys.stdin.read()
            elif text.startswith("@"):
                text = Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            self.fail(f"{value} cannot be read: {problem}", param, context)
        if _is_json(text):
            return text
        lines = [line for line in text.splitlines() if line.strip()]
        if self.of_lines and all(map(_is_json, lines)):
            return f"[{','.join(lines)}]"
        cure = "A file is given as @FILE, standard input as -."
        if Path(text[:255]).is_file():
            cure = f"For the file: @{value}."
        self.fail(f"it is no JSON. {cure}", param, context)


def _is_json(text: str) -> bool:
    """Numbers of any size stay what they are."""
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


class Listed(Kind):
    """Several words with commas between them."""

    name = "a,b,..."

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> list[str]:
        """As a list."""
        return [word.strip() for word in str(value).split(",")]


def of(value: Value) -> Kind:
    """What an argument is given as."""
    if value.sql in JSON:
        return Document(of_lines=value.schema.get("type") == "array")
    if is_time(value):
        return Moment()
    if "enum" in value.schema:
        return click.Choice(value.schema["enum"])
    if value.schema.get("type") == "array":
        return Listed()
    if value.schema.get("type") == "integer":
        # What no function refuses is refused here, as the web server does.
        return Number(*map(value.schema.get, ("minimum", "maximum"))) if value.checked else Number()
    return click.BOOL if value.schema.get("type") == "boolean" else click.STRING


def hint(value: Value) -> str:
    """How else it may be given than it is told of in the contract."""
    if value.sql in JSON:
        return "Or @FILE, or - for standard input."
    if is_time(value):
        return "Or as in 2026-11-28T09:00:00Z."
    return ""
