"""One JSON object per line on standard error; LOG_LEVEL=INFO adds a line per request."""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from contextlib import nullcontext, suppress
from typing import Any

import psycopg

from pgteller import settings

log = logging.getLogger("pgteller")

HANDLER = logging.StreamHandler()

_json = json.JSONEncoder(default=str, separators=(",", ":")).encode
_QUOTED = re.compile('".*"', re.DOTALL)
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Time, level, logger, message, and whatever `extra` held."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message contains."""
        line: dict[str, Any] = {
            "time": int(record.created * 1000),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["exception"] = _told(record.exc_info[1])
        return _json(line)


def _told(problem: BaseException | None) -> str:
    """What went wrong, and where; of what PostgreSQL says nothing that quotes a row or a value."""
    if problem is None:
        return ""
    if not isinstance(problem, psycopg.Error):
        return "".join(traceback.format_exception(problem))
    where = "".join(traceback.format_tb(problem.__traceback__))
    said = problem.diag.message_primary or type(problem).__name__
    if (problem.sqlstate or "").startswith("22"):
        said = _QUOTED.sub('"..."', said)
    within = re.findall("^(?:PL/pgSQL|SQL) function .*", problem.diag.context or "", re.MULTILINE)
    return "\n".join([f"{where}{problem.sqlstate} {said}", *within])


def configure() -> None:
    """Log as JSON; once per process, whatever number of applications it makes."""
    if not log.handlers:
        HANDLER.setFormatter(JsonFormatter())
        log.addHandler(HANDLER)
        log.setLevel(settings.one_of("LOG_LEVEL"))


def line(logger: str, message: str, members: dict[str, Any]) -> None:
    """A line of level INFO as the formatter would write it, for what is logged with each request.

    To make and hand on a record of logging, which looks for the caller's file and line, costs more
    than all else about it.
    """
    begun = {"time": int(time.time() * 1000), "level": "INFO", "logger": logger, "message": message}
    text = _json(begun | members) + "\n"
    # A log that nobody reads any more keeps nobody from his answer.
    with HANDLER.lock or nullcontext(), suppress(OSError, ValueError):
        HANDLER.stream.write(text)
        HANDLER.flush()
