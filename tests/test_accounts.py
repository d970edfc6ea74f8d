import secrets

import pytest

from tests.http_helpers import MAX, T0, fresh


def test_opening(bank):
    account_id = fresh()
    reply = bank.post(
        "/accounts",
        account_id=account_id,
        currency="USD",
        overdraft_limit=500,
        timestamp=T0,
        metadata={"name": "Älice"},
    )
    assert reply.status == 201
    assert reply.headers["Location"] == f"/accounts/{account_id}"
    assert reply["created"] is True
    assert (reply["currency"], reply["balance"], reply["available"]) == ("USD", 0, 500)
    assert (reply["timestamp"], reply["metadata"]) == (T0, {"name": "Älice"})


def test_null_is_the_same_as_leaving_out(bank):
    account_id = fresh()
    nothing = dict.fromkeys(["currency", "overdraft_limit", "timestamp", "metadata"])
    reply = bank.post("/accounts", account_id=account_id, **nothing)
    assert (reply["currency"], reply["available"], reply["metadata"]) == ("EUR", 0, {})


@pytest.mark.parametrize(
    "tail", ["é", "🏦", "a b", "a/b", "a//b", "100%", "?#&=+", "%2F", "..", "汉字", "'\";--", "\\"]
)
def test_ids_of_any_characters(bank, tail):
    account_id = fresh() + tail
    opened = bank.post("/accounts", account_id=account_id)
    assert opened["account_id"] == account_id
    assert bank.get(opened.headers["Location"])["account_id"] == account_id
    assert bank.get(opened.headers["Location"] + "/balance")["account_id"] == account_id


@pytest.mark.parametrize(
    "account_id", ["", "x" * 65, "@house", " a", "a ", "a\nb", "a\x7f", "\u00a0a", "é" * 65]
)
def test_ids_that_no_account_may_have(bank, account_id):
    reply = bank.post("/accounts", account_id=account_id)
    assert (reply.status, reply.code) == (422, "invalid_account_id")
    assert reply["reason"]


def test_an_id_of_64_characters_of_four_bytes(bank):
    account_id = (fresh() + "🏦" * 64)[:64]
    assert bank.post("/accounts", account_id=account_id).status == 201


def test_opening_twice(bank):
    account_id = bank.account()
    reply = bank.post("/accounts", account_id=account_id)
    assert (reply.status, reply.code) == (409, "account_exists")
    assert reply["account_id"] == account_id


def test_whole_account(bank):
    account_id = bank.account(balance=1000, timestamp=T0, metadata={"tier": 1})
    account = bank.get(f"/accounts/{account_id}").body
    assert account["balance"] == account["available"] == 1000
    assert (account["version"], account["status"], account["held"]) == (2, "active", 0)
    assert account["created_at"] == account["last_timestamp"] == T0
    assert account["head"] == bank.history(account_id)[-1]["hash"]


def test_listing_page_by_page(bank):
    mine = sorted(bank.account() for _ in range(5))
    first = bank.get("/accounts", limit=2, after=mine[0])
    assert (first["accounts"], first["next"]) == (mine[1:3], mine[2])
    second = bank.get("/accounts", limit=2, after=first["next"])
    assert second["accounts"] == mine[3:5]
    assert bank.get("/accounts", after="\U0010ffff").body == {"accounts": [], "next": None}


def test_listing_is_in_byte_order_and_complete(bank):
    bank.account()
    found, after = [], {}
    while True:
        page = bank.get("/accounts", limit=3, **after)
        found += page["accounts"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == sorted(set(found), key=str.encode)


def test_listing_whole_accounts(bank):
    mine = sorted(bank.account(balance=7) for _ in range(2))
    page = bank.get("/accounts", detail="true", limit=1, after=mine[0])
    assert page["accounts"] == [bank.get(f"/accounts/{mine[1]}").body]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "5.0", "1e2", "+5", " 5", "\u0663", "9" * 30])
def test_limits_that_are_none(bank, limit):
    assert bank.get("/accounts", limit=limit).code == "invalid_request"


@pytest.mark.parametrize("query", ["limit=", "limit=1&limit=1", "nonsense=1", "detail=1", "detail"])
def test_query_strings_are_read_strictly(bank, query):
    reply = bank.get(f"/accounts?{query}")
    assert (reply.status, reply.code) == (422, "invalid_request")
    assert reply["field"] in query


def test_balance_at_a_moment(bank):
    account_id = bank.account(timestamp=T0)
    bank.post("/deposits", account_id=account_id, amount=100, timestamp=T0 + 1000)
    bank.post("/withdrawals", account_id=account_id, amount=30, timestamp=T0 + 2000)
    moments = [T0 - 1, T0, T0 + 999, T0 + 1000, T0 + 1999, T0 + 2000, MAX]
    balances = [bank.balance(account_id, timestamp=moment) for moment in moments]
    assert balances == [0, 0, 0, 100, 100, 70, 70]
    assert bank.balance(account_id) == 70


