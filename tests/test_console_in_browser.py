"""The console in a browser: every page, every form, by mouse and by keyboard."""

import json
import re
import time
import urllib.request
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from playwright.sync_api import expect

from pgteller.console.actions import ACTIONS
from pgteller.console.pages import PAGES
from tests.browser import NARROW, look, reach, visiting
from tests.conftest import web_server
from tests.http_helpers import DAY, fresh

pytestmark = [pytest.mark.first_server, pytest.mark.direct]

PLACES = {
    "account": lambda bank: f"/console/account?account_id={bank.account}",
    "verification": lambda bank: f"/console/verification?account_id={bank.account}",
    "transaction": lambda bank: f"/console/transaction?transaction_id={bank.transaction}",
    "payment": lambda bank: f"/console/payment?payment_id={bank.payment}",
    "hold": lambda bank: f"/console/hold?hold_id={bank.hold}",
    "schedule": lambda bank: f"/console/schedule?schedule_id={bank.schedule}",
    "house": lambda _: "/console/house?house_account_id=@external",
    "deliveries": lambda _: "/console/deliveries?webhook_id=webhook1",
    "checks": lambda bank: f"/console/proof?proof_number={bank.proof}",
    "find": lambda bank: f"/console/find?search={bank.account}+n",
    "overview": lambda _: "/?period=hour",
}


