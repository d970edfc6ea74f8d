"""JSON Web Tokens of an identity provider, the second way to say who asks: off by default.

JWT_ISSUER turns it on, beside API keys.  A token counts if it is signed by one of the issuer's keys
(RS256 or ES256), is for JWT_AUDIENCE, and has not expired.  Its claims say who that is (`sub`),
with which role (JWT_ROLE_CLAIM), and for which accounts alone, if JWT_ACCOUNTS_CLAIM is set.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pgteller import settings
from pgteller.shell.errors import ProblemError

if TYPE_CHECKING:
    from jwt import PyJWK

ALGORITHMS = ["RS256", "ES256"]
ROLES = frozenset({"teller", "operator", "auditor"})
LEEWAY = 10  # seconds that clocks may differ
# What odd ones make PyJWT raise: times that are no numbers, or none that fit, or too many brackets.
UNREADABLE = (ArithmeticError, TypeError, ValueError, RecursionError)
FETCHED_AGAIN = 30.0  # seconds after which keys are asked for anew where a token's is not known


@dataclass(frozen=True)
class Vouched:
    """Whom a token tells of, and until when, by time.time()."""

    name: str
    role: str
    accounts: list[str] | None
    until: float


def given() -> Callable[[str], Vouched] | None:
    """What reads a token; nothing where none count."""
    issuer = settings.text("JWT_ISSUER")
    if not issuer:
        return None
    audience = settings.text("JWT_AUDIENCE")
    if not audience:
        settings.end("JWT_ISSUER needs JWT_AUDIENCE: the name of this server, as tokens have it.")
    role_claim = settings.text("JWT_ROLE_CLAIM")
    accounts_claim = settings.text("JWT_ACCOUNTS_CLAIM")
    try:
        import jwt  # noqa: PLC0415, an extra
    except ImportError:
        settings.end('JWT_ISSUER needs PyJWT: pip install "pgteller[jwt]".')
    key = _keys(settings.text("JWT_KEYS"))

    def read(token: str) -> Vouched:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key(token),
                algorithms=ALGORITHMS,
                issuer=issuer,
                audience=audience,
                leeway=LEEWAY,
                options={"require": ["exp", "sub"]},
            )
            until = float(int(claims["exp"])) + LEEWAY
        except jwt.PyJWKClientConnectionError as problem:
            raise ProblemError("issuer_unavailable") from problem
        except jwt.PyJWTError as problem:
            raise ProblemError("invalid_token", f"{problem}.") from problem
        except UNREADABLE as problem:
            raise ProblemError("invalid_token", "It cannot be read.") from problem
        accounts = _accounts(claims, accounts_claim) if accounts_claim else None
        _require_texts([claims["sub"], *(accounts or ())])
        return Vouched(claims["sub"], _role(claims, role_claim), accounts, until)

    return read


def _keys(place: str) -> Callable[[str], PyJWK]:
    """What finds the key that a token was signed with, in a set that JWT_KEYS leads to."""
    from jwt import PyJWKClient, PyJWKSet, PyJWTError, get_unverified_header  # noqa: PLC0415

    class Client(PyJWKClient):
        """It does not ask the issuer for every token that anybody makes up a key's name for."""

        asked = float("-inf")

        def get_jwk_set(self, refresh: bool = False) -> PyJWKSet:
            fresh = refresh and time.monotonic() - self.asked > FETCHED_AGAIN
            if fresh or self.jwk_set_cache is None or self.jwk_set_cache.get() is None:
                self.asked = time.monotonic()
            return super().get_jwk_set(fresh)

    if place.startswith("https://"):
        client = Client(place, timeout=5)
        return client.get_signing_key_from_jwt
    try:
        found = PyJWKSet.from_dict(json.loads(Path(place).read_text()))
    except (OSError, ValueError, PyJWTError) as problem:
        settings.end(f"JWT_KEYS must be an https URL or a file of a JSON Web Key Set: {problem}.")

    def key(token: str) -> PyJWK:
        name = get_unverified_header(token).get("kid")
        for one in found.keys:
            if one.key_id == name:
                return one
        raise PyJWTError("The token is signed with a key that is not the issuer's")

    return key


def _claim(claims: dict[str, object], path: str) -> object:
    """Of a claim such as role, or realm_access.roles, the value; None where it is not there."""
    if path in claims:  # whose own name may have dots
        return claims[path]
    found: object = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _require_texts(texts: list[str]) -> None:
    """Refuse what PostgreSQL has no text for: surrogates and NUL."""
    try:
        told = "".join(texts).encode()
    except UnicodeEncodeError:
        told = b"\0"
    if b"\0" in told:
        raise ProblemError("invalid_token", "It names what no text can hold.")


def _role(claims: dict[str, object], path: str) -> str:
    """The one role that a claim names, alone or among names of other things."""
    found = _claim(claims, path)
    names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    roles = [name for name in names if isinstance(name, str) and name in ROLES]
    if len(roles) != 1:
        raise ProblemError("invalid_token", f"Its claim {path} names no role, or several.")
    return roles[0]


def _accounts(claims: dict[str, object], path: str) -> list[str]:
    """The accounts that a claim names."""
    found = _claim(claims, path)
    if isinstance(found, list) and found and all(isinstance(one, str) for one in found):
        return found
    raise ProblemError("invalid_token", f"Its claim {path} is no list of accounts.")
