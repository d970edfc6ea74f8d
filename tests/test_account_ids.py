"""Which characters may be in an account id, by what Unicode says of each of them."""

import unicodedata

import pytest

# Other_Default_Ignorable_Code_Point and Variation_Selector of Unicode, which Python does not know.
FILLERS_AND_SELECTORS = [
    *(0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2065, 0x3164),
    *(0xFFA0, *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)),
]
# Prepended_Concatenation_Mark: of category Cf, but drawn.
DRAWN = [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]
# Hieroglyphic controls that Unicode 15 added to category Cf, and the mark that goes with them.
HIEROGLYPHIC = range(0x13430, 0x13441)
BIDI_CONTROL = [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
# Letters and signs that are drawn as nothing.
BLANK_LETTERS = [0x2800, 0x13441, 0x13442, 0x16FE4, 0x1D159]

UNSEEN = {
    number
    for number in range(1, 0x110000)
    if unicodedata.category(chr(number)) in ("Cf", "Zl", "Zp") and number not in DRAWN
} | {*FILLERS_AND_SELECTORS, *HIEROGLYPHIC, *BIDI_CONTROL, *BLANK_LETTERS}


def refused_by_unicode(name):
    """Whether it holds what is not seen, or is spelt in another way than NFC."""
    unseen = any(ord(c) in UNSEEN or unicodedata.category(c) == "Cc" for c in name)
    return unseen or not unicodedata.is_normalized("NFC", name)


# The rule of the table, as PostgreSQL keeps it: CHECK (... VALUE ...).
BY_TABLE = """
    SELECT c.number FROM (
        SELECT number, 'a' || chr(number) || 'a' AS value FROM unnest(%s::int[]) AS number
    ) AS c WHERE NOT ({})
"""
BY_FUNCTION = """
    DO $do$
    DECLARE
        number int;
    BEGIN
        CREATE TEMP TABLE refused (number int);
        FOR number IN SELECT a.number FROM asked AS a LOOP
            BEGIN
                PERFORM engine.check_account_id('a' || chr(number) || 'a');
            EXCEPTION WHEN SQLSTATE 'TL001' THEN
                INSERT INTO refused VALUES (number);
            END;
        END LOOP;
    END;
    $do$
"""


@pytest.fixture
def assigned():
    """Every character that Python knows; PostgreSQL's Unicode may be newer."""
    return [
        number
        for number in range(1, 0x110000)
        if number in UNSEEN or unicodedata.category(chr(number)) not in ("Cn", "Cs")
    ]


def test_every_character(db, assigned):
    """The table and the function refuse what Unicode says is unseen or not NFC, and no more."""
    expected = {number for number in assigned if refused_by_unicode(f"a{chr(number)}a")}
    assert expected > UNSEEN
    (rule,) = db.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'account_id_is_valid'"
    ).fetchone()
    by_table = {
        number for (number,) in db.execute(BY_TABLE.format(rule.removeprefix("CHECK ")), [assigned])
    }
    assert by_table == expected
    db.execute("CREATE TEMP TABLE asked AS SELECT unnest(%s::int[]) AS number", [assigned])
    db.execute(BY_FUNCTION)
    refused = {number for (number,) in db.execute("SELECT number FROM refused")}
    assert refused == expected | {0xFFFD}  # put where bytes were no text


NAMES = ["Zoë", "李小龍", "محمد", "דוד", "Ωμέγα", "नमस्ते", "한국", "🇦🇹", "👍🏽"]


@pytest.mark.parametrize("name", NAMES)
def test_two_spellings_are_one_account(bank, name):
    """Whoever writes it in NFD or with something unseen is told, and gets no account beside it."""
    name = unicodedata.normalize("NFC", name + bank.account()[-6:])
    assert bank.post("/accounts", account_id=name).status == 201
    decomposed = unicodedata.normalize("NFD", name)
    others = [name + "\u200b", "\u2067" + name, name + "\ufe0f", name[:1] + "\u00ad" + name[1:]]
    for other in others + [decomposed] * (decomposed != name):
        reply = bank.post("/accounts", account_id=other)
        assert (reply.status, reply.code) == (422, "invalid_account_id")
        assert "cannot be seen" in reply["reason"] or "NFC" in reply["reason"]


def test_joined_emoji_are_refused(bank):
    """They hold a joiner, which is not seen: a family is not the same as its members."""
    assert bank.post("/accounts", account_id="👩\u200d👩\u200d👧").code == "invalid_account_id"
