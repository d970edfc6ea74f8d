"""The console: pages for people, at / and below /console, from the functions behind the API.

A page is a row of `pages.PAGES` and a template, a form a row of `actions.ACTIONS`.  Nothing is
decided here: what may be seen and done PostgreSQL says, which each statement is sent to as whoever
has signed in.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, current_app, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from pgteller.console import files, forms, proving, rendering, signing, statements, trying
from pgteller.console.pages import PAGES, menu
from pgteller.shell import errors, seen
from pgteller.shell.errors import ProblemError

OPEN = {"console.file", "console.sign_in", "console.begin"}  # to whoever has not signed in
DIALOG = "dialog-content"
WHOLE = "content"  # of a page, which links and filters in it show anew
FOR_PAGES = "application/problem+json"
# Who mistypes an address, or has to sign in, was refused nothing that anybody will ask for.
MISTYPED = {"not_found", "invalid_request", "unauthenticated", "invalid_session"}
MISTYPED |= {"invalid_argument", "invalid_timestamp", "invalid_period"}
# What may take longer than other requests, as the routes may that do the same.
LONG = {f"console.{page.name}": page.seconds for page in PAGES if page.seconds}
LONG |= {"console.take_digest": 3600, "console.compare": 3600}

console = Blueprint("console", __name__, template_folder="templates")


def install(app: Flask) -> None:
    """Give Flask its pages."""
    app.extensions |= {"currencies": {}, "exponents": {}}
    rendering.install(app)
    app.jinja_env.globals["menu"] = menu
    app.register_blueprint(console)


for one in PAGES:
    console.add_url_rule(one.path, one.name, one.respond, methods=["GET"])
console.add_url_rule("/console/static/<name>", "file", files.respond, methods=["GET"])
console.add_url_rule("/console/do/<action>", "form", forms.show, methods=["GET"])
console.add_url_rule("/console/do/<action>", "submit", forms.submit, methods=["POST"])
console.add_url_rule("/console/try", "try_it", trying.show, methods=["GET"])
console.add_url_rule("/console/try", "begin_demo", trying.begin, methods=["POST"])
console.add_url_rule("/console/verification", "verify", proving.verify, methods=["POST"])
console.add_url_rule("/console/digest", "take_digest", proving.take, methods=["POST"])
console.add_url_rule("/console/digest/comparison", "compare", proving.compare, methods=["POST"])
console.add_url_rule("/console/statement", "statement", statements.respond, methods=["GET"])


@console.before_request
def recognize() -> None:
    """Let nobody in who has not signed in."""
    if request.endpoint not in OPEN:
        signing.recognize(LONG.get(request.endpoint or "", 0.0))


@console.get("/console/sign-in")
def sign_in() -> AnyResponse:
    """The page that asks for a key, where keys are on."""
    if not current_app.extensions["keyed"]:
        return rendering.away(url_for("console.overview"))
    return _sign_in_page()


@console.post("/console/sign-in")
def begin() -> AnyResponse:
    """Let whoever has a key in."""
    signing.require_own_page()
    try:
        signing.begin(request.form.get("key", ""))
    except Exception as error:
        answer = errors.answer(error)
        return _sign_in_page(json.loads(answer.get_data()), answer.status_code)
    return rendering.away(rendering.local(request.form.get("next", "")))


@console.post("/console/sign-out")
def sign_out() -> AnyResponse:
    """Let the session end."""
    signing.require_own()
    signing.end()
    return rendering.away(url_for("console.sign_in"))


@console.get("/console")
@console.get("/console/")
def first() -> AnyResponse:
    """Where people look for it."""
    return rendering.away(url_for("console.overview"))


@console.get("/console/<path:rest>")
def nothing(rest: str) -> Response:
    """There is no such page."""
    raise ProblemError("not_found")


@console.after_request
def finish(response: Response) -> Response:
    """The headers of pages; files of a page may stay with a browser, pages may not."""
    signing.keep(response)
    return rendering.finish(response)


@console.errorhandler(Exception)
def fail(error: Exception) -> AnyResponse:
    """A problem, as a page; who has to sign in is asked to."""
    answer = errors.answer(error)
    if answer.mimetype != FOR_PAGES:
        return answer
    problem = json.loads(answer.get_data())
    if request.method != "POST" and problem["code"] in MISTYPED:
        seen.tried()
    if answer.status_code == 401:
        return _ask_to_sign_in()
    headers = {
        name: answer.headers[name] for name in ("Retry-After", "Allow") if name in answer.headers
    }
    if request.headers.get("HX-Target", DIALOG) not in (DIALOG, WHOLE):
        headers["HX-Reswap"] = "none"  # a part of a page stays as it is
    back = rendering.came_from()
    page = rendering.render("problem.html", problem=problem, title=problem["title"], back=back)
    return rendering.respond(page, answer.status_code, headers)


def _ask_to_sign_in() -> AnyResponse:
    """Where that is, and from there back: for a page, or for a part of the one that is shown."""
    if request.headers.get("HX-Request"):
        here = _shown()
    elif request.method == "GET":
        here = request.script_root + request.full_path
    else:
        here = url_for("console.overview")
    asked = {"next": rendering.local(here.rstrip("?"))}
    if request.method == "POST":
        asked["sent"] = "yes"
    where = f"{url_for('console.sign_in')}?{urlencode(asked)}"
    if request.headers.get("HX-Request"):
        return Response("", 401, headers={"HX-Redirect": where})
    return rendering.away(where)


def _shown() -> str:
    """The page that htmx says is shown, of this server or not."""
    try:
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    return f"{shown.path}?{shown.query}"


def _sign_in_page(problem: dict[str, object] | None = None, status: int = 200) -> Response:
    given = request.form if request.method == "POST" else request.args
    page = rendering.render(
        "sign_in.html",
        title="Sign in",
        problem=problem,
        next=rendering.local(given.get("next", "")),
    )
    return rendering.respond(page, status)
