"""Tokens of an identity provider: which count, as whom they let in, and what they may."""

import json
import time
from functools import partial

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from pgteller.shell import create_app, identity, tokens
from tests.cli import pgteller
from tests.http_helpers import fresh

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = pytest.mark.first_server

ISSUER, AUDIENCE = "https://login.example/realms/shop", "bank"
RSA = rsa.generate_private_key(65537, 2048)
ELLIPTIC = ec.generate_private_key(ec.SECP256R1())
OTHER = rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The issuer's public keys."""
    found = [
        RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True) | {"kid": "rsa", "use": "sig"},
        ECAlgorithm.to_jwk(ELLIPTIC.public_key(), as_dict=True) | {"kid": "ec", "use": "sig"},
    ]
    path = tmp_path_factory.mktemp("keys") / "jwks.json"
    path.write_text(json.dumps({"keys": found}))
    return path


@pytest.fixture
def made(client_with, keys):
    """A client of an application that takes tokens."""
    return partial(
        client_with,
        AUTH="keys",
        JWT_ISSUER=ISSUER,
        JWT_AUDIENCE=AUDIENCE,
        JWT_KEYS=str(keys),
    )


def token(key=RSA, algorithm="RS256", kid="rsa", **claims):
    """One that counts, but for what is given."""
    usual = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "auth0|ann",
        "exp": int(time.time()) + 600,
        "role": "teller",
    }
    given = {name: value for name, value in (usual | claims).items() if value is not None}
    return jwt.encode(given, key, algorithm, {"kid": kid} if kid else {})


def ask(client, bearer, method="GET", path="/accounts", body=None):
    headers = {"Authorization": f"Bearer {bearer}"}
    return client.open(path, method=method, json=body, headers=headers)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_who_comes_in_is_the_actor(made, db, kind):
    client, account = made(), fresh()
    given = token() if kind == "rsa" else token(ELLIPTIC, "ES256", "ec")
    assert ask(client, given, "POST", "/accounts", {"account_id": account}).status_code == 201
    query = "SELECT actor, on_behalf_of FROM ledger.ledger_transactions WHERE account_id = %s"
    assert db.execute(query, [account]).fetchall() == [("bank_web", "token/auth0|ann")]


