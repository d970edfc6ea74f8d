"""The OpenAPI 3.1 document, made from the contract, the table of routes and calls really made."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from pathlib import Path
from string import Template

from pgteller.calls import SUMMARIES
from pgteller.contract import FUNCTIONS, REFUSALS, ROOMS, TYPES, Json, Value, or_null
from pgteller.shell import bounds, shapes
from pgteller.shell.callers import ROLES
from pgteller.shell.errors import STATUS, ProblemError
from pgteller.shell.parsing import LINES
from pgteller.shell.probes import Probe
from pgteller.shell.routes import Route

# What any route can answer, and any with a body.
ALWAYS = (
    "invalid_request",
    "unauthenticated",
    "invalid_api_key",
    "invalid_token",
    "keys_needed",
    "foreign_origin",
    "request_timeout",
    "unknown_host",
    "too_many_requests",
    "internal_error",
    "server_busy",
    "lock_timeout",
    "statement_timeout",
    "database_unavailable",
    "issuer_unavailable",
    "version_mismatch",
)
WITH_BODY = ("malformed_json", "body_too_large", "unsupported_media_type")

KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": "4b6c2d1e-invoice-77",
}
REPLAYED: Json = {
    "description": "`true` where this is the answer to an earlier request with the same key.",
    "schema": {"const": "true"},
}
PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457. Further members hold the numbers that matter, such as `available` "
    "and `required`.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "What programs tell problems apart by."},
        "function": {
            "type": "string",
            "description": "Of `permission_denied`: what was not to be called, by operationId.",
        },
        "role": {
            "type": "string",
            "enum": [*ROLES],
            "description": "Of `permission_denied`: that of the key, if one is needed.",
        },
        "arguments": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Of `permission_denied`, where the function may be called but not with "
            "these: what is for operators only.",
        },
    },
}
API_KEY: Json = {
    "type": "http",
    "scheme": "bearer",
    "description": "The secret of a key that `create_api_key` made: its role says what it may do, "
    "and its accounts which there are for it.",
}
SMALL_PRINT = f"""
To leave a member of a body out and to give it as `null` is the same. JSON may have at most
{bounds.MOST_LEVELS} levels and {bounds.MOST_VALUES} values, its numbers exponents of
-{bounds.MOST_EXPONENT} to {bounds.MOST_EXPONENT}. In a path, `%2F` and `/` are the same. Where a
server has a standby, a GET may be answered by it (`Answered-By: standby`), a few seconds behind;
`Prefer: primary` has it read what was just written.
"""
PROBE_TAG = {"name": "Health", "description": "Whether the bank is open."}


def document(
    routes: Sequence[Route], probes: Sequence[Probe], version: str, root: str = ""
) -> Json:
    """The whole document; `root` is where the application is mounted."""
    paths: dict[str, Json] = defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = _operation(route)
    for probe in probes:
        paths[probe.path]["get"] = _probe(probe)
    rooms = dict.fromkeys(route.function.room for route in routes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pgteller",
            "version": version,
            "description": introduction(f"localhost:8000{root}") + SMALL_PRINT,
        },
        "servers": [{"url": root or "/"}],
        "tags": [
            *({"name": ROOMS[room].title, "description": ROOMS[room].about} for room in rooms),
            PROBE_TAG,
        ],
        "paths": paths,
        "components": {
            "schemas": _types() | _items() | {"Problem": PROBLEM},
            "securitySchemes": {"api_key": API_KEY},
        },
        # Of nobody where the server asks for none.
        "security": [{"api_key": []}, {}],
    }


def introduction(base: str) -> str:
    """What a newcomer has to know, in Markdown; `base` is what addresses begin with."""
    text = Path(__file__).with_name("intro.md").read_text()
    return Template(text).substitute(base=base)


@cache
def examples() -> dict[str, Json]:
    """By the name of the operation: a request that was really made, and its answer."""
    found: dict[str, Json] = json.loads(Path(__file__).with_name("examples.json").read_text())
    return found


def _types() -> Json:
    """What functions return; of what they only take, members that are NULL may be left out."""
    columns = [column.schema for kind in TYPES.values() for column in kind.columns.values()]
    told = json.dumps([columns, [function.returns for function in FUNCTIONS.values()]])
    returned = {*re.findall(r'"(?:#/components/schemas/)?(\w+)"', told)}
    found = {name: kind.json for name, kind in TYPES.items()}
    for name, kind in TYPES.items():
        if name not in returned:
            found[name]["required"] = [
                one for one, column in kind.columns.items() if not column.nullable
            ]
    return found


def _items() -> Json:
    """The items of batches, one kind an operation."""
    found = {}
    for name, function in shapes.BATCHED.items():
        item = _object(shapes.item_arguments(function))
        item["properties"] = {"operation": {"const": name}, **item["properties"]}
        item["required"] = ["operation", *item["required"]]
        found[f"{name}_item"] = {"description": function.summary, **item}
    return found


def _item() -> Json:
    """Any item of a batch."""
    where = {name: f"#/components/schemas/{name}_item" for name in shapes.BATCHED}
    return {
        "anyOf": [{"$ref": ref} for ref in where.values()],
        "discriminator": {"propertyName": "operation", "mapping": where},
    }


def _object(arguments: shapes.Arguments, required: Iterable[str] = ()) -> Json:
    """A body with these members; those that may be left out may be null."""
    needed = [name for name, one in arguments.items() if one.required or name in required]
    properties = {
        name: argument.json if name in needed else _optional(argument)
        for name, argument in arguments.items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def _optional(argument: Value) -> Json:
    return or_null(argument.json) | _default(argument)


def _default(argument: Value) -> Json:
    """What it is if left out; without what is for operators, it is not their function's default."""
    if argument.default is None or argument.privileged:
        return {}
    return {"default": argument.default}


