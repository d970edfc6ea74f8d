"""Requests into arguments, strictly: what is not as documented is refused, never guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Literal, NoReturn, TypeVar, cast, get_args, get_origin
from urllib.parse import unquote_to_bytes

import msgspec
from flask import request
from msgspec import Struct
from werkzeug.datastructures import MultiDict

from pgteller.shell import bounds
from pgteller.shell.db import Arguments
from pgteller.shell.errors import ProblemError

LINES = "application/x-ndjson"

T = TypeVar("T")

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_KEY = re.compile(r"[!-~]{1,255}")
_WHERE = re.compile(r" - at `\$\.?([^`]*)`$")
_NAME = re.compile(r"field `(.*)`")
_TYPES = re.compile(r"^Expected `[^`]*`|(?<=, got )`[^`]*`$")
_IN_PYTHON = re.compile(r"\b(?:int|str|bool|float)\b")
_IN_JSON = {"int": "integer", "str": "string", "bool": "boolean", "float": "number"}
LONGEST_NAME, LONGEST_DETAIL = 100, 200  # no more is told of what was sent


def body(struct: type[Struct]) -> Arguments:
    """The members of the JSON body; none at all will do where none is required.

    But it has to be said to be JSON even then, which no form of a foreign page can.
    """
    # As nearly everybody writes it; werkzeug takes it apart.
    told = request.environ.get("CONTENT_TYPE")
    if told != "application/json" and request.mimetype != "application/json":
        raise ProblemError("unsupported_media_type")
    raw = _received()
    if not raw and not _needed(struct):
        return {}
    return _arguments(_fitting(_text(raw), struct))


def items(kind: type[list[object]], most: int) -> str:
    """The body as a JSON array of items that fit; lines of JSON are joined to one."""
    if request.mimetype not in ("application/json", LINES):
        raise ProblemError(
            "unsupported_media_type", f"Send the body as application/json or {LINES}."
        )
    raw = _received()
    if request.mimetype == LINES:
        raw = _joined(raw)
    try:
        text = _text(raw)
    except ProblemError as problem:
        raise _placed(raw, problem) from None
    found = _fitting(text, kind)
    if len(found) > most:
        raise ProblemError("body_too_large", f"Send {most} items at most.")
    return text


def item(raw: bytes, kind: type[T]) -> T:
    """One line of JSON as an item that fits."""
    return _fitting(_text(raw), kind)


def document(raw: bytes) -> str:
    """A document of JSON that is only passed on."""
    return _text(raw)


def query(struct: type[Struct], in_json: Iterable[str] = ()) -> Arguments:
    """The query parameters, each of them known, given once and not empty; some of them JSON."""
    if not struct.__struct_fields__ and not request.query_string:
        return {}
    return parameters(request.args, struct, in_json)


def parameters(
    texts: MultiDict[str, str], struct: type[Struct], in_json: Iterable[str] = ()
) -> Arguments:
    """The same of parameters from anywhere."""
    given: dict[str, Any] = {}
    for name, values in texts.lists():
        if len(values) > 1:
            raise ProblemError("invalid_request", f"Parameter `{name}` is given twice.", field=name)
        if not values[0]:
            raise ProblemError("invalid_request", f"Parameter `{name}` is empty.", field=name)
        given[name] = _scalar(values[0], _kinds(struct).get(name))
        if name in in_json:
            _check_parameter(name, values[0])
    return _converted(given, struct)


def members(given: dict[str, Any], struct: type[Struct], in_json: Iterable[str] = ()) -> Arguments:
    """Values that are of their types already, some of them JSON as text."""
    for name in in_json:
        if name in given:
            _check_parameter(name, given[name])
    return _converted(given, struct)


def _converted(given: dict[str, Any], struct: type[Struct]) -> Arguments:
    try:
        return _arguments(msgspec.convert(given, struct))
    except msgspec.ValidationError as error:
        raise _mismatch(error, struct) from None


def idempotency_key() -> Arguments:
    """The Idempotency-Key header as an argument, where it is there."""
    key: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return {}
    if not _KEY.fullmatch(key):
        raise ProblemError("invalid_idempotency_key", "Use 1 to 255 visible ASCII characters.")
    return {"idempotency_key": key}


def check_url() -> None:
    """Refuse a path or query that would be read as if it were another."""
    path: str = request.environ["PATH_INFO"]
    if path and (path[0] != "/" or path[1:2] == "/"):
        raise ProblemError("not_found", "The path does not begin with one slash.")
    try:
        garbled = "\ufffd" in path.encode("latin-1").decode()  # as a server may decode what is none
    except UnicodeDecodeError:
        garbled = True
    if garbled:
        raise ProblemError("not_found", "The path is not UTF-8.")
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError:
        raise ProblemError("invalid_request", "The query is not UTF-8.") from None


def _received() -> bytes:
    """The body as it came, no longer than this path takes."""
    environ = request.environ
    coding = environ.get("HTTP_CONTENT_ENCODING", "identity")
    if coding.strip().lower() != "identity":
        raise ProblemError(
            "unsupported_media_type", "Send the body as it is, without Content-Encoding."
        )
    length, most = request.content_length, request.max_content_length
    if length is not None and most is not None and length <= most:
        raw: bytes = environ["wsgi.input"].read(length)  # as its stream would, but at once
        if len(raw) == length:
            return raw
        raise ProblemError("request_timeout")  # nobody is there to read this
    raw = request.get_data(cache=False)
    request.stream.read(1)  # a chunked body that goes on beyond the limit is refused here
    return raw


def _joined(raw: bytes) -> bytes:
    """Lines, each of them one JSON object, as an array; empty lines do not count."""
    lines = [line for line in map(bytes.strip, raw.split(b"\n")) if line]
    array = b"[" + b",".join(lines) + b"]"
    whole = all(line[:1] == b"{" and line[-1:] == b"}" for line in lines)
    try:
        count = len(msgspec.json.decode(array, type=list[msgspec.Raw]))
    except msgspec.DecodeError:
        raise ProblemError("malformed_json", "Not every line is a JSON object.") from None
    if not whole or count != len(lines):
        raise ProblemError("malformed_json", "Not every line is one JSON object.")
    return array


def _placed(raw: bytes, problem: ProblemError) -> ProblemError:
    """The problem, with the place of the item that has a member twice, if that is what it is."""
    if "field" not in problem.members:
        return problem
    with suppress(msgspec.DecodeError):
        for place, item in enumerate(msgspec.json.decode(raw, type=list[msgspec.Raw])):
            try:
                _text(bytes(item))
            except ProblemError as found:
                field = f"[{place}].{found.members['field']}"
                return ProblemError(found.name, found.detail, field=field)
    return problem


def _check_parameter(name: str, value: str) -> None:
    """Refuse a parameter that is not the JSON that a body could have in its place."""
    try:
        _text(value.encode())
    except ProblemError as problem:
        if problem.name == "malformed_json":
            detail = f"Parameter `{name}` is not JSON."
        else:
            detail = f"Parameter `{name}`: {problem.detail}"
        raise ProblemError("invalid_request", detail, field=name) from None


def _text(raw: bytes) -> str:
    """The body, if it is JSON at all, no more of it than is read, each name once."""
    try:
        bounds.check(raw)
        text = raw.decode()
        # Numbers stay text: this pass is not to choke on the size of one.
        json.loads(
            text,
            object_pairs_hook=_each_once,
            parse_constant=_refuse_constant,
            parse_int=str,
            parse_float=bounds.Numbers().see,
        )
    except bounds.TooManyValuesError as problem:
        raise ProblemError("body_too_large", str(problem)) from None
    except bounds.TooMuchError as problem:
        raise ProblemError("invalid_request", str(problem)) from None
    except (ValueError, RecursionError):
        raise ProblemError("malformed_json") from None
    return text


def _fitting(text: str, kind: type[T]) -> T:
    """The JSON as the type it must be of."""
    try:
        found: T = _decoder(cast(Hashable, kind)).decode(text)
    except msgspec.DecodeError as error:
        raise _mismatch(error, kind) from None
    return found


def _arguments(given: Struct) -> Arguments:
    """What was given: NULL is the same as leaving out, so that the function's default holds."""
    found = {name: _plain(name, getattr(given, name)) for name in given.__struct_fields__}
    needed = _needed(type(given))
    return {name: value for name, value in found.items() if value is not None or name in needed}


