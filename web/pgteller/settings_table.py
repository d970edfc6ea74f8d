"""The table of settings: all that pgteller takes from its environment, a row each.

A new one is a row here, and is read by `settings.whole("NAME")` or the like, after what kind it is.
docs/settings.md, `pgteller config` and what is said of a value of no use all come from the rows.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pgteller.addresses import is_database, is_url, without_login

_WHOLE = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
SECONDS_OF = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

HOST = r"(\[[0-9a-f:.]+\]|[0-9a-z._-]+)"  # as a Host header has it, without the port


class UnfitError(ValueError):
    """The value is none that a setting may have."""


@dataclass(frozen=True)
class Kind:
    """What a value may be: `expected` says so after "must be"."""

    expected: str
    pattern: re.Pattern[str] = field(default_factory=lambda: re.compile(r"[\s\S]*"))
    reader: str = "text"  # the function of `settings` that reads it
    fits: Callable[[str], bool] = lambda _: True
    secret: bool = False  # whether a value may hold what nobody is to see
    told: Callable[[str], str] | None = None  # what of such a value may be told all the same

    def check(self, value: str) -> None:
        """Refuse what is none."""
        if not (self.pattern.fullmatch(value) and self.fits(value)):
            raise UnfitError(self.expected)


def _is_key_set(value: str) -> bool:
    if value.startswith("https://"):
        return is_url(value) and without_login(value) == value
    return not value or os.access(value, os.R_OK)


TEXT = Kind("text")
ADDRESS = Kind(
    "a URL such as postgresql://user@host/database, with %XX for what is special in one, or a "
    "line such as host=... dbname=...",
    reader="address",
    fits=is_database,
    secret=True,
)
URL = Kind(
    "a URL such as https://collector.example:4318, with %XX for what is special in a user or a "
    "password",
    fits=is_url,
    secret=True,
    told=without_login,
)
KEY_SET = Kind(
    "an https URL of a JSON Web Key Set, with no user in it, or a file that can be read",
    fits=_is_key_set,
    secret=True,
    told=str,
)
ROOT = Kind("a path such as /bank", re.compile(r"((/[A-Za-z0-9._~-]+)+/*)|/+"))


FOLDER = Kind("a folder that is there", fits=lambda value: not value or Path(value).is_dir())
FILE = Kind("a file that can be read", fits=lambda value: not value or os.access(value, os.R_OK))
DURATION = Kind(
    "0, or a time such as 90s, 15m, 24h or 7d",
    re.compile(r"0|[1-9][0-9]{0,5}[smhd]"),
    "duration",
)
HOSTS = Kind(
    "names such as bank.example, with blanks between them",
    re.compile(rf"\s*({HOST}(\s+|$))*", re.IGNORECASE),
    "words",
)
ORIGINS = Kind(
    "origins such as https://shop.example, with blanks between them",
    re.compile(rf"\s*(https?://{HOST}(:[0-9]{{1,5}})?(\s+|$))*"),
    "words",
)
RATE = Kind(
    "such as 100/second or 5000/minute", re.compile(r"([1-9][0-9]{0,8}/(second|minute|hour|day))?")
)


def whole(least: int, most: int) -> Kind:
    """Whole numbers within bounds."""
    expected = f"a whole number of {least} to {most}"
    return Kind(expected, _WHOLE, "whole", lambda value: least <= int(value) <= most)


def decimal(least: float, most: float) -> Kind:
    """Numbers within bounds, of seconds for example."""
    expected = f"a number of {least:g} to {most:g}"
    return Kind(expected, _DECIMAL, "decimal", lambda value: least <= float(value) <= most)


def one_of(*choices: str) -> Kind:
    """One of some words, which may be given in capitals or not."""
    expected = f"one of {', '.join(choices)}"
    known = {choice.upper() for choice in choices}
    return Kind(expected, reader="one_of", fits=lambda value: value.upper() in known)


@dataclass(frozen=True)
class Setting:
    """A variable of the environment."""

    name: str
    kind: Kind
    default: str  # as one would write it
    about: str  # in a sentence
    readers: str  # who reads it
    otherwise: str = ""  # what there is instead of an empty default, or besides another


ALL, SERVERS, WEB, EMBEDDED = "all", "web server, worker", "web server", "embedded server"
SECONDS = decimal(0.1, 3600)

ROWS = (
    Setting(
        "DATABASE_URL",
        ADDRESS,
        "",
        "The login that posts and reads, as a URL or in any other form that libpq takes; PG* "
        "variables, services and passfiles say what it leaves open.",
        ALL,
        "none: `serve` and `worker` end without it; `run` and commands use the embedded server",
    ),
    Setting(
        "DATABASE_ADMIN_URL",
        ADDRESS,
        "",
        "The login that installs and upgrades.",
        "init, migrate, run",
        "`DATABASE_URL`",
    ),
    Setting(
        "READ_DATABASE_URL",
        ADDRESS,
        "",
        "A standby that answers reads while it is not too far behind.",
        WEB,
        "none: `DATABASE_URL` answers all",
    ),
    Setting(
        "READ_MAX_LAG",
        decimal(1, 3600),
        "5",
        "The seconds that its answer may be old.",
        WEB,
    ),
    Setting("PGTELLER_SCHEMA", TEXT, "bank", "Which ledger, where a database has several.", ALL),
    Setting("PGTELLER_HOME", TEXT, ".pg", "Where the embedded server keeps its data.", EMBEDDED),
    Setting("HOST", TEXT, "127.0.0.1", "The address on which the web server listens.", WEB),
    Setting("PORT", whole(1, 65535), "8000", "The port on which the web server listens.", WEB),
    Setting(
        "ROOT_PATH",
        ROOT,
        "/",
        "Where clients find the API, if not at the root; a proxy may take the "
        "prefix off or leave it.",
        WEB,
    ),
    Setting(
        "AUTH",
        one_of("none", "keys"),
        "none",
        "With `keys` every request but health and docs comes with an API key.",
        WEB,
    ),
    Setting(
        "JWT_ISSUER", TEXT, "", "Whose tokens count as well as keys.", WEB, "none: no tokens count"
    ),
    Setting(
        "JWT_AUDIENCE", TEXT, "", "The name of this server, as those tokens have it.", WEB, "none"
    ),
    Setting(
        "JWT_KEYS",
        KEY_SET,
        "",
        "Where the issuer's keys are: the https URL of a JSON Web Key Set, or a file.",
        WEB,
        "none",
    ),
    Setting(
        "JWT_ROLE_CLAIM",
        TEXT,
        "role",
        "The claim that names one of teller, operator and auditor, alone or among others; dots "
        "lead into it, as in `realm_access.roles`.",
        WEB,
    ),
    Setting(
        "JWT_ACCOUNTS_CLAIM",
        TEXT,
        "",
        "The claim that lists the accounts that a token is for, and that each has to have then.",
        WEB,
        "none: tokens are for all accounts",
    ),
    Setting(
        "ALLOWED_HOSTS",
        HOSTS,
        "",
        "The names by which clients may ask for this server, whoever scrapes its metrics among "
        "them.",
        WEB,
        "`localhost`, `127.0.0.1` and `[::1]`; with keys any",
    ),
    Setting(
        "CORS_ORIGINS",
        ORIGINS,
        "",
        "The origins whose pages may ask, by the browser that shows them.",
        WEB,
        "none but its own",
    ),
    Setting(
        "TLS_CERTIFICATE",
        FILE,
        "",
        "The certificate with which the server speaks TLS.",
        WEB,
        "none",
    ),
    Setting("TLS_KEY", FILE, "", "Its key, in PKCS #8.", WEB, "none"),
    Setting(
        "RATE_LIMIT",
        RATE,
        "",
        "The requests that a key may make to one process of the server, as in `100/second`; more "
        "are answered with 429.",
        WEB,
        "any number",
    ),
    Setting(
        "BODY_TIMEOUT", SECONDS, "15", "The seconds in which a body has to be there, or 408.", WEB
    ),
    Setting(
        "MOST_WAITING",
        whole(0, 100_000),
        "64",
        "The requests that may wait for a thread of a process; more are answered with 503 at once.",
        WEB,
    ),
    Setting("REQUEST_TIMEOUT", SECONDS, "30", "The seconds that a statement may take.", WEB),
    Setting("LOCK_TIMEOUT", SECONDS, "5", "The seconds that a statement may wait for a lock.", WEB),
    Setting(
        "POOL_SIZE",
        whole(1, 10_000),
        "8",
        "The connections of a process; as many as it has threads.",
        SERVERS,
    ),
    Setting(
        "POOL_TIMEOUT",
        decimal(0, 3600),
        "5",
        "The seconds that a request waits for a thread or a connection, before a 503.",
        SERVERS,
    ),
    Setting(
        "DRAIN_SECONDS",
        decimal(0, 3600),
        "1",
        "The seconds after SIGTERM in which `pgteller serve` still answers, but is not ready.",
        WEB,
    ),
    Setting(
        "STATEMENT_FONT",
        TEXT,
        "",
        "A TrueType font (.ttf) for PDF statements in scripts other than Latin, Greek and "
        "Cyrillic; the web server ends with a message if it is none.",
        WEB,
        "Roboto",
    ),
    Setting(
        "LOG_LEVEL",
        one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "WARNING",
        "What is logged, a line of JSON each; INFO logs each request, and that a process starts or "
        "stops.",
        SERVERS,
        "`pgteller serve`: INFO",
    ),
    Setting(
        "SESSION_NAMES",
        one_of("yes", "no"),
        "yes",
        "Whether PostgreSQL is told the id of each request, as `application_name`.",
        WEB,
    ),
    Setting(
        "PROMETHEUS_MULTIPROC_DIR",
        TEXT,
        "",
        "Where the processes of a web server count together.",
        WEB,
        "a folder for temporary files",
    ),
    Setting(
        "OTEL_TRACES_EXPORTER",
        one_of("none", "console", "otlp"),
        "none",
        "Where traces go, if the extra `otel` is installed; `otlp` if an endpoint is given.",
        WEB,
    ),
    Setting("OTEL_EXPORTER_OTLP_ENDPOINT", URL, "", "That of a collector.", WEB, "none"),
    Setting("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", URL, "", "One for traces.", WEB, "the other"),
    Setting(
        "OTEL_SDK_DISABLED",
        one_of("true", "false"),
        "false",
        "Whether there are none after all.",
        WEB,
    ),
    Setting("VERIFY_EVERY", DURATION, "24h", "How often the worker verifies; 0: never.", "worker"),
    Setting(
        "DIGEST_EVERY",
        DURATION,
        "1h",
        "How often the worker takes a digest, if it has a folder for them; 0: never.",
        "worker",
    ),
    Setting(
        "DIGEST_DIR",
        FOLDER,
        "",
        "Where the worker keeps digests, if not --digest-dir says so.",
        "worker",
        "none: it takes none",
    ),
)

TABLE = {row.name: row for row in ROWS}