@pytest.mark.parametrize("timestamp", [-1, MAX + 1])
def test_balance_at_no_moment(bank, timestamp):
    account_id = bank.account()
    reply = bank.get(f"/accounts/{account_id}/balance", timestamp=timestamp)
    assert (reply.status, reply.code) == (422, "invalid_timestamp")


@pytest.mark.parametrize("path", ["", "/balance", "/transactions", "/cashbacks"])
def test_unknown_accounts(bank, path):
    reply = bank.get(f"/accounts/nobody{path}")
    assert (reply.status, reply.code, reply["account_id"]) == (404, "account_not_found", "nobody")


def test_a_nul_in_the_path(bank):
    assert bank.get("/accounts/a%00b").status == 422


@pytest.mark.parametrize("head", ["/", "//", "/x/"])
def test_ids_that_begin_with_a_slash(bank, head):
    account_id = head + fresh()
    assert bank.post("/accounts", account_id=account_id).status == 201
    assert bank.get(f"/accounts/{account_id}")["account_id"] == account_id
    assert bank.balance(account_id) == 0


@pytest.mark.parametrize(
    ("path", "after"),
    [("/accounts", "a" * 65), ("/accounts/x/transactions", "-1"), ("/events", "-1")],
)
def test_cursors_that_are_none(bank, path, after):
    assert bank.get(path, after=after).code == "invalid_request"


def test_metadata_may_be_null_like_everything_optional(bank, client):
    document = client.get("/openapi.json").json
    content = document["paths"]["/deposits"]["post"]["requestBody"]["content"]
    schema = content["application/json"]["schema"]
    assert schema["properties"]["metadata"]["type"] == ["object", "null"]
    assert schema["required"] == ["account_id", "amount"]
    account_id = bank.account()
    assert bank.post("/deposits", account_id=account_id, amount=1, metadata=None).status == 200


def test_searching(bank):
    mark = fresh("found")
    mine = [
        bank.account(metadata={"name": f"Zoë {mark}", "address": {"city": "Łódź"}}),
        bank.account(metadata={"notes": ["none", f"{mark.upper()} 100%_\\"]}),
        bank.account(metadata={mark: "the name of a member"}),
    ]
    assert bank.get("/accounts", search=mark)["accounts"] == sorted(mine[:2])
    assert bank.get("/accounts", search=f"ZOË {mark}")["accounts"] == mine[:1]
    assert bank.get("/accounts", search=f"{mark} 100%_\\")["accounts"] == mine[1:2]
    assert bank.get("/accounts", search=f"{mark}%")["accounts"] == []
    assert bank.get("/accounts", search=mine[2][1:].upper())["accounts"] == mine[2:]
    whole = bank.get("/accounts", search=mark, detail="true", limit=1)
    assert whole["accounts"] == [bank.get(f"/accounts/{min(mine[:2])}").body]
    assert whole["next"] == min(mine[:2])


def test_sorting_and_filtering(bank):
    mark = fresh("sorted")
    balances = [5, 30, 0, 30, 200]
    mine = [bank.account(balance, metadata={"of": mark}) for balance in balances]
    dollars = bank.account(metadata={"of": mark}, currency="USD")
    bank.post(f"/accounts/{mine[0]}/freeze", reason="a test")
    has = dict(zip([*mine, dollars], [*balances, 0], strict=True))
    ordered = sorted(has, key=lambda one: (has[one], one))
    for order, expected in ("asc", ordered), ("desc", ordered[::-1]):
        query = {"search": mark, "sort": "balance", "order": order}
        assert bank.get("/accounts", **query)["accounts"] == expected
        found, after = [], {}
        while True:
            page = bank.get("/accounts", limit=1, **query, **after)
            found += page["accounts"]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert found == expected
    assert bank.get("/accounts", search=mark, status="frozen")["accounts"] == mine[:1]
    assert bank.get("/accounts", search=mark, currency="USD")["accounts"] == [dollars]
    newest = bank.get("/accounts", search=mark, sort="created_at", order="desc", limit=1)[
        "accounts"
    ]
    assert newest == [dollars]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"sort": "head"}, 422, "invalid_argument"),
        ({"status": "open"}, 422, "invalid_argument"),
        ({"search": "x" * 101}, 422, "invalid_argument"),
        ({"currency": "eur"}, 422, "unknown_currency"),
        ({"sort": "balance", "after": "nobody"}, 404, "account_not_found"),
    ],
)
def test_accounts_that_cannot_be_sought(bank, query, status, code):
    reply = bank.get("/accounts", **query)
    assert (reply.status, reply.code) == (status, code)


def test_currencies(bank):
    currency = f"T{secrets.token_hex(4).upper()}"
    assert bank.put(f"/currencies/{currency}", exponent=5)["created"]
    found, after = {}, {}
    while True:
        page = bank.get("/currencies", limit=50, **after)
        found |= {one["currency"]: one["exponent"] for one in page["currencies"]}
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert [*found] == sorted(found)
    assert (found[currency], found["EUR"], found["JPY"], found["KWD"]) == (5, 2, 0, 3)