class Bank:
    """A web server on a ledger of its own, in which there is one of everything."""

    def __init__(self, address, url):
        self.address, self.url = address, url
        self.account, self.other, self.shop = (fresh(name) for name in ("mara", "tom", "shop"))
        for account_id in self.account, self.other, self.shop:
            self.ask("POST", "/accounts", {"account_id": account_id, "metadata": {"name": "N. N."}})
        self.money(100_000)
        for number in range(12):
            given = {"amount": 500 + number, "metadata": {"description": f"Coffee {number}"}}
            self.payment = self.ask("POST", "/payments", {"account_id": self.account, **given})[
                "payment_id"
            ]
        soon = int(time.time() * 1000) + DAY
        sides = {"source_account_id": self.account, "target_account_id": self.other}
        self.transaction = self.ask("POST", "/transfers", {**sides, "amount": 700})[
            "transaction_id"
        ]
        self.ask("POST", f"/transactions/{self.transaction}/reversal", {"reason": "A mistake"})
        given = {"account_id": self.account, "amount": 1000, "target_account_id": self.shop}
        self.hold = self.ask("POST", "/holds", given | {"expires_at": soon})["hold_id"]
        self.schedule = self.ask(
            "POST", "/schedules", {**sides, "amount": 100, "run_at": soon, "every": "P1M"}
        )["schedule_id"]
        given = {"account_id": self.account, "field": "balance", "comparison": "lt", "value": 100}
        self.monitor = self.ask("POST", "/monitors", given)["monitor_id"]
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(
                "UPDATE ledger.settings SET webhook_http = true, webhook_networks = '{::/0}'"
            )
            self.proof = db.execute(
                "SELECT proof_number FROM bank.begin_proof('verification')"
            ).fetchone()[0]
            checks = "(SELECT json_agg(row_to_json(v)) FROM bank.verify_ledger() AS v)"
            db.execute(f"SELECT bank.finish_proof(%s, 0, checks => {checks})", [self.proof])
        self.ask("POST", "/webhooks", {"url": "http://[::1]:9/hook"})
        self.ask("POST", "/api-keys", {"name": fresh("till"), "role": "teller"})
        self.ask("POST", "/events/numberings", {})

    def ask(self, method, path, body=None):
        """The API's answer; refusals too."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as problem:
            return json.load(problem)

    def money(self, amount):
        """Give the account some."""
        self.ask("POST", "/deposits", {"account_id": self.account, "amount": amount})

    def balance(self, account_id):
        """What is there."""
        return self.ask("GET", f"/accounts/{account_id}/balance")["balance"]

    def path(self, name, path):
        """Of a page, about something that is there."""
        return PLACES[name](self) if name in PLACES else path


@pytest.fixture(scope="module")
def ledger(new_ledger):
    """Of this file alone."""
    with new_ledger() as url:
        yield url


@pytest.fixture(scope="module")
def bank(ledger):
    with web_server(ledger, workers=1) as address:
        yield Bank(address, ledger)


@pytest.fixture
def visit(browser, bank):
    with visiting(browser, bank.address, timezone_id="Europe/Berlin") as visit:
        yield visit


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page(visit, bank, page):
    shown = visit(bank.path(page.name, page.path))
    if page.name != "suggestions":
        expect(shown.locator("h1")).to_be_visible()
        look(shown)


def test_every_page_without_scripts(browser, bank):
    with visiting(browser, bank.address, java_script_enabled=False) as visit:
        for page in PAGES:
            shown = visit(bank.path(page.name, page.path))
            assert shown.title() if page.name != "suggestions" else True
        shown = visit(bank.path("account", ""))
        expect(shown.locator(".chart")).to_be_hidden()  # and no empty box
        expect(shown.locator("#curve noscript p")).to_be_visible()
        assert "UTC" in shown.locator("time").first.get_attribute("title")
        # A form works, too.
        before = bank.balance(bank.account)
        shown.get_by_role("link", name="Withdraw").click()
        shown.get_by_label("Amount").fill("1.50")
        shown.get_by_role("button", name="Show the effect").click()
        shown.get_by_role("button", name="Withdraw").click()
        expect(shown.locator("h1")).to_have_text("Withdraw: done")
        assert bank.balance(bank.account) == before - 150
        shown.get_by_role("link", name="Close").click()
        assert shown.url.endswith(bank.path("account", ""))


def open_form(visit, bank, label, rare=False):
    """The form of an action, from the account's page."""
    page = visit(bank.path("account", ""))
    panel = page.locator("#standing")
    if rare:
        panel.locator("summary", has_text="More").click()
    panel.get_by_role("link", name=label, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return page, dialog


# What is typed into the forms of an account, and what refuses them.
TYPED = {
    "deposit": ({"Amount": "12.34"}, {"Amount": "0"}),
    "withdraw": ({"Amount": "0.01"}, {"Amount": "99999999"}),
    "transfer": ({"To account": "OTHER", "Amount": "1"}, {"To account": "nobody", "Amount": "1"}),
    "pay": ({"Amount": "2.50", "Merchant": "SHOP"}, {"Amount": "1,5"}),
    "hold": ({"Amount": "3"}, {"Amount": "99999999"}),
    "schedule_transfer": (
        {"To account": "OTHER", "Amount": "1", "First run": "2031-01-01T10:00"},
        {"To account": "ACCOUNT", "Amount": "1", "First run": "2031-01-01T10:00"},
    ),
    "create_monitor": ({"Value": "5"}, {"Value": "x"}),
    "set_overdraft_limit": (
        {"Overdraft limit": "10", "Reason": "A good customer"},
        {"Overdraft limit": "-1", "Reason": "x"},
    ),
    "set_account_metadata": ({"Metadata 2: name": "city", "Metadata 2: value": "Ulm"}, None),
    "set_collecting": ({}, None),
    "freeze_account": ({"Reason": "To see"}, None),
}


def fill(dialog, bank, given):
    names = {"OTHER": bank.other, "SHOP": bank.shop, "ACCOUNT": bank.account}
    for label, text in given.items():
        dialog.get_by_label(re.compile(f"^{label}")).fill(names.get(text, text))


@pytest.mark.parametrize("name", TYPED)
def test_forms_of_an_account(visit, bank, name):
    action = ACTIONS[name]
    right, wrong = TYPED[name]
    page, dialog = open_form(visit, bank, action.label, action.rare)
    if wrong is not None:
        fill(dialog, bank, wrong)
        visit.expect("4")
        dialog.get_by_role("button", name="Show the effect").click()
        expect(dialog.get_by_role("alert")).to_be_visible()
    fill(dialog, bank, right)
    dialog.get_by_role("button", name="Show the effect").click()
    expect(dialog.locator("h1")).to_have_text(f"{action.title}?")
    if name in ("transfer", "freeze_account", "set_account_metadata"):
        look(page)
    dialog.get_by_role("button", name=action.title, exact=True).click()
    expect(dialog.locator("h1")).to_have_text(f"{action.title}: done")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    if name == "set_account_metadata":
        bank.ask("PUT", f"/accounts/{bank.account}/metadata", {"metadata": {"name": "N. N."}})
    if name == "freeze_account":  # or no other form would do
        bank.ask("POST", f"/accounts/{bank.account}/unfreeze", {"reason": "Seen"})


def test_what_was_done_shows_at_once(visit, bank):
    page, dialog = open_form(visit, bank, "Deposit")
    before = page.locator("#standing .main dd").inner_text()
    dialog.get_by_label("Amount").fill("1")
    dialog.get_by_role("button", name="Show the effect").click()
    dialog.get_by_role("button", name="Deposit", exact=True).click()
    expect(page.locator("#standing .main dd")).not_to_have_text(before)
    expect(page.locator("#history tbody tr").first).to_contain_text("+1.00")


def test_a_double_click_posts_once(visit, bank):
    before = bank.balance(bank.account)
    _, dialog = open_form(visit, bank, "Deposit")
    dialog.get_by_label("Amount").fill("5")
    dialog.get_by_role("button", name="Show the effect").click()
    button = dialog.get_by_role("button", name="Deposit", exact=True)
    button.dblclick()
    expect(dialog.locator("h1")).to_have_text("Deposit: done")
    assert bank.balance(bank.account) == before + 500


def test_going_back_posts_nothing_again(visit, bank):
    before = bank.balance(bank.account)
    page = visit(f"/console/do/deposit?account_id={bank.account}")
    page.get_by_label("Amount").fill("5")
    page.get_by_role("button", name="Show the effect").click()
    page.get_by_role("button", name="Deposit", exact=True).click()
    expect(page.locator("h1")).to_have_text("Deposit: done")
    visit(bank.path("account", ""), page)
    page.go_back()
    page.go_forward()
    expect(page.locator("h1")).to_be_visible()
    assert bank.balance(bank.account) == before + 500


def test_a_transfer_by_keyboard_alone(visit, bank):
    before = bank.balance(bank.other)
    page = visit(bank.path("account", ""))
    expect(page.locator("#standing")).to_be_visible()
    reach(page, page.locator("#standing").get_by_role("link", name="Transfer"))
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("To account")).to_be_focused()
    page.keyboard.type(bank.other)
    page.keyboard.press("Tab")
    page.keyboard.type("1.25")
    page.keyboard.press("Enter")
    button = dialog.get_by_role("button", name="Transfer", exact=True)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.locator("h1")).to_have_text("Transfer: done")
    assert bank.balance(bank.other) == before + 125
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#standing").get_by_role("link", name="Transfer")).to_be_focused()