def test_the_database_says_what_a_role_may(made):
    client = made()
    frozen = fresh()
    ask(client, token(role="operator"), "POST", "/accounts", {"account_id": frozen})
    path = f"/accounts/{frozen}/freeze"
    for role, status in ("teller", 403), ("auditor", 403), ("operator", 200):
        reply = ask(client, token(role=role), "POST", path, {"reason": "why"})
        assert reply.status_code == status, role


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"exp": 1}, "has expired"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": 10**400}, "read"),
        ({"exp": float("inf")}, "exp"),
        ({"exp": float("nan")}, "exp"),
        ({"nbf": float("inf")}, "nbf"),
        ({"exp": [1]}, ""),
        ({"nbf": 9_000_000_000}, "not yet valid"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "iss"),
        ({"aud": "shop"}, "Audience"),
        ({"aud": None}, "aud"),
        ({"aud": []}, "aud"),
        ({"sub": None}, "sub"),
        ({"sub": 5}, "Subject"),
        ({"sub": ""}, "1 to 200 characters"),
        ({"sub": "a" * 201}, "1 to 200 characters"),
        ({"sub": "a\nb"}, "1 to 200 characters"),
        ({"sub": "a\0b"}, "no text"),
        ({"sub": "\ud800"}, "no text"),
        ({"role": None}, "names no role"),
        ({"role": "owner"}, "names no role"),
        ({"role": ["teller", "operator"]}, "or several"),
        ({"role": {"teller": True}}, "names no role"),
        ({"role": "bank_operator"}, "names no role"),
        ({"role": "Operator"}, "names no role"),
        ({"kid": "new"}, "not the issuer's"),
        ({"kid": None}, "not the issuer's"),
        ({"key": OTHER}, "Signature"),
        ({"kid": "ec"}, ""),
    ],
)
def test_what_does_not_count(made, given, why):
    reply = ask(made(), token(**given))
    assert (reply.status_code, reply.json["code"]) == (401, "invalid_token")
    assert why in reply.json["detail"]
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_algorithms_that_anybody_can_sign_with(made, keys):
    """None at all, and the public key taken for a secret."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": 9_000_000_000, "role": "operator"}
    public = json.loads(keys.read_text())["keys"][0]["n"].ljust(64)
    forged = [
        jwt.encode(claims, None, "none", {"kid": "rsa"}),
        jwt.encode(claims, public, "HS256", {"kid": "rsa"}),
        jwt.encode(claims, OTHER, "PS256", {"kid": "rsa"}),
        token().rpartition(".")[0] + ".",
        token()[:-4] + "AAAA",
    ]
    head, _, tail = token().partition(".")
    changed = jwt.encode(claims, OTHER, "RS256").split(".")[1]
    forged.append(f"{head}.{changed}.{tail.partition('.')[2]}")
    for one in forged:
        reply = ask(made(), one)
        assert (reply.status_code, reply.json["code"]) == (401, "invalid_token"), one


@pytest.mark.parametrize("text", ["a.b.c", "x", "....", "eyJ.eyJ.x", "a" * 8192, "\u00e4"])
def test_what_is_no_token(made, text):
    reply = ask(made(), text)
    assert reply.status_code == 401
    assert reply.json["code"] in ("invalid_token", "unauthenticated")


def test_roles_among_others_and_deep(made):
    client = made(JWT_ROLE_CLAIM="realm_access.roles")
    roles = {"realm_access": {"roles": ["offline", "auditor", 5]}, "role": None}
    assert ask(client, token(**roles)).status_code == 200
    assert ask(client, token()).json["code"] == "invalid_token"
    assert ask(client, token(**{"realm_access.roles": "teller"})).status_code == 200
    assert ask(client, token(realm_access="teller")).json["code"] == "invalid_token"


def test_accounts_of_a_claim(made):
    client, mine, others = made(JWT_ACCOUNTS_CLAIM="accounts"), fresh("mine"), fresh("others")
    whole = token(role="operator", accounts=["*"])
    for name in mine, others:
        body = {"account_id": name}
        assert ask(client, whole, "POST", "/accounts", body).status_code == 201
    limited = token(accounts=[mine, "mine:*"])
    assert ask(client, limited, path=f"/accounts/{mine}").status_code == 200
    reply = ask(client, limited, path=f"/accounts/{others}")
    assert reply.json["code"] == "account_not_found"
    for accounts in None, [], "mine", [5], {"mine": 1}, [""], ["a" * 66], ["a"] * 101:
        reply = ask(client, token(accounts=accounts))
        assert reply.json["code"] == "invalid_token", accounts


def test_a_token_is_believed_no_longer_than_it_says(monkeypatch):
    """Nor longer than a key is."""
    asked = []

    def find(secret):
        asked.append(secret)
        return (("role", secret),), {"short": 2.0, "long": 600.0}[secret]

    known = identity.Known(find)
    begun = time.monotonic()
    for seconds, questions in ((0, 2), (1.9, 2), (2.1, 3), (4.9, 4), (5.1, 5)):
        monkeypatch.setattr(time, "monotonic", lambda seconds=seconds: begun + seconds)
        for secret in "short", "long":
            assert known.settings(secret) == (("role", secret),)
        assert len(asked) == questions, seconds


def test_keys_still_count(made, db):
    secret = db.execute("SELECT secret FROM bank.create_api_key(%s, 'teller')", [fresh("key")])
    assert ask(made(), secret.fetchone()[0]).status_code == 200
    assert ask(made(), "pgt_" + "0" * 64).json["code"] == "invalid_api_key"


def test_tokens_count_nowhere_else(app_url, monkeypatch):
    monkeypatch.setenv("AUTH", "keys")
    app = create_app(app_url)
    assert ask(app.test_client(), token()).json["code"] == "invalid_api_key"
    app.extensions["pool"].close()


def test_an_issuer_that_is_away(made):
    client = made(JWT_KEYS="https://127.0.0.1:1/jwks")
    reply = ask(client, token())
    assert (reply.status_code, reply.json["code"]) == (503, "issuer_unavailable")


def test_made_up_keys_do_not_have_the_issuer_asked(keys, monkeypatch):
    """Once for all of them, so that nobody makes us knock there as often as he likes."""
    asked = []

    def fetch(client):
        asked.append(1)
        found = json.loads(keys.read_text())
        client.jwk_set_cache.put(found)
        return found

    monkeypatch.setattr(jwt.PyJWKClient, "fetch_data", fetch)
    for name, value in (
        ("JWT_ISSUER", ISSUER),
        ("JWT_AUDIENCE", AUDIENCE),
        ("JWT_KEYS", "https://login.example/jwks"),
    ):
        monkeypatch.setenv(name, value)
    read = tokens.given()
    assert read(token()).name == "auth0|ann"
    for number in range(20):
        with pytest.raises(tokens.ProblemError):
            read(token(kid=f"new{number}"))
    assert len(asked) <= 2
    assert read(token()).name == "auth0|ann"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"JWT_AUDIENCE": ""}, "JWT_ISSUER needs JWT_AUDIENCE"),
        ({"JWT_KEYS": ""}, "JWT_KEYS must be an https URL"),
        ({"JWT_KEYS": "http://login.example/jwks"}, "JWT_KEYS must be an https URL"),
        ({"JWT_KEYS": "/dev/null"}, "JWT_KEYS must be an https URL"),
    ],
)
def test_settings_of_no_use(app_url, keys, variables, told):
    usual = {"JWT_ISSUER": ISSUER, "JWT_AUDIENCE": AUDIENCE, "JWT_KEYS": str(keys)}
    done = pgteller("serve", url=app_url, AUTH="keys", **(usual | variables))
    assert done.exit_code == 2
    assert told in done.output
