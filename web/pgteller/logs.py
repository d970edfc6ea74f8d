"""One JSON object per line on standard error; LOG_LEVEL=INFO adds a line per request."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from flask import Flask, Response, g, request

from pgteller import settings

log = logging.getLogger("pgteller")

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

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
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure() -> None:
    """Log as JSON; once per process, whatever number of applications it makes."""
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        log.addHandler(handler)
        log.setLevel(settings.one_of("LOG_LEVEL", "WARNING", LEVELS))


def install(app: Flask) -> None:
    """Time and log every request, where anybody wants to read it."""
    if log.isEnabledFor(logging.INFO):
        app.before_request(_begin)
        app.after_request(_end)


def _begin() -> None:
    g.begun = time.perf_counter()


def _end(response: Response) -> Response:
    log.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.begun) * 1000, 2),
        },
    )
    return response