def test_a_cashback_policy_by_keyboard_alone(visit, bank):
    bank.ask("POST", "/events/numberings", {})
    page = visit("/console/settings")
    change = page.locator("#currencies").get_by_role("row", name="EUR").get_by_role("link")
    reach(page, change)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Rate")).to_be_focused()
    look(page)
    for text in ("2.5", "36", "hours"):  # a rate, a number, its unit
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.type("12.345")
    visit.expect("422 POST")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("2 decimals at most")
    field = dialog.get_by_label("At most")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("decimals at most"))
    look(page)
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Change the cashback policy")).to_be_focused()
    expect(dialog).to_contain_text("2.5 %")
    expect(dialog).to_contain_text("36 hours")
    page.keyboard.press("Enter")
    expect(dialog.locator("h1")).to_have_text("Change the cashback policy: done")
    page.keyboard.press("Escape")
    expect(page.locator("#currencies").get_by_role("row", name="EUR")).to_contain_text("12.34")
    expect(change).to_be_focused()


def test_metadata_by_rows(visit, bank):
    page, dialog = open_form(visit, bank, "Metadata", rare=True)
    names = dialog.get_by_label(re.compile("name$"))
    expect(names).to_have_count(3)
    look(page)
    expect(names.first).to_have_value("name")
    names.nth(1).fill("limit")
    dialog.get_by_label("Metadata 2: value").fill("1.10")
    dialog.get_by_label("Metadata 2: kind").select_option("JSON")
    names.nth(2).fill("limit")
    visit.expect("422 POST")
    dialog.get_by_role("button", name="Show the effect").click()
    expect(names.nth(2)).to_be_focused()
    look(page)
    names.nth(2).fill("city")
    dialog.get_by_role("button", name="More rows").click()
    expect(names).to_have_count(5)
    expect(names.nth(3)).to_be_focused()
    dialog.get_by_role("button", name="As JSON").click()
    whole = dialog.get_by_label("Metadata as JSON")
    expect(whole).to_have_value('{"name": "N. N.", "limit": 1.10, "city": ""}')
    dialog.get_by_role("button", name="As rows").click()
    expect(names).to_have_count(5)
    dialog.get_by_role("button", name="Show the effect").click()
    dialog.get_by_role("button", name="Change the metadata", exact=True).click()
    expect(dialog.locator("h1")).to_have_text("Change the metadata: done")


