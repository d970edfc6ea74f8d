"""Pages as a browser without JavaScript has them: their text, their links, and forms to send."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

HERE = {"Host": "localhost", "Origin": "http://localhost"}
# What a support employee need not know.
JARGON = re.compile(r"minor unit|millisecond|epoch|ISO|NULL|`|left out|basis|[a-z]_[a-z]|SQL|NFC")
ROLES = {
    "table": "table",
    **{"thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "th": "columnheader", "td": "cell"},
}
# What nobody means.
ODD = ["\0", "\ud800", "1" + "0" * 400, "x" * 8000, "a\r\nX: y", "//evil.example", "{", "9" * 19]
EMPTY = {"input", "meta", "link", "img", "br"}


@dataclass
class Form:
    """Where it is sent, and what is in it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What stands in a page."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.response = response
        self.status = response.status_code
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.invalid: list[str] = []
        self.tables_are_told = True  # where rows become cards, each says what it is all the same
        self._cards = False
        self._choice: str | None = None
        self._area: str | None = None
        self._open: list[str] = []
        self.feed(response.text)
        assert not self._open, f"not closed: {self._open}"

    @property
    def text(self) -> str:
        """All of it, blanks joined."""
        return " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is opened."""
        if tag not in EMPTY:
            self._open.append(tag)
        found = {name: value or "" for name, value in attrs}
        self.attributes += found.items()
        if "aria-invalid" in found:
            assert "trouble" in found["aria-describedby"]
            self.invalid.append(found["name"])
        self._look_at_table(tag, found)
        if tag == "form":
            self.forms.append(Form(found["action"], found.get("method", "get")))
        elif tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif self.forms:
            self._look_at_field(tag, found)

    def _look_at_table(self, tag: str, found: dict[str, str]) -> None:
        if tag == "table":
            self._cards = found.get("class") == "rows"
        if tag in ROLES and self._cards and found.get("role") != ROLES[tag]:
            self.tables_are_told = False

    def _look_at_field(self, tag: str, found: dict[str, str]) -> None:
        if tag == "input" and "name" in found:
            if found.get("type") != "checkbox" or "checked" in found:
                self.forms[-1].fields[found["name"]] = found.get("value", "")
        elif tag == "select":
            self._choice = found["name"]
            self.forms[-1].fields[self._choice] = ""
        elif tag == "option" and self._choice and "selected" in found:
            self.forms[-1].fields[self._choice] = found.get("value", "?")
        elif tag == "textarea":
            self._area = found["name"]
            self.forms[-1].fields[self._area] = ""
        elif tag == "button" and "name" in found:
            self.forms[-1].buttons.append((found["name"], found["value"]))

    def handle_endtag(self, tag: str) -> None:
        """Note what is closed."""
        if tag not in EMPTY:
            assert self._open and self._open.pop() == tag, tag
        if tag == "select":
            self._choice = None
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        """Note what is said."""
        self.texts.append(data)
        if self._area is not None:
            self.forms[-1].fields[self._area] += data


@dataclass
class Browser:
    """Gets pages and sends their forms, from `localhost`."""

    client: FlaskClient

    def get(self, path: str, **query: object) -> Page:
        """A page."""
        return Page(self.client.get(path, query_string=query or None, headers=HERE))

    def get_from(self, here: str, path: str, **query: object) -> Page:
        """A page to which another one leads."""
        headers = HERE | {"Referer": f"{HERE['Origin']}{here}"}
        return Page(self.client.get(path, query_string=query, headers=headers))

    def send(self, form: Form, **fields: object) -> Page:
        """A form with these fields besides; a button is one of them."""
        given = form.fields | fields
        return Page(self.client.post(form.action, data=given, headers=HERE))

    def do(self, action: str, **fields: str) -> Page:
        """An action to its end: the form, what it would do, and that it is done; or a refusal."""
        form = self.get(f"/console/do/{action}").forms[-1]
        page = self.send(form, step="preview", **fields)
        return page if page.status >= 400 else self.send(page.forms[-1], step="confirmed")
