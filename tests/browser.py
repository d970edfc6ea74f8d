"""Pages in a browser, of which it must find nothing to complain.

    def test_accounts(visit):
        page = visit("/console/accounts")     # a Playwright page; complaints fail the test
        look(page)                            # light and dark, wide and narrow, by axe and by width

What is complained of: errors and warnings on the console, exceptions of scripts, whatever a Content
Security Policy has stopped, requests that go elsewhere or fail, and every answer from 400 on.
"""

import contextlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from dev.assets import node_modules

expect.set_options(timeout=30_000)  # ms: waiting costs what is right nothing

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
# Chromium tells the console as well what is said better of the answer itself.
TOLD_OF_ANSWERS = "Failed to load resource: "
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", event => console.error(
  `Content Security Policy: ${event.effectiveDirective} stopped ${event.blockedURI}`
  + ` at ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
"""
RUN_AXE = """
axe.run(document, {resultTypes: ["violations"], rules: %s}).then(found =>
  found.violations.filter(one => ["serious", "critical"].includes(one.impact)).map(one =>
    [`${one.impact} ${one.id}: ${one.help}`, ...one.nodes.map(node =>
      `  ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s*\\n\\s*/g, "; ")}`)]
  ).flat().join("\\n"))
"""
TOO_WIDE = """() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return "";
  const wide = [...document.body.querySelectorAll("*")].filter(
    one => one.getBoundingClientRect().right > page.clientWidth);
  return `${page.scrollWidth} > ${page.clientWidth}: `
    + wide.map(one => one.outerHTML.slice(0, 80)).join("\\n");
}"""
NEW_TASKS = """() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"""
SHOWS_FOCUS = """one => {
  const style = getComputedStyle(one);
  return one.matches(":focus-visible") && (style.boxShadow !== "none"
    || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0));
}"""


class ComplaintError(AssertionError):
    """What a browser has against pages."""


class Visit:
    """Visits to one server: call it with a path to have a page."""

    def __init__(self, context: BrowserContext, base_url: str, scripts: bool = True) -> None:
        self.context = context
        self.scripts = scripts
        self.base_url = base_url
        self.complaints: list[str] = []
        self._expected: list[str] = []
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._said)
        context.on("weberror", lambda error: self._complain(f"exception: {error.error}"))
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    def __call__(self, path: str, page: Page | None = None) -> Page:
        """Go there, on a page that is open or on a new one."""
        page = page or self.context.new_page()
        page.goto(self.base_url + path)
        return page

    def expect(self, complaint: str) -> None:
        """Take complaints that begin so, as "404 GET /console/x", for right: one has to come."""
        self._expected.append(complaint)

    def hear_out(self) -> None:
        """Let pages say what they have to say already: tasks that wait come before a new one."""
        for page in self.context.pages:
            page.wait_for_load_state()
            if self.scripts:
                page.evaluate(NEW_TASKS)

    def finish(self) -> None:
        """Fail for what was complained of, and for what was expected and did not come."""
        expected = tuple(self._expected)
        unexpected = [one for one in self.complaints if not one.startswith(expected)]
        missed = [
            f"expected, and not complained of: {one}"
            for one in expected
            if not any(found.startswith(one) for found in self.complaints)
        ]
        if unexpected or missed:
            raise ComplaintError("\n".join(unexpected + missed))

    def _complain(self, complaint: str) -> None:
        self.complaints.append(complaint.replace(self.base_url, ""))

    def _said(self, message) -> None:
        bad = message.type in ("error", "warning", "assert")
        if bad and not message.text.startswith(TOLD_OF_ANSWERS):
            self._complain(f"console {message.type}: {message.text}")

    def _asked(self, request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and not self._is_ours(request.url):
            self._complain(f"elsewhere: {request.method} {request.url}")

    def _failed(self, request) -> None:
        # A page that is left, or a file that is saved, breaks off what was asked for.
        if self._is_ours(request.url) and request.failure != "net::ERR_ABORTED":
            self._complain(f"failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response) -> None:
        if response.status >= 400:
            self._complain(f"{response.status} {response.request.method} {response.url}")

    def _is_ours(self, url: str) -> bool:
        return urlsplit(url)[:2] == urlsplit(self.base_url)[:2]


@contextlib.contextmanager
def visiting(browser: Browser, base_url: str, **options: object) -> Iterator[Visit]:
    """A profile of its own for the block, at the end of which nothing may be complained of.

    `options` are Playwright's of a context, as `java_script_enabled=False`: axe needs scripts.
    """
    settings = {"viewport": WIDE, "reduced_motion": "reduce", "locale": "en-GB", **options}
    context = browser.new_context(**settings)
    visit = Visit(context, base_url, scripts=settings.get("java_script_enabled", True))
    try:
        yield visit
        visit.hear_out()
    except BaseException as problem:
        for complaint in visit.complaints:
            problem.add_note(f"the browser: {complaint}")
        raise
    finally:
        context.close()
    visit.finish()


def look(page: Page) -> None:
    """At a page as it is, light and dark, wide and narrow; it is left as it was."""
    before = page.viewport_size or WIDE
    for size in WIDE, NARROW:
        page.set_viewport_size(size)
        fits(page)
        for scheme in "light", "dark":
            page.emulate_media(color_scheme=scheme)
            axe(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)


def dark(page: Page) -> Page:
    """As who has asked for dark pages sees it."""
    page.emulate_media(color_scheme="dark")
    return page


def narrow(page: Page) -> Page:
    """As a telephone shows it, without a part that is to be found by moving it sideways."""
    page.set_viewport_size(NARROW)
    fits(page)
    return page


def fits(page: Page) -> None:
    """The page is not wider than what shows it; a table may scroll in a box of its own."""
    assert not (wide := page.evaluate(TOO_WIDE)), wide


def axe(page: Page, but: Iterable[str] = ()) -> None:
    """No serious or critical findings, of contrast included, but by rules that are of no use there.

    It runs by the debugger's protocol, which no Content Security Policy concerns.
    """
    rules = json.dumps({rule: {"enabled": False} for rule in but})
    session = page.context.new_cdp_session(page)
    try:
        for script in _axe(), RUN_AXE % rules:
            told = session.send(
                "Runtime.evaluate",
                {"expression": script, "awaitPromise": True, "returnByValue": True},
            )
            assert "exceptionDetails" not in told, told["exceptionDetails"]
    finally:
        session.detach()
    assert not (found := told["result"]["value"]), found


def reach(page: Page, wanted: Locator, most: int = 60) -> None:
    """By the Tab key alone; who is there can see that he is."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            assert wanted.evaluate(SHOWS_FOCUS), f"nothing shows the focus on {wanted}"
            return
    raise AssertionError(f"{most} times Tab do not reach {wanted}")


@cache
def _axe() -> str:
    return (node_modules() / "axe-core" / "axe.min.js").read_text()
