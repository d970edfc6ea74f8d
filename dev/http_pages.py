"""The HTTP interface, for people: docs/http-api.md, and a page under docs/http/ for each room."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

from dev.http_arguments import arguments
from dev.markdown import MADE, anchor, names, table
from dev.sql_pages import function_link, type_link
from pgteller.contract import REFUSALS, ROOMS, TYPES
from pgteller.shell import errors, openapi
from pgteller.shell.probes import PROBES, Probe
from pgteller.shell.routes import ROUTES, Route

Json = dict[str, Any]

BASE = "localhost:8000"
WIDTH = 100
SHOWN = 2  # members of a list in an example, where it has more than one more
HEALTH = "health"  # the page of what calls no function
ANY = "[what any route may answer](../http-api.md#problems-that-any-route-may-answer)"
AGAIN = "Send it again, when `Retry-After` says."
# What problems of the shell leave to do.
TO_DO = {
    "invalid_request": "Mend what `field` names.",
    "unauthenticated": "Send the secret of a key.",
    "invalid_api_key": "Use another key.",
    "invalid_token": "Get a new one from its issuer.",
    "keys_needed": "Have the server run with `AUTH=keys`.",
    "foreign_origin": "Have the origin added to `CORS_ORIGINS`.",
    "request_timeout": "Send it again.",
    "unknown_host": "Use a name that it knows, or have this one added to `ALLOWED_HOSTS`.",
    "too_many_requests": AGAIN,
    "internal_error": "Tell whoever runs the server the `instance`.",
    "server_busy": AGAIN,
    "lock_timeout": AGAIN,
    "statement_timeout": AGAIN,
    "database_unavailable": AGAIN,
    "issuer_unavailable": AGAIN,
    "version_mismatch": "Have whoever runs the server bring both to one version.",
    "malformed_json": "Mend the body.",
    "body_too_large": "Send less at once.",
    "unsupported_media_type": "Give `Content-Type: application/json`.",
    "outcome_unknown": "Send it again with the same key: nothing happens twice.",
    "permission_denied": "Use a key of the role that `role` names.",
    "not_found": "Mend the path.",
}

CONVENTIONS = """
The server shows all of this at `/docs`, where it can be tried out, and as OpenAPI 3.1 at
`/openapi.json`.

## Idempotency keys

An Idempotency-Key belongs to the account that a request is about, of a transfer the one
that pays, whoever calls: two tills that both send `1` for one account take each other's
requests for repeats. So begin each with a name of your own: `till-7/1`. The same key with another
request is refused as `idempotency_key_reused`; a request that is refused leaves its key free.

## Lists

Lists come in pages of `limit` items. `next` is the `after` of the next page, and null on the last
one. `order=desc` turns a list round, and `after` then goes on in that order.

## Standby

