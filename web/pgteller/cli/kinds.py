"""Kinds of words on the command line, by what arguments of functions are."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from pgteller.contract import Value
from pgteller.shell.shapes import JSON, is_time

SIMPLE: dict[str, click.ParamType[Any]] = {"integer": click.INT, "boolean": click.BOOL}


class Moment(click.ParamType[int]):
    """Milliseconds since the epoch, or a time in ISO 8601 with its zone."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> int:
        """As the bank takes it."""
        try:
            return int(str(value))
        except ValueError:
            pass
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


class Document(click.ParamType[str]):
    """JSON, as it stands, or @FILE, or - for standard input."""

    name = "json"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> str:
        """As text, which PostgreSQL reads."""
        text = str(value)
        if text == "-":
            return sys.stdin.read()
        if not text.startswith("@"):
            return text
        try:
            return Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            self.fail(f"{text[1:]} cannot be read: {problem}", param, context)


class Listed(click.ParamType[list[str]]):
    """Several words with commas between them."""

    name = "a,b,..."

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> list[str]:
        """As a list."""
        return [word.strip() for word in str(value).split(",")]


def of(value: Value) -> click.ParamType[Any]:
    """What an argument is given as."""
    if value.sql in JSON:
        return Document()
    if is_time(value):
        return Moment()
    if "enum" in value.schema:
        return click.Choice(value.schema["enum"])
    if value.schema.get("type") == "array":
        return Listed()
    return SIMPLE.get(value.schema.get("type", ""), click.STRING)