def _operation(route: Route) -> Json:
    """One route."""
    function, example = route.function, examples().get(route.name, {})
    operation: Json = {
        "operationId": route.name,
        "tags": [ROOMS[function.room].title],
        "summary": function.summary,
        "parameters": _parameters(route, example),
        "responses": {str(route.status): _success(route, example), **_problems(_refusals(route))},
    }
    if function.description:
        operation["description"] = function.description
    if body := _body(route, example):
        operation["requestBody"] = body
    return operation


def _probe(probe: Probe) -> Json:
    """A route that calls no function."""
    schema = {
        "type": "object",
        "properties": probe.properties,
        "required": [*probe.properties],
    }
    example = examples()[probe.name]["response"]
    content = {"application/json": {"schema": schema, "example": example}}
    return {
        "operationId": probe.name,
        "tags": [PROBE_TAG["name"]],
        "summary": probe.summary,
        "parameters": [],
        "responses": {
            "200": {"description": "It is well.", "content": content},
            **_problems([*ALWAYS, *probe.problems]),
        },
    }


def _body(route: Route, example: Json) -> Json:
    """What is sent, if anything is."""
    if route.lines:
        argument = route.function.arguments[route.lines]
        items = example.get("body", [])
        lines = {"type": "string", "description": "One item per line."}
        text = "".join(json.dumps(item) + "\n" for item in items)
        schema = argument.json | {"items": _item()}
        schema["description"] = f"An array, and not an object: {schema['description']}"
        return {
            "required": True,
            "content": {
                "application/json": {"schema": schema, "example": items},
                LINES: {"schema": lines, "example": text},
            },
        }
    if not route.body:
        return {}
    schema = _object(route.in_body, route.required)
    content = {"schema": schema, "example": example.get("body", {})}
    return {"required": True, "content": {"application/json": content}}