Where the server has a standby, a GET may be answered by it, some seconds behind, and
then comes with `Answered-By: standby`. Who must read what was just written sends the
header `Prefer: primary`.
"""


def pages() -> dict[str, str]:
    """All of them, by their paths below docs/."""
    by_room: dict[str, list[Route]] = {}
    for route in ROUTES:
        by_room.setdefault(route.function.room, []).append(route)
    found = {"http-api.md": _index(by_room)}
    for room, routes in by_room.items():
        found[f"http/{room}.md"] = _page(
            ROOMS[room].title, ROOMS[room].about, (_route(route) for route in routes)
        )
    title, about = openapi.PROBE_TAG["name"], openapi.PROBE_TAG["description"]
    found[f"http/{HEALTH}.md"] = _page(title, about, (_probe(probe) for probe in PROBES))
    return found


def _index(by_room: dict[str, list[Route]]) -> str:
    """What holds for all routes, and where each of them stands."""
    lines = [MADE, "# The HTTP interface\n", openapi.introduction(BASE).strip(), CONVENTIONS]
    lines += ["## Routes\n"]
    for room, routes in by_room.items():
        lines += [f"### {ROOMS[room].title}\n", f"{ROOMS[room].about}\n"]
        rows = [_row(room, one.method, one.path, one.function.summary) for one in routes]
        lines += table(("method", "path", "what it does"), rows)
    lines += [f"### {openapi.PROBE_TAG['name']}\n", f"{openapi.PROBE_TAG['description']}\n"]
    probes = [_row(HEALTH, "GET", one.path, one.summary) for one in PROBES]
    lines += table(("method", "path", "what it does"), probes)
    lines += ["## Problems that any route may answer\n"]
    lines += _problems(openapi.ALWAYS)
    lines += ["And some of them:\n"]
    lines += [f"- with a body: {names(openapi.WITH_BODY)}"]
    lines += ["- what changes anything: `outcome_unknown`"]
    lines += ["- what only some roles may do: `permission_denied`"]
    lines += ["- with something in its path: `not_found`, where that cannot be one\n"]
    more = (*openapi.WITH_BODY, "outcome_unknown", "permission_denied", "not_found")
    lines += _problems(more)
    return "\n".join(lines)


def _row(page: str, method: str, path: str, summary: str) -> tuple[str, str, str]:
    """A route in the index."""
    return method, f"[`{path}`](http/{page}.md#{anchor(f'{method} {path}')})", summary


def _problems(some: Iterable[str]) -> Iterator[str]:
    """What each says, and what to do."""
    rows = [(*_problem(name), TO_DO[name]) for name in some]
    yield from table(("code", "status", "what it says", "what to do"), rows)


def _problem(name: str) -> tuple[str, str, str]:
    """A problem in a table; what differs from case to case has the name of its member."""
    says = errors.SHELL[name][1] if name in errors.SHELL else REFUSALS[name]["hint"]
    says = re.sub(r'{"?(\w+)"?}', r"*\1*", re.sub(r"\[[^][]*\]", "", says))
    return f"`{name}`", str(errors.STATUS[name]), says


def _page(title: str, about: str, sections: Iterable[Iterator[str]]) -> str:
    """A room."""
    lines = [
        MADE,
        f"# {title}, over HTTP\n",
        f"{about} What holds for all routes stands in [the HTTP interface](../http-api.md).\n",
    ]
    for section in sections:
        lines += section
    return "\n".join(lines)


def _route(route: Route) -> Iterator[str]:
    """What it does and takes and answers and refuses."""
    function, example = route.function, openapi.examples()[route.name]
    yield f"## {route.method} {route.path}\n"
    yield f"{function.summary} {function.description}".strip() + "\n"
    *others, last = (f"{role.removeprefix('bank_')}s" for role in reversed(function.roles))
    roles = f"{', '.join(others)} and {last}" if others else last
    link = function_link(function.name, "../sql/")
    yield f"For {roles}. Calls [`bank.{function.name}`]({link}).\n"
    yield from table(("argument", "in", "type", "required", "what it is"), arguments(route))
    yield f"```sh\n{_curl(route.method, route.path, example)}\n```\n"
    where = ", and `Location` where it is" if route.location else ""
    yield f"Answers {route.status}, {_answer(route)}{where}:\n"
    yield f"```json\n{pretty(example['response'])}\n```\n"
    for media_type, form in route.also.items():
        yield f"With `Accept: {media_type}`: {form.about}\n"
    if function.refusals:
        yield f"Refused, in the order of the checks, besides {ANY}:\n"
        yield from table(("code", "status", "what it says"), map(_problem, function.refusals))


def _probe(probe: Probe) -> Iterator[str]:
    """A route that calls no function."""
    yield f"## GET {probe.path}\n"
    yield f"{probe.summary}\n"
    yield f"```sh\n{_curl('GET', probe.path, {})}\n```\n"
    yield "Answers 200:\n"
    yield f"```json\n{pretty(openapi.examples()[probe.name]['response'])}\n```\n"
    if probe.problems:
        yield f"Refused, besides {ANY}:\n"
        yield from table(("code", "status", "what it says"), map(_problem, probe.problems))


def _answer(route: Route) -> str:
    """What an answer is, in short."""
    returns = route.function.returns
    if not isinstance(returns, str):
        reference = returns.get("$ref", "").rpartition("/")[2]
        return _type(reference) if reference else "an object"
    if not route.items:
        return _type(returns)
    page = ", and where `next` goes on" if route.cursor else ""
    either = f"each its `{route.cursor}` or, by `detail=true`," if route.detail else "each"
    return f"`{route.items}`, {either} {_type(returns)}{page}"


def _type(name: str) -> str:
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article} [{name}]({type_link(name, '../sql/')})" if name in TYPES else name


def _curl(method: str, path: str, example: Json) -> str:
    """The request of an example, for a shell."""
    values = {name: quote(str(value), safe="") for name, value in example.get("path", {}).items()}
    address = BASE + path.format_map(values)
    query = {name: _text(value) for name, value in example.get("query", {}).items()}
    if query:
        address += "?" + urlencode(query, safe="/:,")
    words = ["curl", *(["-X", method] if method not in ("GET", "POST") else []), address]
    command = shlex.join(words)
    if method == "GET":
        return command
    body = shlex.quote(json.dumps(example.get("body", {}), ensure_ascii=False))
    whole = f"{command} --json {body}"
    return whole if len(whole) <= WIDTH else f"{command} \\\n  --json {body}"


def _text(value: object) -> str:
    """As a parameter of a query."""
    return value if isinstance(value, str) else json.dumps(value)


def pretty(value: object, indent: str = "") -> str:
    """JSON in lines of some width, with the first members of a long list."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent + line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    if isinstance(value, list) and len(value) > SHOWN + 1:
        value = [*value[:SHOWN], f"… {len(value) - SHOWN} more"]
    inner = indent + "  "
    if isinstance(value, dict):
        members = [f"{json.dumps(name)}: {pretty(one, inner)}" for name, one in value.items()]
    else:
        members = [pretty(one, inner) for one in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return opening + "\n" + ",\n".join(inner + one for one in members) + f"\n{indent}{closing}"
