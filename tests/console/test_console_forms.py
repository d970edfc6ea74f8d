"""Forms of the console, as a browser without JavaScript has them."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import psycopg
import pytest

from pgteller.console import effects, forms
from pgteller.console.actions import ACTIONS
from pgteller.console.asking import ask
from tests.http_helpers import DAY, fresh
from tests.pages import HERE, JARGON, ODD, Browser, Page

pytestmark = pytest.mark.first_server


def test_every_action_has_a_form(browser):
    for name in ACTIONS:
        page = browser.get(f"/console/do/{name}")
        assert page.status == 200, name
        assert page.forms[-1].action == f"/console/do/{name}"


def test_forms_with_every_field_odd(browser):
    token = browser.get("/console/do/deposit").forms[-1].fields["form_token"]
    for name, action in ACTIONS.items():
        for odd in ODD:
            fields = dict.fromkeys([*action.function.arguments, "note", "zone_here", "fixed"], odd)
            for step in "preview", "confirmed", "edit":
                sent = fields | {"form_token": token, "step": step}
                reply = browser.client.post(
                    f"/console/do/{name}",
                    data=urlencode(sent, errors="surrogatepass"),
                    content_type="application/x-www-form-urlencoded",
                    headers=HERE,
                )
                assert 400 <= reply.status_code < 500 or step == "edit", (
                    name,
                    odd,
                    Page(reply).text,
                )


def test_what_may_have_been_done_is_sent_again_as_it_is(browser, opened, balance, monkeypatch):
    """Changed, it would have another key, and might be done twice."""
    account_id = opened()
    form = browser.get("/console/do/deposit", account_id=account_id).forms[-1]
    confirm = browser.send(form, step="preview", amount="1").forms[-1]

    def lose(*given, **more):
        ask(*given, **more)
        raise psycopg.OperationalError("it went away")

    with monkeypatch.context() as patch:
        patch.setattr(forms, "ask", lose)
        page = browser.send(confirm, step="confirmed")
    assert page.status == 503
    assert "Send it again as it is" in page.text
    assert page.forms[-1].buttons == [("step", "confirmed")]
    assert browser.send(page.forms[-1], step="confirmed").status == 200
    assert balance(account_id) == 100


def test_what_may_have_changed_is_sent_again_as_it_is(browser, opened, api, monkeypatch):
    """What was there before is not told then: nobody knows whether it still is."""
    webhook = api("POST", "/webhooks", {"url": "https://example.com/hook"})["webhook_id"]
    metadata = {"metadata.0.name": "name", "metadata.0.value": "Mo"}

    def gone(*_, **__):
        raise psycopg.OperationalError("it went away")

    for name, about, given in (
        ("set_account_metadata", {"account_id": opened(name="Mara")}, metadata),
        ("resume_webhook", {"webhook_id": webhook}, {}),
    ):
        form = browser.get(f"/console/do/{name}", **about).forms[-1]
        confirm = browser.send(form, step="preview", **given).forms[-1]
        with monkeypatch.context() as patch:
            for module in forms, effects:
                patch.setattr(module, "ask", gone)
            page = browser.send(confirm, step="confirmed")
        assert page.status == 503
        assert "Send it again as it is" in page.text
        assert page.forms[-1].buttons == [("step", "confirmed")]
        assert browser.send(page.forms[-1], step="confirmed").status == 200
    api("POST", f"/webhooks/{webhook}/delete", {})


def test_who_sends_the_same_many_times_at_once_posts_once(browser, opened, balance):
    account_id = opened()
    form = browser.get("/console/do/deposit", account_id=account_id).forms[-1]
    confirm = browser.send(form, step="preview", amount="1").forms[-1]
    app, name = browser.client.application, "pgteller_bank"
    cookie = browser.client.get_cookie(name).value

    def send(_):
        client = app.test_client()
        client.set_cookie(name, cookie)
        return Browser(client).send(confirm, step="confirmed")

    with ThreadPoolExecutor(8) as threads:
        pages = [*threads.map(send, range(16))]
    assert {page.status for page in pages} == {200}
    assert len({link for page in pages for link in page.links if "transaction_id" in link}) == 1
    assert balance(account_id) == 100


def test_a_transfer(browser, opened, balance):
    source, target = opened(10_000), opened()
    page = browser.get("/console/do/transfer", source_account_id=source)
    assert "100.00" in page.text
    form = page.forms[-1]
    assert form.fields["source_account_id"] == source
    page = browser.send(
        form, step="preview", target_account_id=target, amount="25.5", note="Dinner"
    )
    assert page.status == 200
    assert "74.50" in page.text
    assert (balance(source), balance(target)) == (10_000, 0)
    confirm = page.forms[-1]
    done = browser.send(confirm, step="confirmed")
    assert done.status == 200
    assert (balance(source), balance(target)) == (7450, 2550)
    assert done.response.headers["HX-Trigger"] == "ledger-changed"
    # The same once more, as a double click or a reload has it.
    again = browser.send(confirm, step="confirmed")
    assert again.status == 200
    assert [link for link in again.links if "transaction" in link] == [
        link for link in done.links if "transaction" in link
    ]
    assert (balance(source), balance(target)) == (7450, 2550)
    told = browser.get("/console/account", account_id=source).text
    assert "Dinner" in told


def test_a_refusal_in_words(browser, opened, balance):
    source, target = opened(1000), opened()
    page = browser.do(
        "transfer", source_account_id=source, target_account_id=target, amount="10.01"
    )
    assert page.status == 409
    assert "Only 10.00 EUR is available, 10.01 EUR was asked for." in page.text
    # What was typed is still there.
    assert page.forms[-1].fields["amount"] == "10.01"
    assert balance(source) == 1000


def test_what_is_refused_between_preview_and_posting(browser, opened, api, balance):
    source, target = opened(1000), opened()
    given = {"source_account_id": source, "target_account_id": target, "amount": "10"}
    form = browser.get("/console/do/transfer").forms[-1]
    page = browser.send(form, step="preview", **given)
    api("POST", "/withdrawals", {"account_id": source, "amount": 1})
    page = browser.send(page.forms[-1], step="confirmed")
    assert page.status == 409
    assert "Only 9.99 EUR is available" in page.text
    assert balance(target) == 0


def test_a_preview_can_be_changed(browser, opened):
    source, target = opened(1000), opened()
    given = {"source_account_id": source, "target_account_id": target, "amount": "10"}
    form = browser.get("/console/do/transfer").forms[-1]
    page = browser.send(form, step="preview", note="Rent", **given)
    page = browser.send(page.forms[-1], step="edit")
    assert {**page.forms[-1].fields, "note": "Rent"} == page.forms[-1].fields | {"note": "Rent"}
    assert page.forms[-1].fields["note"] == "Rent"
    assert {name: page.forms[-1].fields[name] for name in given} == given


@pytest.mark.parametrize(
    "case",
    [
        ("EUR", "0.01", 1),
        ("EUR", "1", 100),
        ("EUR", "1.", 100),
        ("EUR", "1.10", 110),
        ("EUR", " 12.3 ", 1230),
        ("EUR", "90071992547409.91", 2**53 - 1),
        ("JPY", "100", 100),
        ("JPY", "100.", 100),
        ("KWD", "1.234", 1234),
        ("KWD", "0.001", 1),
    ],
)
def test_amounts(browser, opened, balance, case):
    currency, text, minor = case
    account_id = opened(currency=currency)
    page = browser.do("deposit", account_id=account_id, amount=text)
    assert page.status == 200, page.text
    assert balance(account_id) == minor


@pytest.mark.parametrize(
    "text",
    [
        *(
            "0",
            "0.00",
            "-1",
            "0.001",
            "1.000",
            "0.010",
            "1,00",
            "1,000.00",
            "1 000",
            "1e3",
            "NaN",
            "x",
            "1.2.3",
        ),
        *(".5", "+1", "\u0661", "90071992547409.92", "999999999999999999", "1" * 100, "0x10"),
    ],
)
def test_amounts_that_are_none(browser, opened, balance, text):
    account_id = opened(100)
    page = browser.do("deposit", account_id=account_id, amount=text)
    assert page.status in (409, 422), page.text
    assert balance(account_id) == 100


def test_times_are_of_the_zone_of_whoever_types(browser, opened, api):
    account_id = opened(1000)
    other = opened()
    soon = int(time.time()) * 1000 + 30 * DAY
    local = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(soon / 1000 + 2 * 3600))
    page = browser.do(
        "schedule_transfer",
        source_account_id=account_id,
        target_account_id=other,
        amount="1",
        run_at=local,
        zone_here="Etc/GMT-2",
    )
    assert page.status == 200, page.text
    [schedule] = api("GET", f"/accounts/{account_id}/schedules")["schedules"]
    assert schedule["run_at"] == soon // 60_000 * 60_000


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "9" * 17, "99999-01-01", "2026"])
def test_times_that_are_none(browser, opened, text):
    page = browser.do(
        "hold", account_id=opened(1000), amount="1", expires_at=text, zone_here="Nowhere/At_all"
    )
    assert page.status == 422, page.text


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2031-03-30T01:59", 200),
        ("2031-03-30T02:30", 422),  # which clocks leave out
        ("2031-10-26T02:30", 422),  # which they show twice
        ("2031-10-26T02:30+01:00", 200),
        ("203112311800", 422),
        ("1932654600000", 200),
    ],
)
def test_times_that_are_not_clear_are_refused(browser, opened, text, status):
    given = {"account_id": opened(1000), "amount": "1", "expires_at": text}
    page = browser.do("hold", **given, zone_here="Europe/Berlin")
    assert page.status == status, page.text


def test_no_form_without_its_token(browser, opened, balance):
    account_id = opened()
    form = browser.get("/console/do/deposit", account_id=account_id).forms[-1]
    page = browser.send(form, step="preview", amount="1")
    confirm = page.forms[-1]
    token = confirm.fields.pop("form_token")
    for forged in ({}, {"form_token": ""}, {"form_token": token[:-1]}, {"form_token": "x" * 64}):
        page = browser.send(confirm, step="confirmed", **forged)
        assert page.status == 422
    # Nor with that of another browser.
    other = Browser(browser.client.application.test_client())
    theirs = other.get("/console/do/deposit").forms[-1].fields["form_token"]
    assert theirs != token
    assert browser.send(confirm, step="confirmed", form_token=theirs).status == 422
    assert balance(account_id) == 0


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost:81", ""])
def test_no_form_from_elsewhere(browser, opened, balance, origin):
    account_id = opened()
    form = browser.get("/console/do/deposit", account_id=account_id).forms[-1]
    confirm = browser.send(form, step="preview", amount="1").forms[-1]
    headers = {"Host": "localhost"} | ({} if origin is None else {"Origin": origin})
    data = confirm.fields | {"step": "confirmed"}
    reply = browser.client.post(confirm.action, data=data, headers=headers)
    assert reply.status_code == 403
    assert balance(account_id) == 0


def test_forms_are_no_way_into_the_api(browser, opened):
    browser.get("/")
    reply = browser.client.post(
        "/deposits", data={"account_id": opened(), "amount": "1"}, headers=HERE
    )
    assert reply.status_code == 415


def test_a_preview_leaves_nothing(browser, opened, database_url):
    """Not a leg, and not a lock."""
    account_id = opened(1000)
    with psycopg.connect(database_url, autocommit=True) as db:
        count = "SELECT count(*) FROM ledger.ledger_transactions WHERE account_id = %s"
        before = db.execute(count, [account_id]).fetchone()
        form = browser.get("/console/do/freeze_account", account_id=account_id).forms[-1]
        page = browser.send(form, step="preview", reason="To see")
        assert page.status == 200
        assert "frozen" in page.text
        db.execute("SET lock_timeout = '1s'")
        db.execute(
            "SELECT FROM ledger.accounts WHERE account_id = %s FOR UPDATE NOWAIT", [account_id]
        )
        assert db.execute(count, [account_id]).fetchone() == before
    # The connection is as it was: what is posted over it next stays.
    assert browser.do("deposit", account_id=account_id, amount="1").status == 200


def test_a_key_is_shown_once(browser):
    name = fresh("key")
    page = browser.get("/console/do/create_api_key").forms[-1]
    preview = browser.send(page, step="preview", name=name, role="teller")
    assert preview.status == 200
    assert "pgt_" not in preview.text  # that of the preview counts for nothing
    done = browser.send(preview.forms[-1], step="confirmed")
    assert "pgt_" in done.text
    assert "pgt_" not in browser.get("/console/keys").text
    again = browser.send(preview.forms[-1], step="confirmed")
    assert again.status == 409
    # Who sees this answer to a double click is told how to go on.
    assert "if you have not seen it, revoke that key" in again.text
    [revoking] = [link for link in again.links if "/do/revoke_api_key" in link]
    assert browser.get(revoking).forms[-1].fields["name"] == name
    first = browser.get("/console/do/create_api_key").forms[-1]
    taken = browser.send(first, step="preview", name=name, role="teller")
    assert taken.status == 409
    assert "revoke that key" not in taken.text


def test_what_is_deleted_twice_was_deleted(browser, api):
    webhook = api("POST", "/webhooks", {"url": "https://example.com/hook"})["webhook_id"]
    form = browser.get("/console/do/delete_webhook", webhook_id=webhook).forms[-1]
    confirm = browser.send(form, step="preview").forms[-1]
    assert browser.send(confirm, step="confirmed").status == 200
    again = browser.send(confirm, step="confirmed")
    assert again.status == 404
    assert "it was done the first time" in again.text


def test_metadata_in_a_form(browser, opened, api):
    account_id = opened(name="Mara")
    form = browser.get("/console/do/set_account_metadata", account_id=account_id).forms[-1]
    rows = ["metadata.0.name", "metadata.0.value", "metadata.1.name", "metadata.2.name"]
    assert [form.fields.get(name) for name in rows] == ["name", "Mara", "", ""]
    for text in ("{", "[]", '{"a": 1, "a": 2}', "null", '{"a": NaN}'):
        page = browser.do("set_account_metadata", account_id=account_id, metadata=text)
        assert page.status == 422, text
        assert "`" not in page.text
    page = browser.do("set_account_metadata", account_id=account_id, metadata='{"name": "Mo"}')
    assert page.status == 200
    assert api("GET", f"/accounts/{account_id}")["metadata"] == {"name": "Mo"}


def test_a_row_of_metadata_is_changed_and_nothing_else(browser, opened, api):
    """Neither a number nor what is nested becomes anything else, however it is shown."""
    account_id = opened()
    metadata = (
        '{"n": 1.10, "big": 9007199254740993, "list": [1.0, "2"], "name": "Mara", "lines": "a\\nb"}'
    )
    browser.do("set_account_metadata", account_id=account_id, metadata=metadata)
    form = browser.get("/console/do/set_account_metadata", account_id=account_id).forms[-1]
    [name] = [name for name, text in form.fields.items() if text == "Mara"]
    empty = next(name for name, text in form.fields.items() if name.endswith("name") and not text)
    more = {name: "Mo", empty: "limit", empty.replace("name", "value"): "5"}
    for steps in ["more_rows"], ["as_json", "as_rows"], ["as_json"]:
        browser.do("set_account_metadata", account_id=account_id, metadata=metadata)
        page = browser.send(form, step="preview", **more)
        assert "name Mara \u2192 Mo limit \u2013 \u2192 5 Change" in page.text
        page = browser.send(page.forms[-1], step="edit")
        for step in steps:
            page = browser.send(page.forms[-1], step=step)
            assert page.status == 200, page.text
        page = browser.send(page.forms[-1], step="preview")
        page = browser.send(page.forms[-1], step="confirmed")
        assert page.status == 200, page.text
        reply = browser.client.get(f"/accounts/{account_id}", headers=HERE)
        found = json.loads(reply.text, parse_float=str)["metadata"]
        assert found == {
            **{"n": "1.10", "big": 2**53 + 1, "list": ["1.0", "2"], "lines": "a\nb"},
            **{"name": "Mo", "limit": "5"},
        }
    # All that is there may be taken away.
    emptied = {name: "" for name in form.fields if name.startswith("metadata.")}
    page = browser.send(browser.send(form, step="preview", **emptied).forms[-1], step="confirmed")
    assert page.status == 200, page.text
    assert api("GET", f"/accounts/{account_id}")["metadata"] == {}


def test_metadata_that_stay_as_they_are_are_not_sent(browser, opened):
    account_id = opened(name="Mara", city="")
    form = browser.get("/console/do/set_account_metadata", account_id=account_id).forms[-1]
    page = browser.send(form, step="preview")
    assert "Nothing changes." in page.text
    assert page.forms[-1].buttons == [("step", "edit")]
    gone = next(name for name, text in form.fields.items() if text == "city")
    page = browser.send(form, step="preview", **{gone: ""})
    assert 'city "" \u2192 \u2013 Change' in page.text
    emptied = {name: "" for name in form.fields if name.startswith("metadata.")}
    given = emptied | {"metadata": '{"a\\nb": 1.10}'}
    page = browser.send(form, step="preview", **given)
    assert 'Metadata {"city": "", "name": "Mara"} \u2192 {"a\\nb": 1.10}' in page.text


def test_metadata_that_no_row_can_show(browser, opened):
    form = browser.get("/console/do/deposit", account_id=opened()).forms[-1]
    page = browser.send(form, step="as_json")
    assert page.forms[-1].fields["metadata"].strip() == "{}"
    for text in ("[1]", '{"": 1}', "{"):
        page = browser.send(form, step="as_rows", metadata=text)
        assert page.status == 422
        assert page.forms[-1].fields["metadata"].strip() == text
    twice = {"metadata.0.name": "a", "metadata.1.name": "a"}
    page = browser.send(form, step="preview", amount="1", **twice)
    assert page.status == 422
    assert "two rows of the name a" in page.text
    page = browser.send(
        form, step="preview", amount="1", note="theirs", **{"metadata.0.name": "description"}
    )
    assert page.status == 422


def test_a_cashback_policy(browser, api):
    form = browser.get("/console/do/set_cashback_policy", currency="BHD").forms[-1]
    given = {"rate_bps": "2.55", "delay_ms": "36", "delay_ms.unit": "hours", "max_amount": "1.5"}
    page = browser.send(form, step="preview", **given)
    assert page.status == 200, page.text
    for said in ("2.55 %", "36 hours", "1.500 BHD"):
        assert said in page.text
    assert browser.send(page.forms[-1], step="confirmed").status == 200
    [found] = api("GET", "/cashback-policies?after=BGZ&limit=1")["cashback_policies"]
    policy = {"rate_bps": 255, "delay_ms": 129_600_000, "max_amount": 1500}
    assert found == {"currency": "BHD", **policy}
    # What it was stands there the next time, and what becomes of it.
    page = browser.get("/console/do/set_cashback_policy", currency="BHD")
    assert {name: page.forms[-1].fields[name] for name in given} == given | {"max_amount": "1.500"}
    page = browser.send(page.forms[-1], step="preview", rate_bps="3", max_amount="")
    assert "Rate 2.55 % \u2192 3 %" in page.text
    assert "At most 1.500 BHD \u2192 \u2013" in page.text
    for name, text, said in (
        ("rate_bps", "2.555", "two decimals"),
        ("rate_bps", "100.01", "Give 0 to 100 %."),
        ("rate_bps", "", "Fill this in."),
        ("delay_ms", "1.5", "36 hours rather than"),
        ("delay_ms", "99999", "ten years"),
        ("max_amount", "1.5555", "3 decimals"),
        ("max_amount", "-1", "Give 0.000 to 9,007,199,254,740.991 BHD."),
    ):
        page = browser.send(form, step="preview", **given | {name: text})
        assert page.status == 422
        assert said in page.text
        assert page.invalid == [name]


def test_a_schedule_in_words(browser, opened, api):
    source, target = opened(1000), opened(name="Tom")
    form = browser.get("/console/do/schedule_transfer", source_account_id=source).forms[-1]
    given = {"target_account_id": target, "amount": "1", "run_at": "2031-01-01T10:00"}
    for more, said, every in (
        ({}, "Once", None),
        ({"every": "P1M"}, "Every month", "P1M"),
        ({"every": "other", "every.other": "10 days"}, "Every 10 days", "P10D"),
    ):
        page = browser.send(form, step="preview", **given, **more)
        assert page.status == 200, page.text
        assert "Tom, EUR" in page.text
        assert said in page.text or not every
        assert browser.send(page.forms[-1], step="confirmed").status == 200
        [*_, made] = api("GET", f"/accounts/{source}/schedules")["schedules"]
        assert made["every"] == every
    assert "every 10 days" in browser.get("/console/account", account_id=source).text
    for text in ("", "soon", "10 seconds"):
        more = {"every": "other", "every.other": text}
        page = browser.send(form, step="preview", **given, **more)
        assert page.status == 422
        assert "10 days" in page.text


def test_which_events_a_webhook_is_sent(browser, api):
    form = browser.get("/console/do/create_webhook").forms[-1]
    page = browser.send(form, step="preview", url="https://example.com/a", **{"types.pay": "true"})
    assert "Payment" in page.text
    done = browser.send(page.forms[-1], step="confirmed")
    assert "shown only now" in done.text
    [*_, made] = api("GET", "/webhooks")["webhooks"]
    assert made["types"] == ["pay"]
    shown = browser.get("/console/webhooks")
    [link] = [
        one for one in shown.links if f"do/update_webhook?webhook_id={made['webhook_id']}&" in one
    ]
    form = browser.get(link).forms[-1]
    assert form.fields["types.pay"] == "true"
    form.fields.pop("types.pay")
    page = browser.send(form, step="preview")
    assert browser.send(page.forms[-1], step="confirmed").status == 200
    [*_, found] = api("GET", "/webhooks")["webhooks"]
    assert found["types"] is None
    assert browser.send(form, step="preview", **{"types.nothing": "true"}).status == 422
    api("POST", f"/webhooks/{made['webhook_id']}/delete", {})


def test_a_refusal_is_told_in_the_currency_of_its_account(browser, opened):
    source, target = opened(1000), opened(5, currency="JPY")
    given = {"source_account_id": source, "target_account_id": target, "amount": "1"}
    page = browser.do("exchange", **given, target_amount=str(2**53 - 1))
    assert page.status == 409
    assert "it has 5 JPY" in page.text
    page = browser.do("transfer", **given)
    assert "not EUR and JPY: Exchange" in page.text
    assert page.invalid == ["target_account_id"]
    page = browser.do("exchange", **given | {"amount": "10.01"}, target_amount="1")
    assert "Only 10.00 EUR is available" in page.text
    assert page.invalid == ["amount"]


@pytest.mark.parametrize("text", ["\0", "-", "9" * 19])
def test_every_form_refuses_in_words(browser, opened, text):
    """Whatever is wrong, nobody is told of what only programs know."""
    account_id, target = opened(100), opened()
    own = {"account_id": account_id, "source_account_id": account_id, "target_account_id": target}
    token = browser.get("/console/do/deposit").forms[-1].fields["form_token"]
    for name, action in ACTIONS.items():
        given = {one: own.get(one, "1") for one in action.function.arguments}
        for one in given.keys() - {"idempotency_key", "types"}:
            typed = given | {one: text, "form_token": token}
            reply = browser.client.post(f"/console/do/{name}", data=typed, headers=HERE)
            assert reply.status_code < 500, (name, one)
            alert = re.search(r'role="alert">(.*?)</p>', reply.text, re.DOTALL)
            said = re.sub("<.*?>|\u201c.*?\u201d", "", alert[1]) if alert else ""
            assert bool(said) == (reply.status_code >= 400)
            assert not JARGON.search(said), (name, one, said)


def test_cancel_leads_back(browser, opened):
    account_id = opened(1000)
    here = f"/console/account?account_id={account_id}"
    path = f"/console/do/withdraw?account_id={account_id}"

    def opened_from(referer):
        reply = browser.client.get(path, headers=HERE | {"Referer": referer})
        return Page(reply)

    page = opened_from(f"http://localhost{here}")
    for step in ("preview", "edit", "preview", "confirmed"):
        assert page.links[-1] == here
        page = browser.send(
            page.forms[-1], step=step, **{"amount": "1"} if step == "preview" else {}
        )
    assert "done" in page.text
    assert page.links[-1] == here
    for elsewhere in (
        *("", "http://evil.example/console", "http://localhost:81/", "https://[", "//localhost"),
        *(
            "http://localhost/console/do/pay",
            "http://localhost/console/sign-in",
            "http://localhost",
        ),
        "http://localhost//evil.example",
    ):
        assert opened_from(elsewhere).links[-1] == "/", elsewhere
    for forged in (
        "//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
    ):
        page = browser.send(page_form := opened_from("").forms[-1], step="edit", back=forged)
        assert page.links[-1] == "/", page_form


def test_a_form_that_is_sent_as_it_comes_changes_nothing(browser, api):
    """What it is filled with is what there is, in the units in which it is typed."""
    policy = {"rate_bps": 150, "delay_ms": 3_600_000, "max_amount": 5050}
    api("PUT", "/cashback-policies/KWD", policy)
    types = ["deposit", "withdraw"]
    webhook = api("POST", "/webhooks", {"url": "https://example.com/hook", "types": types})
    name = webhook["webhook_id"]
    for shown, action in (
        (browser.get("/console/currencies", after="KRW"), "do/set_cashback_policy?currency=KWD"),
        (browser.get("/console/webhooks"), f"do/update_webhook?webhook_id={name}&"),
    ):
        [link] = [one for one in shown.links if action in one]
        page = browser.send(browser.get(link).forms[-1], step="preview")
        assert page.status == 200, page.text
        assert browser.send(page.forms[-1], step="confirmed").status == 200
    [found] = [
        one
        for one in api("GET", "/cashback-policies?after=KRW&limit=5")["cashback_policies"]
        if one["currency"] == "KWD"
    ]
    assert found == {"currency": "KWD", **policy}
    [found] = [one for one in api("GET", "/webhooks")["webhooks"] if one["webhook_id"] == name]
    assert found["types"] == types
    api("POST", f"/webhooks/{name}/delete", {})


def test_flags_begin_as_the_function_has_them(browser, opened, api):
    account_id = opened(10_000)
    hold = api("POST", "/holds", {"account_id": account_id, "amount": 4000})["hold_id"]
    page = browser.do("capture_hold", hold_id=hold, amount="1")
    assert page.status == 200
    assert api("GET", f"/holds/{hold}")["remaining"] == 0


def test_an_overdraft_limit_is_in_the_currency_of_the_account(browser, api):
    for currency, limit in (("", 125_000), ("JPY", 1250), ("KWD", 1_250_000)):
        account_id = fresh()
        typed = "1250"
        page = browser.do(
            "create_account", account_id=account_id, currency=currency, overdraft_limit=typed
        )
        assert page.status == 200, page.text
        assert api("GET", f"/accounts/{account_id}")["overdraft_limit"] == limit
    page = browser.do("create_account", account_id=fresh(), currency="NONE", overdraft_limit="1")
    assert page.status == 422


def test_an_account_in_a_currency_without_decimals(browser, api):
    form = browser.get("/console/do/create_account").forms[-1]
    assert form.fields["overdraft_limit"] == ""
    for currency, limit in ("JPY", ""), ("JPY", "0.00"), ("EUR", "0.000"):
        account_id = fresh()
        given = {"account_id": account_id, "currency": currency, "overdraft_limit": limit}
        page = browser.send(form, step="preview", **given)
        assert page.status == 200, page.text
        assert browser.send(page.forms[-1], step="confirmed").status == 200
        assert api("GET", f"/accounts/{account_id}")["overdraft_limit"] == 0
    page = browser.send(
        form, step="preview", account_id=fresh(), currency="JPY", overdraft_limit="5.00"
    )
    assert page.invalid == ["overdraft_limit"]


@pytest.mark.parametrize("limit", ["", "0.00", "5.00", "5"])
@pytest.mark.parametrize("currency", ["XXX", "Euro"])
def test_a_currency_that_there_is_not_is_what_is_refused(browser, currency, limit):
    page = browser.do(
        "create_account", account_id=fresh(), currency=currency, overdraft_limit=limit
    )
    assert page.status == 422
    assert page.invalid == ["currency"], page.text
    assert f"There is no currency \u201c{currency.upper()}\u201d" in page.text


@pytest.mark.parametrize(
    "metadata",
    [
        {"now": 10**20, "timestamp": -(10**20), "expires_at": 1e300},
        {"name": ["a"], "description": {"b": 1}},
        {"name": None, "description": False, "amount": 5},
        {"name": {"a": [1, {"b": None}]}, "description": 1.5},
    ],
)
def test_metadata_of_any_kind(browser, api, metadata):
    account_id = fresh()
    api("POST", "/accounts", {"account_id": account_id, "metadata": metadata})
    given = {"account_id": account_id, "amount": 1, "metadata": metadata}
    moved = api("POST", "/deposits", given)["transaction_id"]
    assert browser.get("/console/account", account_id=account_id).status == 200
    assert browser.get("/console/transaction", transaction_id=moved).status == 200
    assert browser.get("/console/accounts", search=account_id).status == 200


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ("", 200),
        ('{"n": 1.00000000000000000001}', 200),
        ("{}", 200),
        ('{"description": "theirs"}', 422),
        ('{"a": 1, "a": 2}', 422),
        ('{"a": "\\ud800"}', 422),
        ("[" * 9999, 422),
        ("[1]", 422),
        ("{", 422),
    ],
)
def test_a_note_beside_metadata(browser, opened, metadata, status):
    page = browser.do(
        "deposit", account_id=opened(), amount="1", note='A "note"', metadata=metadata
    )
    assert page.status == status, page.text


def test_what_a_reversal_moves_is_a_table(browser, opened, api):
    source, target = opened(1_234_567), opened()
    sides = {"source_account_id": source, "target_account_id": target, "amount": 123_456}
    moved = api("POST", "/transfers", sides)["transaction_id"]
    form = browser.get("/console/do/reverse_transaction", transaction_id=moved).forms[-1]
    page = browser.send(form, step="preview", reason="A mistake")
    legs = (
        f"Account Amount Balance Available {target} \u22121,234.56 EUR 0.00 EUR 0.00 EUR "
        f"{source} +1,234.56 EUR 12,345.67 EUR 12,345.67 EUR"
    )
    assert legs in page.text
    for noise in ("Forced", "Reverses", "Operation", "Currency", "123456"):
        assert noise not in page.text
    assert legs in browser.send(page.forms[-1], step="confirmed").text


def test_what_is_left_to_refund_is_told(browser, opened, api):
    payer, shop = opened(10_000), opened()
    given = {"account_id": payer, "merchant_account_id": shop, "amount": 1250}
    payment = api("POST", "/payments", given)["payment_id"]
    api("POST", f"/payments/{payment}/refunds", {"amount": 200})
    page = browser.get("/console/do/refund_payment", payment_id=payment)
    assert f"Paid 12.50 EUR By {payer} To {shop} When" in page.text
    assert "Refunded 2.00 EUR Left to refund 10.50 EUR" in page.text
    page = browser.send(page.forms[-1], step="preview")
    assert "Amount 10.50 EUR" in page.text
    assert "Refunded 2.00 EUR \u2192 12.50 EUR" in page.text
    for noise in ("clawed", "Refundable", "Currency", "Merchant"):
        assert noise not in page.text


def test_what_resuming_a_webhook_sends_is_told_before(browser, opened, api, connect):
    def number():
        with connect() as db:
            return db.execute("SELECT newest FROM bank.number_events()").fetchone()[0]

    number()
    webhook = api("POST", "/webhooks", {"url": "https://example.com/hook"})["webhook_id"]
    opened(100)
    first = number() + 1
    with connect() as db:
        db.execute("SELECT engine.queue_deliveries(%s)", [first - 1])
        pending = db.execute(
            "SELECT pending, queued_to FROM bank.list_webhooks() WHERE webhook_id = %s", [webhook]
        ).fetchone()
    assert pending[0] > 1 and pending[1] == first - 1
    api("POST", f"/webhooks/{webhook}/pause", {"reason": "It is being moved"})

    def said():
        return browser.get("/console/do/resume_webhook", webhook_id=webhook)

    opened(100)
    newest = number()
    sent = f"{newest - first + 1} events came, {first} to {newest}: all of them will be sent."
    sent += f" {pending[0]} events that waited already will be sent, too."
    assert sent in said().text
    page = browser.send(said().forms[-1], step="preview")
    assert sent in page.text
    assert "Status paused \u2192 active" in page.text
    assert "Pending" not in page.text
    api("PUT", f"/webhooks/{webhook}", {"url": "https://example.com/hook", "types": ["deposit"]})
    assert "those of them that it is for will be sent." in said().text
    api("POST", f"/webhooks/{webhook}/delete", {})


def test_what_few_need_opens_for_who_typed_there(browser, opened):
    def opens(page):
        assert page.status in (200, 422)
        return ("open", "") in page.attributes

    form = browser.get("/console/do/deposit", account_id=opened()).forms[-1]
    assert not opens(browser.send(form, step="preview", amount="x"))
    assert not opens(browser.send(form, step="edit", amount="1"))
    assert opens(browser.send(form, step="preview", amount="x", timestamp="2026-01-01T10:00"))
    assert opens(browser.send(form, step="preview", amount="1", value_at="x"))
    row = {"metadata.0.value": "nameless"}
    assert opens(browser.send(form, step="preview", amount="1", **row))
    assert opens(browser.send(form, step="more_rows", amount="1"))


def test_nothing_is_said_twice(browser):
    page = browser.get("/console/do/create_account")
    assert page.text.count("Open an account") == 2  # its title, and that of the tab
    done = browser.do("create_account", account_id=fresh())
    assert "done" in done.text
    assert "Created" not in done.text


def test_what_is_only_tried_is_no_refusal(browser, opened, database_url):
    account_id = opened(100)
    page = browser.do("withdraw", account_id=account_id, amount="2")
    assert page.status == 409
    browser.client.application.extensions["refusals"].stop()
    with psycopg.connect(database_url, autocommit=True) as db:
        query = "SELECT count(*) FROM bank.list_refusals(account_id => %s)"
        assert db.execute(query, [account_id]).fetchone() == (0,)


def test_what_was_shown_is_what_is_done(browser, opened, api):
    """Without an amount a capture takes what is held, which may be more by then."""
    hold = api("POST", "/holds", {"account_id": opened(5000), "amount": 100})["hold_id"]
    form = browser.get("/console/do/capture_hold", hold_id=hold).forms[-1]
    confirm = browser.send(form, step="preview")
    assert "Amount 1.00 EUR" in confirm.text
    api("POST", f"/holds/{hold}/raise", {"amount": 900})
    done = browser.send(confirm.forms[-1], step="confirmed")
    assert done.status == 200
    assert api("GET", f"/holds/{hold}")["captured"] == 100


def test_nobody_undoes_unseen_what_somebody_else_did(browser, opened, api):
    account_id = opened(0, kyc="passed")
    path = f"/accounts/{account_id}/metadata"
    form = browser.get("/console/do/set_account_metadata", account_id=account_id).forms[-1]
    row = next(name for name in form.fields if name.endswith(".value"))
    confirm = browser.send(form, step="preview", **{row: "pending"}).forms[-1]
    api("PUT", path, {"metadata": {"kyc": "passed", "fraud": True}})
    refused = browser.send(confirm, step="confirmed")
    assert refused.status == 422
    assert "Somebody has changed meanwhile what this sets anew" in refused.text
    assert api("GET", f"/accounts/{account_id}")["metadata"] == {"kyc": "passed", "fraud": True}
    confirm = browser.send(refused.forms[-1], step="preview")
    assert "fraud true" in confirm.text
    for _ in range(2):  # sent twice it is done once, and no change by somebody else
        assert browser.send(confirm.forms[-1], step="confirmed").status == 200
    assert api("GET", f"/accounts/{account_id}")["metadata"] == {"kyc": "pending"}
