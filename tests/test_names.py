"""Under which names a ledger is installed: what is rendered, and what is let be."""

import psycopg
import pytest

from pgteller.install import source_texts
from pgteller.names import Names, UnfitNameError

SHOP = Names("shop1")


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("SELECT bank.pay('bank', 5)", "SELECT shop1.pay('shop1', 5)"),
        ("FROM ledger.accounts AS a", "FROM shop1_ledger.accounts AS a"),
        ("engine.seal(head, content)", "shop1_engine.seal(head, content)"),
        ("'bank'::regnamespace", "'shop1'::regnamespace"),
        ("format('COMMENT ON bank.%I', x)", "format('COMMENT ON shop1.%I', x)"),
        ('engine."release"', 'shop1_engine."release"'),
        (
            "REVOKE ALL ON SCHEMA ledger, bank, engine FROM PUBLIC",
            "REVOKE ALL ON SCHEMA shop1_ledger, shop1, shop1_engine FROM PUBLIC",
        ),
        ("of schema bank.", "of schema shop1."),
        ("GRANT bank_teller TO bank_operator", "GRANT shop1_teller TO shop1_operator"),
        ("the bank's own; a ledger. The engine", "the bank's own; a ledger. The engine"),
        ("'@ledger' = a.account_id", "'@ledger' = a.account_id"),
        ("v_bank.amount, my_ledger.x", "v_bank.amount, my_ledger.x"),
        ("'bank of', 'ledger:'", "'bank of', 'ledger:'"),
        ("bank_tellers", "bank_tellers"),
    ],
)
def test_what_is_rendered(text, rendered):
    assert SHOP.render(text) == rendered
    assert Names().render(text) == text


def test_roles_of_ones_own_and_shared():
    assert Names("bank", "two").render("bank.pay bank_teller") == "bank.pay two_teller"
    assert Names("shop1", "bank").render("bank.pay bank_teller") == "shop1.pay bank_teller"


def test_there_is_a_way_back():
    for names in SHOP, Names("bank", "two"), Names("shop1", "bank"), Names("wallet"):
        for text in source_texts():
            assert names.original(names.render(text)) == text


def test_what_is_of_another_ledger_is_told_apart():
    assert SHOP.original("bank.pay(); shop1.pay()") == "?bank.pay(); bank.pay()"
    assert SHOP.original("bank_teller=X/shop1_owner") == "?bank_teller=X/bank_owner"
    assert SHOP.original("shop1_ledger") == "ledger"


@pytest.mark.parametrize(
    "name",
    [
        *("", "A", "1a", "a-b", 'a"b', "a b", "é", "a" * 41, "public", "information_schema"),
        *("pg_x", "engine", "ledger", "x_engine", "x_ledger", "shop1\n"),
        *("select", "user", "values", "interval", "xmltable"),
    ],
)
def test_what_no_ledger_can_be_called(name):
    with pytest.raises(UnfitNameError, match="cannot be called"):
        Names(name)
    if name:
        with pytest.raises(UnfitNameError, match="cannot be called"):
            Names("bank", name)


@pytest.mark.parametrize("name", ["account", "hold", "deposit", "v", "t"])
def test_words_that_functions_use(name):
    with pytest.raises(UnfitNameError, match="a word of its functions"):
        Names(name).require_fit(source_texts())


def test_every_word_that_needs_quotes(server):
    with psycopg.connect(server) as db:
        query = "SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'"
        for (word,) in db.execute(query).fetchall():
            with pytest.raises(UnfitNameError, match="cannot be called"):
                Names(word)