def _plain(name: str, value: object) -> object:
    """JSON that is only passed on, as text; numbers only as large as PostgreSQL's bigint."""
    if isinstance(value, msgspec.Raw):
        text = bytes(value).decode()
        return None if text == "null" else text
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ProblemError("invalid_request", f"`{name}` is too large a number.", field=name)
    return value


def _scalar(text: str, kind: type | None) -> int | bool | str:
    """A parameter as the type it must have; left as text, to be refused, where it does not fit."""
    if kind is int and _WHOLE.fullmatch(text):
        return int(text)
    if kind is bool and text in ("true", "false"):
        return text == "true"
    return text


@lru_cache
def _kinds(struct: type[Struct]) -> dict[str, type]:
    """The parameters that are numbers and flags; all others are text."""
    return {
        field.name: kind
        for field in msgspec.structs.fields(struct)
        for kind in (int, bool)
        if kind in _parts(field.type)
    }


def _parts(annotation: object) -> Iterator[object]:
    """A type and all it is made of: `int` in `Annotated[int, ...] | None`."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _structs(kind: object) -> Iterator[type[Struct]]:
    """Those that a type is made of."""
    for part in _parts(kind):
        if isinstance(part, type) and issubclass(part, Struct):
            yield part


def _tags(kind: object) -> dict[str, list[object]]:
    """What a member may be that says which struct is meant, by its name."""
    found: dict[str, list[object]] = {}
    for struct in _structs(kind):
        config = struct.__struct_config__
        if config.tag_field is not None:
            found.setdefault(config.tag_field, []).append(config.tag)
    return found


def _choices(kind: object, name: str) -> list[object]:
    """The values that a member may have."""
    return [
        value
        for part in _members(kind, name)
        if get_origin(part) is Literal
        for value in get_args(part)
    ]


def _about(kind: object, name: str) -> str:
    """What a member is, where its type says so."""
    told = (part.description for part in _members(kind, name) if isinstance(part, msgspec.Meta))
    return next(filter(None, told), "")


def _members(kind: object, name: str) -> Iterator[object]:
    """All that the type of a member is made of, whichever struct it is in."""
    for struct in _structs(kind):
        for field in msgspec.structs.fields(struct):
            if field.name == name:
                yield from _parts(field.type)


@lru_cache
def _needed(struct: type[Struct]) -> frozenset[str]:
    """The members without which nothing goes."""
    return frozenset(field.name for field in msgspec.structs.fields(struct) if field.required)


@lru_cache
def _decoder(kind: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast(type[Any], kind))


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        name = _twice(name for name, _ in members)[:LONGEST_NAME]
        raise ProblemError("invalid_request", f"Member `{name}` is given twice.", field=name)
    return found


def _twice(names: Iterator[str]) -> str:
    """The first name that has come before."""
    seen = {next(names)}
    for name in names:
        if name in seen:
            break
        seen.add(name)
    return name


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _mismatch(error: msgspec.DecodeError, kind: object) -> ProblemError:
    """What does not fit, and where; of what it must be, what the type knows."""
    message = str(error)
    where = _WHERE.search(message) or _NAME.search(message)
    detail = _worded(_WHERE.sub("", message))[:LONGEST_DETAIL] + "."
    name = where[1].rpartition(".")[2] if where else ""
    if message.startswith(("Invalid enum value", "Invalid value")):
        choices = _tags(kind).get(name) or _choices(kind, name)
        detail = f"`{name}` must be one of {', '.join(f'`{choice}`' for choice in choices)}."
    elif message.startswith("Expected `int") and (about := _about(kind, name)):
        detail = f"{detail[:-1]}: it is {about}."
    if where and where[1]:
        return ProblemError("invalid_request", detail, field=where[1][:LONGEST_NAME])
    return ProblemError("invalid_request", detail)


def _worded(message: str) -> str:
    """What msgspec says, with JSON's names of types and not Python's."""
    message = _TYPES.sub(
        lambda types: _IN_PYTHON.sub(lambda name: _IN_JSON[name[0]], types[0]), message
    )
    return message.replace("Object", "Request")
