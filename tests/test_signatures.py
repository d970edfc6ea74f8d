"""The two functions of docs/webhooks.md by which a receiver knows that it was us."""

import json
import re
import shutil
import subprocess
import time

import pytest

from dev import PROJECT
from pgteller.worker.webhooks import signature

TEXT = (PROJECT / "docs" / "webhooks.md").read_text()
SECRET, OTHER = "whsec_of_today", "whsec_of_yesterday"
BODY = '{"event_id": 7, "metadata": {"name": "Zoë"}}'.encode()


def snippet(language):
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return found


def by_python(secret, header, body):
    names = {}
    exec(snippet("python"), names)
    return names["is_from_pgteller"](secret, header, body)


def by_node(secret, header, body):
    given = json.dumps([secret, header, body.decode("latin-1")])
    script = snippet("javascript") + (
        f"const [secret, header, body] = {given};"
        "console.log(isFromPgteller(secret, header, Buffer.from(body, 'latin1')));"
    )
    node = shutil.which("node")
    assert node, "install node"
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)
    return {"true\n": True, "false\n": False}[done.stdout]


def header(seconds=0, secrets=(SECRET,), body=BODY):
    return signature([*secrets], body, int(time.time()) + seconds)


CASES = {
    "ours": (SECRET, header, BODY, True),
    "a while ago": (SECRET, lambda: header(-200), BODY, True),
    "a clock ahead": (SECRET, lambda: header(200), BODY, True),
    "too old": (SECRET, lambda: header(-400), BODY, False),
    "from the future": (SECRET, lambda: header(400), BODY, False),
    "tampered body": (SECRET, header, BODY + b" ", False),
    "another secret": (OTHER, header, BODY, False),
    "rotated, with the new one": (SECRET, lambda: header(0, (SECRET, OTHER)), BODY, True),
    "rotated, with the old one": (OTHER, lambda: header(0, (SECRET, OTHER)), BODY, True),
    "no body": (SECRET, lambda: header(0, (SECRET,), b""), b"", True),
    "another time": (SECRET, lambda: re.sub("t=[0-9]+", f"t={time.time():.0f}", header(-400)),
                     BODY, False),
    "two times": (SECRET, lambda: f"{header()},t=5", BODY, False),
    "no time": (SECRET, lambda: header().partition(",")[2], BODY, False),
    "no signature": (SECRET, lambda: header().partition(",")[0], BODY, False),
    "a signature of another length": (SECRET, lambda: header()[:-1], BODY, False),
    "empty": (SECRET, str, BODY, False),
    "nonsense": (SECRET, lambda: "t=x,v1=,=,,v1", BODY, False),
    "not ASCII": (SECRET, lambda: header()[:-1] + "é", BODY, False),
    "digits that are not ASCII": (SECRET, lambda: header().replace("t=", "t=\u0661"), BODY, False),
}  # fmt: skip


@pytest.mark.parametrize("by", [by_python, by_node], ids=["Python", "JavaScript"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_ours(by, name):
    secret, made, body, ours = CASES[name]
    assert by(secret, made(), body) is ours
