"""The documentation in a browser; and that tests in a browser see what is wrong with a page."""

import http.server
import threading

import pytest
from playwright.sync_api import expect

from tests.browser import ComplaintError, axe, dark, fits, look, narrow, reach, visiting

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"
)
PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/page.css">{head}
</head><body><main><h1>A page</h1><a id="link" href="/">Again</a>{body}</main></body></html>
"""
CSS = """
:root { color-scheme: light dark; background: light-dark(#fff, #111) }
a { color: light-dark(#0000ee, #9ecaff) }
.pale { color: light-dark(#999, #eee) } .dim { color: light-dark(#111, #555) }
.wide { width: 700px } .unseen:focus { outline: none }
"""
SCRIPTS = {
    "/good.js": "console.log('a', 1)",
    "/error.js": "console.error('oh', 1)",
    "/warning.js": "console.warn('hm')",
    "/throws.js": "throw new RangeError('too far')",
    "/rejects.js": "Promise.reject(new Error('broken promise'))",
    "/eval.js": "try { eval('1') } catch { }",
    "/elsewhere.js": "x = new XMLHttpRequest(); x.open('GET', 'http://localhost:9/x', false);"
    "try { x.send() } catch { }",
    "/asks.js": "x = new XMLHttpRequest(); x.open('GET', '/500', false); x.send()",
}

# Its elements are not ours to change.
SWAGGER_UIS_OWN = ("label", "nested-interactive", "select-name")


class Handler(http.server.BaseHTTPRequestHandler):
    """Pages of which something is wrong."""

    def do_GET(self):
        path, _, query = self.path.partition("?")
        status, kind, content = 200, "text/html", PAGE.format(head="", body="")
        if path.endswith(".js"):
            kind, content = "text/javascript", SCRIPTS[path]
        elif path == "/page.css":
            kind, content = "text/css", CSS
        elif path.strip("/").isdigit():
            status = int(path.strip("/"))
        elif path in self.server.pages:
            content = PAGE.format(**{"head": "", "body": "", **self.server.pages[path]})
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if "lax" not in query:
            self.send_header("Content-Security-Policy", STRICT)
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *arguments):
        """Nothing is to be read there."""


@pytest.fixture(scope="module")
def faulty():
    """A server, and what its pages are made of."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.pages = {}
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.fixture
def page_of(browser, faulty):
    """Opens a page with something in its body or head, which nothing may be said against."""
    with visiting(browser, f"http://127.0.0.1:{faulty.server_port}") as visit:

        def page_of(**parts):
            faulty.pages["/part"] = parts
            return visit("/part")

        yield page_of


def complaints(browser, faulty, path, **parts):
    """All that is said against a page."""
    faulty.pages["/part"] = parts
    with pytest.raises(ComplaintError) as told:  # noqa: SIM117, the inner one raises
        with visiting(browser, f"http://127.0.0.1:{faulty.server_port}") as visit:
            visit(path)
    return str(told.value).splitlines()


@pytest.mark.first_server
@pytest.mark.direct
def test_documentation(visit):
    page = visit("/docs")
    expect(page.locator(".opblock-tag").first).to_be_visible()
    look(page)  # with nothing open there are no exceptions to make
    page.get_by_label("Find an operation").fill("POST /transfers")
    page.locator(".opblock-summary-control").first.click()
    expect(page.locator(".responses-table")).to_be_visible()
    axe(page, but=SWAGGER_UIS_OWN)
    axe(dark(page), but=SWAGGER_UIS_OWN)
    narrow(page)


def test_a_page_of_which_all_is_well(page_of):
    page = page_of(head='<script src="/good.js"></script>', body="<p>Text</p>")
    look(page)
    reach(page, page.locator("#link"))


@pytest.mark.parametrize(
    ("path", "parts", "complaint"),
    [
        ("/part", {"head": '<script src="/error.js"></script>'}, "console error: oh 1"),
        ("/part", {"head": '<script src="/warning.js"></script>'}, "console warning: hm"),
        ("/part", {"head": '<script src="/throws.js"></script>'}, "exception: too far"),
        ("/part", {"head": '<script src="/rejects.js"></script>'}, "exception: broken promise"),
        ("/part", {"body": "<script>1</script>"}, "Content Security Policy: script-src-elem"),
        ("/part", {"body": '<p style="color: red">'}, "Content Security Policy: style-src-attr"),
        ("/part", {"body": '<img src="/page.css" onerror="1">'}, "Policy: script-src-attr"),
        ("/part", {"head": '<script src="/eval.js"></script>'}, "Content Security Policy: script"),
        ("/part", {"body": '<img src="http://localhost:9/x.png">'}, "Policy: img-src"),
        ("/part?lax", {"head": '<script src="/elsewhere.js"></script>'}, "elsewhere: GET http://lo"),
        ("/part?lax", {"body": '<img src="https://example.com/x.png">'}, "elsewhere: GET https:"),
        ("/part", {"body": '<img src="/404" alt="">'}, "404 GET /404"),
        ("/part", {"head": '<script src="/asks.js"></script>'}, "500 GET /500"),
        ("/503", {}, "503 GET /503"),
    ],
)  # fmt: skip
def test_what_is_complained_of(browser, faulty, path, parts, complaint):
    told = complaints(browser, faulty, path, **parts)
    assert any(complaint in line for line in told), told


def test_what_is_expected_has_to_come(browser, faulty):
    url = f"http://127.0.0.1:{faulty.server_port}"
    with visiting(browser, url) as visit:
        visit.expect("404 GET /404")
        visit("/404")
    with pytest.raises(ComplaintError, match="not complained of: 404 GET /405"):  # noqa: SIM117
        with visiting(browser, url) as visit:
            visit.expect("404 GET /405")
            visit("/")


def test_pages_without_scripts(browser, faulty):
    """As with htmx that does not load: what they ask for is still seen."""
    url = f"http://127.0.0.1:{faulty.server_port}"
    faulty.pages["/part"] = {"body": "<script>1</script><img src='/404' alt=''>"}
    with visiting(browser, url, java_script_enabled=False) as visit:
        visit.expect("404 GET /404")
        fits(visit("/part"))


def test_what_fails_for_another_reason_tells_of_complaints(browser, faulty):
    with pytest.raises(KeyError) as told:  # noqa: SIM117
        with visiting(browser, f"http://127.0.0.1:{faulty.server_port}") as visit:
            visit("/500")
            raise KeyError("x")
    assert told.value.__notes__ == ["the browser: 500 GET /500"]


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ('<p class="pale">Text</p>', "color-contrast"),
        ("<input>", "label"),
        ("<button></button>", "button-name"),
        ('<img src="/page.css">', "image-alt"),
    ],
)
def test_findings_of_axe(page_of, body, finding):
    page = page_of(body=body)
    with pytest.raises(AssertionError, match=finding):
        axe(page)


def test_contrast_of_dark_pages(page_of):
    page = page_of(body='<p class="dim">Text</p>')
    axe(page)
    with pytest.raises(AssertionError, match="color-contrast"):
        axe(dark(page))
    with pytest.raises(AssertionError, match="color-contrast"):
        look(page)


def test_too_wide(page_of):
    page = page_of(body='<p class="wide">Text</p>')
    fits(page)
    with pytest.raises(AssertionError, match=r'> 390: .*class="wide"'):
        narrow(page)


def test_keyboard(page_of):
    page = page_of(body='<span id="span">x</span><a id="unseen" class="unseen" href="/">Again</a>')
    with pytest.raises(AssertionError, match="do not reach"):
        reach(page, page.locator("#span"), most=5)
    with pytest.raises(AssertionError, match="nothing shows the focus"):
        reach(page, page.locator("#unseen"))
