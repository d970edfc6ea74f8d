"""The OpenAPI 3.1 document, made from the table of routes and nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from web.errors import STATUS, ProblemError, title
from web.fields import PATH_PARAMETERS
from web.parsing import LINES
from web.routes import Route

Json = dict[str, Any]

# What any route can answer, and any with a body.
ALWAYS = ("invalid_request", "internal_error", "database_unavailable")
WITH_BODY = ("malformed_json", "body_too_large", "unsupported_media_type", "outcome_unknown")

KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeats of a request with the same key are answered as the first was, and "
    "nothing happens again. A key belongs to the account that pays.",
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
    },
}


def document(routes: Sequence[Route], version: str) -> Json:
    """The whole document."""
    schemas = _Schemas(routes)
    paths: dict[str, Json] = defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pgteller",
            "version": version,
            "description": "A bank ledger that lives in PostgreSQL. Amounts are whole numbers of "
            "minor units (cents), times are milliseconds since the epoch. Everything refused is "
            "answered with `application/problem+json`.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(route.resource for route in routes)],
        "paths": paths,
        "components": {"schemas": schemas.components | {"Problem": PROBLEM}},
    }


class _Schemas:
    """JSON Schemas of all structs and parameters that the routes use."""

    def __init__(self, routes: Sequence[Route]) -> None:
        types: list[Any] = [field for _, field in PATH_PARAMETERS.values()]
        for route in routes:
            types += [part for part in (route.body, route.answer) if isinstance(part, type)]
            types += [route.items.type] if route.items else []
            types += [field.type for field in msgspec.structs.fields(route.query)]
        found, self.components = msgspec.json.schema_components(
            types, ref_template="#/components/schemas/{name}"
        )
        self._found = list(zip(types, found, strict=True))

    def of(self, kind: object) -> Json:
        """The schema of a type named in the table."""
        return next(schema for known, schema in self._found if known is kind)

    def example(self, schema: Json, brief: bool) -> object:
        """A value that fits; a brief one holds only what is required."""
        if "$ref" in schema:
            schema = self.components[schema["$ref"].rpartition("/")[2]]
        if "examples" in schema:
            return schema["examples"][0]
        if "anyOf" in schema:
            return self.example(schema["anyOf"][0], brief)
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "array":
            return [self.example(schema["items"], brief)]
        if schema.get("type") == "object":
            names = schema.get("required", []) if brief else schema["properties"]
            return {name: self.example(schema["properties"][name], brief) for name in names}
        return schema.get("type") == "boolean"


def _operation(route: Route, schemas: _Schemas) -> Json:
    """One route."""
    operation: Json = {
        "operationId": route.name,
        "tags": [route.resource],
        "summary": route.summary,
        "parameters": _parameters(route, schemas),
        "responses": {str(route.status): _success(route, schemas), **_problems(route)},
    }
    if route.description:
        operation["description"] = route.description
    if route.items:
        operation["requestBody"] = _lines_or_array(schemas.of(route.items.type), schemas)
    if route.body:
        schema = schemas.of(route.body)
        content = {"schema": schema, "example": schemas.example(schema, brief=True)}
        operation["requestBody"] = {
            "required": any(field.required for field in msgspec.structs.fields(route.body)),
            "content": {"application/json": content},
        }
    return operation


def _lines_or_array(schema: Json, schemas: _Schemas) -> Json:
    """The body of a route that takes items."""
    example = schemas.example(schema, brief=True)
    assert isinstance(example, list)
    lines = {"type": "string", "description": "One item per line."}
    text = "".join(json.dumps(item) + "\n" for item in example)
    return {
        "required": True,
        "content": {
            "application/json": {"schema": schema, "example": example},
            LINES: {"schema": lines, "example": text},
        },
    }


def _parameters(route: Route, schemas: _Schemas) -> list[Json]:
    """Those of the path, the query and the header."""
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": schemas.of(kind)}
        for name, (_, kind) in PATH_PARAMETERS.items()
        if name in route.parameters
    ]
    for field in msgspec.structs.fields(route.query):
        schema = dict(schemas.of(field.type))
        # A parameter is left out rather than null.
        for choice in schema.pop("anyOf", []):
            if choice != {"type": "null"}:
                schema |= choice
        if schema.get("type") == "string":
            schema.setdefault("minLength", 1)
        if not field.required and field.default is not None:
            schema["default"] = field.default
        found.append({"name": field.name, "in": "query", "schema": schema})
        if field.required:
            found[-1]["required"] = True
    return [*found, KEY] if route.idempotent else found


def _success(route: Route, schemas: _Schemas) -> Json:
    """The response that is not a problem."""
    response: Json = {"description": HTTPStatus(route.status).phrase}
    if isinstance(route.answer, str):
        response["content"] = {route.answer: {}}
    else:
        schema = schemas.of(route.answer)
        content = {"schema": schema, "example": schemas.example(schema, brief=False)}
        response["content"] = {"application/json": content}
    for media_type in route.also:
        other = {"schema": {"type": "string"}, "example": f"(a document of type {media_type})"}
        response["content"][media_type] = other
    headers: Json = {}
    if route.idempotent:
        headers["Idempotent-Replayed"] = REPLAYED
    if route.location:
        headers["Location"] = {"description": "Where it is now.", "schema": {"type": "string"}}
    return response | ({"headers": headers} if headers else {})


def _problems(route: Route) -> dict[str, Json]:
    """Every problem this route can answer with, under its HTTP status."""
    names = [*route.refusals, *ALWAYS, *(WITH_BODY if route.body or route.items else ())]
    if route.parameters:
        names.append("not_found")  # of a path whose parameter is not of its type
    by_status: dict[int, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        by_status[STATUS[name]].append(name)
    return {str(status): _problem(by_status[status]) for status in sorted(by_status)}


def _problem(names: list[str]) -> Json:
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"properties": {"code": {"enum": names}}},
        ]
    }
    examples = {name: {"value": ProblemError(name, title(name) + ".").document()} for name in names}
    content = {"schema": schema, "examples": examples}
    return {
        "description": ", ".join(f"`{name}`" for name in names),
        "content": {"application/problem+json": content},
    }