def _parameters(route: Route, example: Json) -> list[Json]:
    """Those of the path, the query and the header."""
    found: list[Json] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": argument.description,
            "schema": argument.schema,
        }
        for name, argument in route.in_path.items()
    ]
    for name, given in route.in_query.items():
        argument = shapes.as_parameter(given)
        schema = argument.schema
        if schema["type"] == "string":
            schema = {"minLength": 1} | schema
        schema = schema | _default(argument)
        found.append({"name": name, "in": "query", "description": argument.about, "schema": schema})
        if argument.required:
            found[-1]["required"] = True
    for parameter in found:
        values = example.get("path" if parameter["in"] == "path" else "query", {})
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
    if route.idempotent:
        description = route.function.arguments["idempotency_key"].description
        found.append(KEY | {"description": description})
    return found


def _success(route: Route, example: Json) -> Json:
    """The response that is not a problem."""
    content = {"schema": _answer(route), "example": example.get("response")}
    response: Json = {
        "description": HTTPStatus(route.status).phrase,
        "content": {"application/json": content},
    }
    for media_type, form in route.also.items():
        other = {
            "schema": {"type": "string", "description": form.about},
            "example": f"(a document of type {media_type})",
        }
        response["content"][media_type] = other
    headers: Json = {}
    if route.idempotent:
        headers["Idempotent-Replayed"] = REPLAYED
    if route.location:
        headers["Location"] = {"description": "Where it is now.", "schema": {"type": "string"}}
    if route.also:
        description = "But for JSON: as which file to save it."
        headers["Content-Disposition"] = {"description": description, "schema": {"type": "string"}}
    return response | ({"headers": headers} if headers else {})


def _answer(route: Route) -> Json:
    """The schema of what is answered."""
    returns = route.function.returns
    if not isinstance(returns, str):
        return returns
    row = {"$ref": f"#/components/schemas/{returns}"}
    if not route.items:
        return row
    members = {name: argument.json for name, argument in route.in_path.items()}
    members |= {name: schema for name, (_, schema) in SUMMARIES.get(route.name, {}).items()}
    members[route.items] = {"type": "array", "items": row}
    if route.cursor:
        cursor = TYPES[returns].columns[route.cursor]
        if route.detail:
            members[route.items]["items"] = {"anyOf": [cursor.schema, row]}
        following = "The `after` of the next page, null on the last one."
        members["next"] = replace(cursor, nullable=True, description=following).json
    return {"type": "object", "properties": members, "required": [*members]}


def _refusals(route: Route) -> list[str]:
    """Every problem this route can answer with."""
    names = [*route.function.refusals, *ALWAYS]
    if route.body or route.lines:
        names += WITH_BODY
    if route.method != "GET":
        names.append("outcome_unknown")
    if route.in_path:
        names.append("not_found")  # of a path whose parameter is not of its type
    privileged = any(one.privileged for one in route.function.arguments.values())
    if privileged or {f"bank_{role}" for role in ROLES} - {*route.function.roles}:
        names.append("permission_denied")
    return names


def _problems(names: Iterable[str]) -> dict[str, Json]:
    """The problems under their HTTP statuses."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        by_status[STATUS[name]].append(name)
    return {str(status): _problem(by_status[status]) for status in sorted(by_status)}


def _shown(hint: str) -> str:
    """A refusal's hint with the names of members where a case has what they hold."""
    return re.sub(r'{"?(\w+)"?}', r"{\1}", re.sub(r"\[[^][]*\]", "", hint))


def _problem(names: list[str]) -> Json:
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"code": {"enum": names}}},
        ]
    }
    shown = {
        name: {"value": ProblemError(name, _shown(hint)).document()}
        for name, hint in ((name, REFUSALS.get(name, {}).get("hint", "")) for name in names)
    }
    content = {"schema": schema, "examples": shown}
    return {
        "description": ", ".join(f"`{name}`" for name in names),
        "content": {"application/problem+json": content},
    }
