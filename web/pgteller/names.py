"""What the schemas and roles of a ledger are called where it is installed.

`sql/` and this package say `bank`, `engine`, `ledger` and `bank_teller`; a database may hold many
ledgers, each under names of its own.  Whatever is sent there is rendered first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

DEFAULT = "bank"
ROLES = ("owner", "teller", "operator", "auditor")

_VALID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = re.compile(r"public|information_schema|pg_.*|(.*_)?(engine|ledger)")
_WORD = re.compile(r"\w+")
# Words of SQL that need quotes where they are a name, in PostgreSQL 15 to 18: pg_get_keywords().
_KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
    boolean both case cast char character check coalesce collate collation column concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists extract false fetch float for foreign freeze from full grant greatest group grouping
    having ilike in initially inner inout int integer intersect interval into is isnull join json
    json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value lateral leading least left like limit localtime
    localtimestamp merge_action national natural nchar none normalize not notnull null nullif
    numeric offset on only or order out outer overlaps overlay placing position precision primary
    real references returning right row select session_user setof similar smallint some substring
    symmetric system_user table tablesample then time timestamp to trailing treat trim true union
    unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()  # noqa: SIM905
)


class UnfitNameError(ValueError):
    """No ledger can be called so; the message is for people."""


@dataclass(frozen=True)
class Names:
    """Of one ledger: schema `schema`, which users call, and two more; roles that begin alike."""

    schema: str = DEFAULT
    roles: str = ""

    def __post_init__(self) -> None:
        if not self.roles:
            object.__setattr__(self, "roles", self.schema)
        for name in self.schema, self.roles:
            if not _VALID.fullmatch(name) or _TAKEN.fullmatch(name):
                raise UnfitNameError(
                    f'A ledger cannot be called "{name}": use a to z, digits and _, a letter '
                    "first, 40 at most; not public, pg_..., ..._engine or ..._ledger."
                )
            if name in _KEYWORDS:
                raise UnfitNameError(f'A ledger cannot be called "{name}": it is a word of SQL.')

    @property
    def engine(self) -> str:
        """The schema of what only functions call."""
        return "engine" if self.schema == DEFAULT else f"{self.schema}_engine"

    @property
    def data(self) -> str:
        """The schema of the tables."""
        return "ledger" if self.schema == DEFAULT else f"{self.schema}_ledger"

    @property
    def are_default(self) -> bool:
        """Whether nothing needs rendering."""
        return self.schema == self.roles == DEFAULT

    @property
    def program(self) -> str:
        """What is called on the command line for this ledger."""
        return "pgteller" if self.schema == DEFAULT else f"pgteller --schema {self.schema}"

    def role(self, name: str) -> str:
        """One of the four roles."""
        return f"{self.roles}_{name}"

    def render(self, text: str) -> str:
        """SQL, with these names in the place of the default ones."""
        return text if self.are_default else _rendered(self, text)

    def original(self, text: str) -> str:
        """What stands in a database, with the default names in the place of these.

        The default names themselves would be those of another ledger, and are told apart.
        """
        if self.are_default:
            return text
        if text in self._own:
            return self._own[text]
        return self._said_here.sub(
            lambda said: _WORD.sub(lambda word: self._own.get(word[0], f"?{word[0]}"), said[0]),
            text,
        )

    def require_fit(self, texts: Iterable[str]) -> None:
        """See that these names mean nothing else in the texts, so that there is a way back."""
        for text in texts:
            if self.original(self.render(text)) != text:
                raise UnfitNameError(
                    f'A ledger cannot be called "{self.schema}": this is a word of its functions.'
                )

    @cached_property
    def _by_default(self) -> dict[str, str]:
        own = {"bank": self.schema, "engine": self.engine, "ledger": self.data}
        return own | {f"bank_{role}": self.role(role) for role in ROLES}

    @cached_property
    def _own(self) -> dict[str, str]:
        return {own: name for name, own in self._by_default.items()}

    @cached_property
    def _said_here(self) -> re.Pattern[str]:
        schemas = sorted({self.schema, self.engine, self.data, "bank", "engine", "ledger"})
        roles = [name for names in (self._own, _SAID_ROLES) for name in names if "_" in name]
        return _said(schemas, [role for role in roles if role not in schemas])


def _said(schemas: Iterable[str], roles: Iterable[str]) -> re.Pattern[str]:
    """A schema before a name, by itself in quotes, or after the word; and roles, wherever."""
    schema = rf"(?:{'|'.join(schemas)})\b"
    return re.compile(
        rf'\b{schema}(?=\\?\.["%(a-z_\\])|(?<=\'){schema}(?=\')'
        rf"|(?<=\bSCHEMA ){schema}(?:, {schema})*|(?<=\bschema ){schema}\b"
        rf"|\b(?:{'|'.join(roles)})\b"
    )


_SAID_ROLES = [f"bank_{role}" for role in ROLES]
_SAID = _said(("bank", "engine", "ledger"), _SAID_ROLES)


@lru_cache(maxsize=2048)
def _rendered(names: Names, text: str) -> str:
    own = names._by_default
    return _SAID.sub(lambda said: _WORD.sub(lambda word: own[word[0]], said[0]), text)