def test_a_field_that_was_drawn_larger_keeps_no_style(visit, bank):
    """A browser notes its size in its style, which htmx would copy to the one that comes."""
    page, dialog = open_form(visit, bank, "Metadata", rare=True)
    dialog.get_by_role("button", name="As JSON").click()
    whole = dialog.get_by_label("Metadata as JSON")
    box = whole.bounding_box()
    right, bottom = box["x"] + box["width"] - 4, box["y"] + box["height"] - 4
    page.mouse.move(right, bottom)
    page.mouse.down()
    page.mouse.move(right, bottom + 80)
    page.mouse.up()
    assert "height" in whole.get_attribute("style")
    whole.fill("{")
    visit.expect("422 POST")
    dialog.get_by_role("button", name="Show the effect").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    assert whole.get_attribute("style") is None


def test_escape_throws_nothing_away_at_once(visit, bank):
    page, dialog = open_form(visit, bank, "Deposit")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page, dialog = open_form(visit, bank, "Deposit")
    amount = dialog.get_by_label("Amount")
    amount.press_sequentially("12")
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("alert")).to_contain_text("Press Escape once more")
    look(page)
    amount.press_sequentially("3")
    expect(dialog.get_by_role("alert")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(amount).to_have_value("123")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_escape_in_a_menu_leads_back_to_its_button(visit, bank):
    page = visit(bank.path("account", ""))
    menu = page.locator("#standing summary", has_text="More")
    menu.click()
    page.keyboard.press("Tab")
    expect(page.locator("#standing details a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.locator("#standing details a").first).to_be_hidden()


def test_another_repetition_is_asked_for_once_it_is_chosen(visit, bank):
    _, dialog = open_form(visit, bank, "Schedule", rare=True)
    other = dialog.get_by_label("Other: every")
    expect(other).to_be_hidden()
    dialog.get_by_label("Repeats").select_option("Other")
    other.fill("10 days")
    dialog.get_by_label("Repeats").select_option("Once")
    expect(other).to_be_visible()  # since it is not empty


def test_which_events_by_boxes(visit, bank):
    page = visit("/console/webhooks")
    page.get_by_role("link", name="Add a webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("http://[::1]:9/other")
    money = dialog.get_by_role("group", name="Money", exact=True)
    money.get_by_label("Deposit").check()
    look(page)
    dialog.get_by_role("button", name="Show the effect").click()
    dialog.get_by_role("button", name="Add a webhook", exact=True).click()
    expect(dialog.locator("h1")).to_have_text("Add a webhook: done")
    look(page)


def test_what_is_shown_once_is_copied(browser, bank):
    allowed = ["clipboard-read", "clipboard-write"]
    with visiting(browser, bank.address, permissions=allowed) as visit:
        page = visit("/console/do/create_api_key")
        page.get_by_label("Name").fill(fresh("copied"))
        page.get_by_role("button", name="Show the effect").click()
        page.get_by_role("button", name="Make a key", exact=True).click()
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        secret = page.locator("#secret").inner_text()
        assert page.evaluate("navigator.clipboard.readText()") == secret
        assert secret.startswith("pgt_")


def test_whose_an_account_is_shows_once_it_is_chosen(visit, bank):
    _, dialog = open_form(visit, bank, "Transfer")
    field = dialog.get_by_label("To account")
    field.press_sequentially(bank.other[:-1])
    expect(dialog.locator(f"#found-accounts option[value='{bank.other}']")).to_have_count(1)
    field.press_sequentially(bank.other[-1])
    expect(dialog.get_by_role("status")).to_have_text("N. N., EUR")


def test_a_search_as_one_types(visit, bank):
    page = visit("/console/accounts")
    page.get_by_label("Search").press_sequentially(bank.shop)
    expect(page.locator("#found tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(f"search={bank.shop}"))
    page.locator("#found a.account").click()
    expect(page.locator("h1")).to_contain_text("N. N.")
    page.go_back()
    expect(page.locator("#found tbody tr")).to_have_count(1)


def test_accounts_are_suggested(visit, bank):
    _, dialog = open_form(visit, bank, "Transfer")
    dialog.get_by_label("To account").press_sequentially(bank.other[:6])
    expect(dialog.locator(f"#found-accounts option[value='{bank.other}']")).to_have_count(1)


def test_anything_is_found_from_anywhere(visit, bank):
    given = {"account_id": fresh("zoe"), "metadata": {"name": "Zoë Ängström"}}
    bank.ask("POST", "/accounts", given)
    page = visit("/console/integrity")
    page.keyboard.press("/")
    box = page.get_by_label("Find anything")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    page.keyboard.type("angstrom zoe/")
    expect(box).to_have_value("angstrom zoe/")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.locator("#matching tbody tr")).to_have_count(1)
    expect(page.locator("#matching")).to_contain_text("Zoë Ängström")
    page.keyboard.press("/")  # which takes what is there for what is to be replaced
    page.keyboard.type(bank.other[:6])
    expect(page.locator(f"#found-anywhere option[value='{bank.other}']")).to_have_count(1)
    page.get_by_label("Find anything").fill(f" {bank.hold} ")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/console/hold.hold_id={bank.hold}$"))


def test_times_and_money_are_written_for_whoever_looks(browser, bank):
    for locale, zone, decimal in (("de-DE", "Asia/Tokyo", ","), ("en-US", "UTC", ".")):
        with visiting(browser, bank.address, locale=locale, timezone_id=zone) as visit:
            page = visit(bank.path("account", ""))
            amount = page.locator("#standing .main data")
            expect(amount).to_have_text(re.compile(rf"\d{re.escape(decimal)}\d\d$"))
            title = page.locator("#history time").first.get_attribute("title")
            assert re.search(r"[.,:]\d{3}\b", title), title
            assert ("GMT+9" in title) == (zone == "Asia/Tokyo"), title


def test_a_chart_tells_exactly(visit, bank):
    page = visit(bank.path("account", "") + "&span=day")
    chart = page.locator("#curve .chart")
    expect(chart.locator("canvas")).to_be_visible()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 60, box["y"] + 60)
    expect(chart.locator(".tip")).to_contain_text("EUR")


def test_a_part_of_a_chart_is_an_address(visit, bank):
    page = visit(bank.path("account", "") + "&span=day&operation=deposit")
    whole = page.url
    draw_over(page)
    expect(page).to_have_url(re.compile(r"since=\d+&until=\d+"))
    assert "operation=deposit" in page.url
    found = parse_qs(urlsplit(page.url).query)
    assert 0 < int(found["until"][0]) - int(found["since"][0]) < DAY / 2
    part = page.url.removeprefix(bank.address)
    # Within it once more, then twice back to where one was.
    draw_over(page)
    expect(page).not_to_have_url(bank.address + part)
    page.go_back()
    expect(page).to_have_url(bank.address + part)
    expect(page.get_by_role("link", name="All of it")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(whole)
    expect(page.get_by_role("link", name="All of it")).to_be_hidden()
    # A double click shows all of it again; the address is good for somebody else.
    page = visit(part)
    page.locator("#curve .u-over").dblclick()
    expect(page).not_to_have_url(re.compile("since="))
    expect(page.get_by_role("link", name="All of it")).to_be_hidden()


def draw_over(page):
    """A part of the balance's chart, as its panel is then there anew."""
    chart = page.locator("#curve .chart")
    expect(chart.locator("canvas")).to_be_visible()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 60)
    with page.expect_response(re.compile("since=")):
        page.mouse.up()


LISTS = {
    "account": "History",
    "activity": "Events",
    "accounts": "Accounts",
    "keys": "API keys",
    "integrity": "Verifications and digests",
    "settings": "Currencies in use, and what payments earn",
    "trial_balance": "Trial balance",
    "house": "Entries",
}


@pytest.mark.parametrize("name", LISTS)
def test_rows_are_cards_on_a_telephone(browser, bank, name):
    with visiting(browser, bank.address, viewport=NARROW) as visit:
        [path] = [page.path for page in PAGES if page.name == name]
        page = visit(bank.path(name, path))
        region = page.locator(f".scroll[aria-label='{LISTS[name]}']")
        row = region.get_by_role("row").nth(1)
        expect(row.get_by_role("cell").first).to_be_visible()
        for cell in row.get_by_role("cell").all():
            if cell.is_visible():
                box = cell.bounding_box()
                assert box["x"] + box["width"] <= NARROW["width"], cell.inner_text()
        assert region.evaluate("one => one.scrollWidth <= one.clientWidth")
        # To a screen reader it is a table as before.
        expect(region.get_by_role("table")).to_have_count(1)
        assert region.get_by_role("columnheader").count() >= 3


def test_the_menu_is_in_sight_on_a_telephone(browser, bank):
    with visiting(browser, bank.address, viewport=NARROW) as visit:
        page = visit("/console/settings")
        links = page.get_by_role("navigation", name="Pages").get_by_role("link").all()
        assert [link.inner_text() for link in links][-1] == "Settings"
        for link in links:
            expect(link).to_be_in_viewport(ratio=1)


def test_the_word_of_a_menu_stays_where_it_is(visit, bank):
    page = visit(bank.path("account", ""))
    word = page.locator("#standing summary")
    before = word.bounding_box()
    word.click()
    expect(page.locator("#standing details > div")).to_be_visible()
    assert word.bounding_box() == before


def test_menus_of_a_panel_are_in_sight_on_a_telephone(browser, bank):
    with visiting(browser, bank.address, viewport=NARROW) as visit:
        for days in "", "&first_day=2026-01-01", "&first_day=2026-01-01&last_day=2026-12-31":
            page = visit(bank.path("account", "") + days)
            for menu in page.locator("#history details.menu").all():
                menu.locator("summary").click()
                box = menu.locator("form").bounding_box()
                assert 0 <= box["x"] <= NARROW["width"] - box["width"], (days, box)


def test_days_are_those_of_whoever_chooses_them(browser, bank):
    """In Tokyo a day ends nine hours before that of UTC."""
    given = {"account_id": fresh("tokyo"), "timestamp": 0}
    bank.ask("POST", "/accounts", given)
    for hour in 14, 15:  # the last of 1970-01-02 there, and the first of the day after it
        deposit = {"amount": hour, "timestamp": DAY + hour * DAY // 24}
        bank.ask("POST", "/deposits", {"account_id": given["account_id"]} | deposit)
    with visiting(browser, bank.address, timezone_id="Asia/Tokyo") as visit:
        page = visit(f"/console/account?account_id={given['account_id']}&operation=deposit")
        history = page.locator("#history")
        history.get_by_text("Days", exact=True).click()
        history.locator("details[open]").get_by_label("Last day").fill("1970-01-02")
        history.get_by_role("button", name="Show").click()
        expect(history.locator("tbody tr")).to_have_count(1)
        expect(history.locator("tbody tr")).to_contain_text("+0.14")
        expect(history.locator("summary").first).to_have_text("up to 1970-01-02")
        # A span takes the place of the days, and all is all.
        history.get_by_label("Time").select_option("A year")
        expect(history).to_contain_text("No entry matches.")
        history.get_by_label("Time").select_option("All")
        expect(history.locator("tbody tr")).to_have_count(2)


def test_a_page_of_a_list_is_turned(visit, bank):
    for number in range(60):
        bank.ask("POST", "/deposits", {"account_id": bank.shop, "amount": number + 1})
    page = visit(f"/console/account?account_id={bank.shop}&operation=deposit")
    first = page.locator("#history tbody tr").first
    expect(first).to_contain_text("+0.60")
    page.get_by_role("link", name="Next page").press("Enter")
    expect(first).to_contain_text("+0.35")
    expect(page).to_have_url(re.compile("operation=deposit.*&after="))
    expect(page.locator("#history h2")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Next page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(first).to_contain_text("+0.10")
    # There is no next one, so the list has the focus.
    expect(page.locator("#history .scroll")).to_be_focused()
    page.go_back()
    expect(first).to_contain_text("+0.35")
    page.go_back()
    expect(first).to_contain_text("+0.60")


def test_filters_and_periods_keep_each_other(visit, bank):
    page = visit(bank.path("account", ""))
    chosen = page.locator("#history").get_by_label("Operation")
    chosen.focus()
    chosen.select_option("deposit")
    expect(page).to_have_url(re.compile("operation=deposit"))
    expect(chosen).to_be_focused()
    page.get_by_role("link", name="7 d").click()
    expect(page).to_have_url(re.compile("(?=.*span=week)(?=.*operation=deposit)"))
    expect(chosen).to_have_value("deposit")
    chosen.select_option("withdraw")
    expect(page).to_have_url(re.compile("(?=.*span=week)(?=.*operation=withdraw)"))
    page.go_back()
    expect(chosen).to_have_value("deposit")


def test_the_zone_is_named(browser, bank):
    for scripts, zone in ((True, "Asia/Tokyo"), (False, "UTC")):
        options = {"timezone_id": "Asia/Tokyo", "java_script_enabled": scripts}
        with visiting(browser, bank.address, **options) as visit:
            page = visit("/console/activity")
            expect(page.locator(".zone")).to_have_text(f"Times are those of {zone}.")
            first = page.locator("#events time").first
            assert re.search(r"\d:\d\d:\d\d", first.inner_text())


def test_a_verification_from_a_page(visit, bank):
    page = visit("/console/integrity")
    rows = page.locator("#proofs tbody tr")
    count = rows.count()
    page.get_by_role("button", name="Verify now").click()
    expect(rows).to_have_count(count + 1)
    expect(rows.first).to_contain_text("clean")
    rows.first.get_by_role("link", name="Each check").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("every check holds")
    expect(dialog.locator("tbody tr").first).to_contain_text("yes")


def test_a_digest_is_taken_and_compared(visit, bank, tmp_path):
    page = visit("/console/integrity")
    with page.expect_download() as found:
        page.get_by_role("button", name="Take a digest").click()
    file = tmp_path / found.value.suggested_filename
    found.value.save_as(file)
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("h1")).to_have_text("The history is as the digest says")
    digest = json.loads(file.read_text())
    digest["sums"][0] += 1
    file.write_text(json.dumps(digest))
    page = visit("/console/integrity")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("h1")).to_have_text("The history is not as the digest says")


def test_statements_are_saved(visit, bank):
    page = visit(bank.path("account", ""))
    page.locator("#history summary", has_text="Statement").click()
    page.locator("#history details[open]").get_by_label("First day").fill("2026-01-01")
    for kind in "CSV", "PDF":
        with page.expect_download() as found:
            page.locator("#history").get_by_role("button", name=kind).click()
        assert found.value.suggested_filename.endswith(kind.lower())


@pytest.fixture
def keyed(new_ledger):
    """A web server that wants keys, and its ledger."""
    with new_ledger() as url, web_server(url, workers=1, AUTH="keys") as address:
        yield address, url


def test_a_session_ends(browser, keyed):
    address, url = keyed
    with psycopg.connect(url, autocommit=True) as db, visiting(browser, address) as visit:
        query = "SELECT secret FROM bank.create_api_key('mo', 'teller')"
        [secret] = db.execute(query).fetchone()
        db.execute("SELECT bank.create_account('mara')")
        page = visit("/console/account?account_id=mara")
        look(page)
        field = page.get_by_label("API key", exact=True)
        field.fill("pgt_" + "0" * 64)
        visit.expect("401 POST")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        field.fill(secret)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("h1")).to_contain_text("mara")
        expect(page.locator(".who")).to_contain_text("teller")
        look(page)
        db.execute("DELETE FROM ledger.sessions")
        # It is believed for five seconds; what is pressed then leads to where one signs in.
        visit.expect("401 GET")
        while not field.is_visible():
            page.locator("#standing").get_by_role("link", name="Deposit").click()
            page.locator("#dialog[open] h1, input[name=key]").first.wait_for()
            page.keyboard.press("Escape")
        expect(page.locator("h1")).to_have_text("Sign in")
