"""Webhooks among receivers that hang, drip, lie and lead elsewhere, and workers that are killed."""

import asyncio
import json
import signal
import socket
import threading
import time

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgteller.embedded.run import allow_receivers_here
from pgteller.logs import JsonFormatter
from pgteller.names import Names
from pgteller.worker import webhooks
from pgteller.worker.addresses import NotAllowedError, Rules
from pgteller.worker.deliveries import Failures
from pgteller.worker.webhooks import Outcome, Sender
from tests import receivers
from tests.receivers import certificate, hostile, receiving
from tests.sending import SECRET, deliveries, hook, work, worker

# What differs between servers is in SQL, and tested by pgTAP.
pytestmark = [pytest.mark.first_server, pytest.mark.usefixtures("receivers_are_here")]


@pytest.fixture
def short(monkeypatch):
    """A delivery may take less than usual, so that tests need not wait."""
    monkeypatch.setattr(webhooks, "SECONDS", 1.0)


def shown(bank, webhook_id):
    (found,) = [one for one in bank.get("/webhooks")["webhooks"] if one["webhook_id"] == webhook_id]
    return found


def event_for(bank, url, **more):
    """An event that a webhook for this address wants, and the webhook."""
    one = bank.account()
    webhook_id = hook(bank, url, account_id=one, types=["deposit"], **more)
    bank.post("/deposits", account_id=one, amount=5)
    return webhook_id


# Receivers


@pytest.mark.parametrize(
    ("behave", "told"),
    [
        (receivers.hang, "no answer within 1 s"),
        (receivers.drip, "no answer within 1 s"),
        (receivers.reset, "Connection reset by peer"),
        (receivers.chatter, "the answer is not HTTP"),
        (receivers.wide, "the answer is not HTTP"),
    ],
    ids=lambda given: getattr(given, "__name__", None),
)
def test_what_a_receiver_does_is_told(bank, app, behave, told, short):
    with hostile(behave) as url:
        webhook_id = event_for(bank, url)
        began = time.monotonic()
        work(app)
        assert time.monotonic() - began < 8
    (delivery,) = deliveries(bank, webhook_id)
    assert (delivery["status"], delivery["attempts"]) == ("pending", 1)
    assert (delivery["last_status"], delivery["last_error"]) == (None, told)
    assert shown(bank, webhook_id)["failing_since"] is not None


@pytest.mark.parametrize(
    "behave", [receivers.endless, receivers.drip_body, receivers.cut_body], ids=lambda b: b.__name__
)
def test_of_an_answer_little_is_read(bank, app, behave, short):
    """It has said 200, and gets no second copy for what it goes on to say."""
    with hostile(behave) as url:
        webhook_id = event_for(bank, url)
        work(app)
    (delivery,) = deliveries(bank, webhook_id)
    assert (delivery["status"], delivery["last_status"]) == ("delivered", 200)


def test_what_hangs_holds_up_no_other(bank, app_url, receiver):
    """Sixty accounts at one that hangs, and at one that is well; all of these arrive."""
    accounts = [bank.account() for _ in range(60)]
    with hostile(receivers.hang) as url:
        stuck = hook(bank, url, types=["deposit"])
        well = hook(bank, receiver.url, types=["deposit"])
        with worker(app_url) as process:
            for amount in range(1, 6):
                items = [
                    {"operation": "deposit", "account_id": one, "amount": amount}
                    for one in accounts
                ]
                assert bank.batch(items)["posted"] == 60
            began = time.monotonic()
            receiver.wait_for(300)
            assert time.monotonic() - began < webhooks.SECONDS, (
                "no round of the other is waited for"
            )
            process.send_signal(signal.SIGTERM)
            told = time.monotonic()
            process.communicate(timeout=30)
            assert time.monotonic() - told < 10, "nor as it stops"
            assert process.returncode == 0
    for one in accounts:
        got = [event["amount"] for event in receiver.got if event["account_id"] == one]
        assert got == [1, 2, 3, 4, 5]
    assert {one["status"] for one in deliveries(bank, well)} == {"delivered"}
    assert {one["status"] for one in deliveries(bank, stuck)} == {"pending"}


def test_what_is_cut_off_as_a_worker_stops_is_free_at_once(bank, app, app_url, db):
    asked = threading.Event()

    def behave(connection, ended):
        asked.set()
        ended.wait()

    with hostile(behave) as url:
        webhook_id = event_for(bank, url)
        with worker(app_url) as process:
            assert asked.wait(30)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
    with receiving() as receiver:
        bank.put(f"/webhooks/{webhook_id}", url=receiver.url, types=["deposit"])
        work(app)
    assert receiver.amounts() == [5]
    assert deliveries(bank, webhook_id)[0]["attempts"] == 2


def test_a_killed_workers_accounts_go_on(bank, app_url, receiver):
    """As soon as it is not believed to live any more; its lease would last for a minute."""
    asked, go_on = threading.Event(), threading.Event()
    accounts = [bank.account() for _ in range(8)]
    webhook_id = hook(bank, receiver.url, types=["deposit"])

    def answer(event):
        asked.set()
        return 200 if go_on.wait(30) else 500

    receiver.answer = answer
    for amount in 1, 2:
        for one in accounts:
            bank.post("/deposits", account_id=one, amount=amount)
    with worker(app_url) as process:
        assert asked.wait(30)
        process.kill()
        process.wait()
    killed = time.monotonic()
    go_on.set()
    assert known(bank, process)
    with worker(app_url):
        wait_until(lambda: not deliveries(bank, webhook_id, status="pending"))
    assert time.monotonic() - killed < 20
    for one in accounts:
        got = [event["amount"] for event in receiver.got if event["account_id"] == one]
        assert got in ([1, 1, 2], [1, 2])
    assert not known(bank, process)[0]["alive"]


def wait_until(holds):
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def known(bank, process):
    """What is known of a worker."""
    name = f"{socket.gethostname()}/{process.pid}"
    return [one for one in bank.get("/workers")["workers"] if one["name"] == name]


def test_workers_are_known_while_they_run(bank, app_url):
    with worker(app_url) as one, worker(app_url) as two:
        wait_until(lambda: known(bank, one) and known(bank, two))
        (first,) = known(bank, one)
        assert first["alive"]
        wait_until(lambda: known(bank, one)[0]["beat_at"] > first["beat_at"])
        one.send_signal(signal.SIGTERM)
        one.communicate(timeout=20)
        assert (known(bank, one), len(known(bank, two))) == ([], 1)


def test_a_redirect_is_no_success_and_not_followed(bank, app, receiver):
    receiver.answer = lambda event: 302
    webhook_id = event_for(bank, receiver.url)
    work(app)
    assert [event["path"] for event in receiver.got] == ["/hook"]
    assert deliveries(bank, webhook_id)[0]["last_status"] == 302


def test_proxies_of_the_environment_are_not_used(bank, app, receiver, monkeypatch):
    for name in "http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY":
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    webhook_id = event_for(bank, receiver.url)
    work(app)
    assert deliveries(bank, webhook_id)[0]["status"] == "delivered"


# Pausing, skipping, changing


def test_410_pauses(bank, app, receiver):
    told = hook(bank, receiver.url, types=["pause_webhook"])
    receiver.answer = lambda event: 410 if event["type"] == "deposit" else 200
    webhook_id = event_for(bank, receiver.url)
    work(app)
    paused = shown(bank, webhook_id)
    assert (paused["status"], paused["paused_reason"]) == ("paused", "answered 410")
    work(app)
    assert [event["type"] for event in receiver.got] == ["deposit", "pause_webhook"]
    assert receiver.got[1]["details"]["webhook_id"] == webhook_id
    assert shown(bank, told)["status"] == "active"
    receiver.answer = lambda event: 200
    bank.post(f"/webhooks/{webhook_id}/resume")
    work(app)
    assert shown(bank, webhook_id)["pending"] == 0


def test_three_days_without_a_success_pause(bank, app, receiver, db):
    receiver.answer = lambda event: 503
    webhook_id = event_for(bank, receiver.url)
    work(app)
    assert shown(bank, webhook_id)["status"] == "active"
    db.execute("UPDATE ledger.webhooks SET failing_since = failing_since - 72 * 3600000")
    bank.post(f"/webhooks/{webhook_id}/resume")
    assert shown(bank, webhook_id)["failing_since"] is None, "it counts from anew"
    work(app)
    db.execute("UPDATE ledger.webhooks SET failing_since = failing_since - 72 * 3600000")
    bank.post(f"/webhooks/{webhook_id}/deliveries/{event_of(bank, webhook_id)}/retry")
    work(app)
    paused = shown(bank, webhook_id)
    assert (paused["status"], paused["paused_reason"]) == ("paused", "72 h without a success")
    assert len(receiver.got) == 3


def event_of(bank, webhook_id):
    return deliveries(bank, webhook_id, status="pending")[0]["event_id"]


def test_a_poisonous_event_is_skipped(bank, app, receiver):
    receiver.answer = lambda event: 422 if event["amount"] == 5 else 200
    webhook_id = event_for(bank, receiver.url)
    one = deliveries_of(bank, app, webhook_id)["account_id"]
    bank.post("/deposits", account_id=one, amount=6)
    work(app)
    assert receiver.amounts() == [5]
    poison = event_of(bank, webhook_id)
    skip = f"/webhooks/{webhook_id}/deliveries/{poison}/skip"
    assert bank.post(skip, reason="they cannot read it")["status"] == "skipped"
    assert bank.post(skip, reason="again").code == "delivery_ended"
    work(app)
    assert receiver.amounts() == [5, 6]
    assert [line["status"] for line in deliveries(bank, webhook_id)] == ["skipped", "delivered"]


def deliveries_of(bank, app, webhook_id):
    work(app)
    return deliveries(bank, webhook_id)[0]


def test_an_address_is_changed_and_what_waits_goes_there(bank, app, receiver):
    with hostile(receivers.reset) as url:
        webhook_id = event_for(bank, url)
        work(app)
    changed = bank.put(f"/webhooks/{webhook_id}", url=receiver.url, types=["deposit", "pay"])
    assert (changed["url"], changed["failing_since"]) == (receiver.url, None)
    bank.post(f"/webhooks/{webhook_id}/resume")
    work(app)
    assert receiver.amounts() == [5]
    for wrong in {"types": ["paid"]}, {"types": []}:
        reply = bank.put(f"/webhooks/{webhook_id}", url=receiver.url, **wrong)
        assert reply.code == "invalid_argument"


def test_two_secrets_sign_while_one_is_changed(bank, app, receiver):
    webhook_id = event_for(bank, receiver.url)
    rotated = bank.post(f"/webhooks/{webhook_id}/secret", overlap_ms=60_000)
    work(app)
    stamp, *digests = receiver.headers[0]["Pgteller-Signature"].split(",")
    seconds, body = int(stamp.removeprefix("t=")), receiver.bodies[0]
    assert ",".join([stamp, *digests]) == webhooks.signature(
        [rotated["secret"], SECRET], body, seconds
    )
    assert len({*digests}) == 2
    bank.post(f"/webhooks/{webhook_id}/secret", secret="f" * 16, overlap_ms=0)
    bank.post("/deposits", account_id=receiver.got[0]["account_id"], amount=6)
    work(app)
    assert receiver.headers[1]["Pgteller-Signature"].count("v1=") == 1


# Addresses

REFUSED = [
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.9.9.9",
    "100.63.0.1",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.0.1",
    "223.1.1.1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "2003::1",
]


@pytest.fixture(scope="module")
def rules(database_url):
    """Those of a ledger of which nobody has changed the settings."""
    with psycopg.connect(database_url) as connection, connection.transaction(force_rollback=True):
        connection.execute(
            "UPDATE ledger.settings SET webhook_http = false, webhook_networks = '{}'"
        )
        (told,) = connection.execute(
            "SELECT row_to_json(r) FROM bank.webhook_rules() AS r"
        ).fetchone()
    return Rules.told(told)


@pytest.mark.first_server
@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_not_public(rules, address):
    with pytest.raises(NotAllowedError):
        rules.require(address)


@pytest.mark.first_server
@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_that_are(rules, address):
    rules.require(address)


def sent(url, rules, monkeypatch, *answers):
    """What comes of sending to a URL, where names are looked up as told; and what was connected."""
    connected, asked = [], []
    real = socket.getaddrinfo

    def look_up(host, *more):
        asked.append(host)
        if answers:
            host = answers[min(len(asked), len(answers)) - 1]
        return real(host, *more)

    def connect(self, info):
        self.require(info[4][0])
        connected.append(info[4][0])
        raise ConnectionRefusedError(111, "not tried")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(Rules, "connect", connect)

    async def send():
        sender = Sender()
        sender.rules = rules
        try:
            return await sender.send(
                {
                    "url": url,
                    "secret": SECRET,
                    "secret_before": None,
                    "body": "{}",
                    "event_id": 1,
                    "webhook_id": "webhook1",
                }
            )
        finally:
            await sender.close()

    return asyncio.run(send()), connected


# What libraries take for an address though a ledger would not: nothing is connected to either.
PROBES = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "10.1",
    "167772161",
    "192.168.257",
    "0xa9fea9fe",
    "2852039166",
    "169.254.169.254",
    "100.100.100.200",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[64:ff9b::7f00:1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2002:7f00:1::]",
    "127.0.0.1:443",
    "127.0.0.1:8080",
    "[::1]:5432",
    "public@127.0.0.1",
    "public.example:secret@[::1]:80",
]


@pytest.mark.first_server
@pytest.mark.parametrize("host", PROBES)
def test_probes(rules, host, monkeypatch):
    outcome, connected = sent(f"https://{host}/", rules, monkeypatch)
    assert connected == []
    assert outcome.http_status is None
    assert outcome.error.endswith("the owner may set webhook_networks") or outcome.error.startswith(
        ("there is no address", "InvalidUrl", "ValueError")
    ), outcome.error


@pytest.mark.first_server
@pytest.mark.parametrize("host", PROBES)
def test_probes_are_no_webhooks_either(host, bank, db):
    """Names are for whoever sends, unless they are this machine's."""
    db.execute("UPDATE ledger.settings SET webhook_http = false, webhook_networks = '{}'")
    reply = bank.post("/webhooks", url=f"https://{host}/")
    assert reply.code in ("invalid_url", "address_not_allowed"), host


@pytest.mark.first_server
def test_a_name_that_leads_to_two_is_checked_at_each(rules, monkeypatch):
    """The first answer is public, the next one is not: what is connected to was checked."""
    outcome, connected = sent("https://rebind.example/", rules, monkeypatch, "8.8.8.8", "127.0.0.1")
    assert (connected, outcome.error) == (["8.8.8.8"], "not tried")
    outcome, connected = sent("https://rebind.example/", rules, monkeypatch, "127.0.0.1")
    assert connected == []
    assert outcome.error == "127.0.0.1 is not public: the owner may set webhook_networks"


@pytest.mark.first_server
def test_http_may_be_forbidden_later(bank, app, db, receiver):
    webhook_id = event_for(bank, receiver.url)
    db.execute("UPDATE ledger.settings SET webhook_http = false")
    work(app)
    (delivery,) = deliveries(bank, webhook_id)
    assert delivery["last_error"] == "http is not allowed: the owner may set webhook_http"
    assert receiver.got == []


@pytest.mark.first_server
def test_a_name_is_resolved_anew_for_each_connection_and_checked(bank, app, db, monkeypatch):
    """What it led to was allowed; what it leads to now is not, and gets nothing."""
    db.execute("UPDATE ledger.settings SET webhook_networks = '{127.0.0.2/32}'")
    real, leads_to = socket.getaddrinfo, ["127.0.0.2"]

    def look_up(host, *more):
        return real(leads_to[0] if host == "rebind.example" else host, *more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with receiving("0.0.0.0") as receiver:
        webhook_id = event_for(bank, f"http://rebind.example:{receiver.port}/hook")
        work(app)
        assert receiver.headers[0]["Host"] == f"rebind.example:{receiver.port}"
        leads_to[0] = "127.0.0.1"
        bank.post("/deposits", account_id=receiver.got[0]["account_id"], amount=6)
        work(app)
        assert receiver.amounts() == [5]
    (failed,) = deliveries(bank, webhook_id, status="pending")
    assert failed["last_error"] == "127.0.0.1 is not public: the owner may set webhook_networks"


@pytest.mark.first_server
def test_a_name_that_takes_for_ever_to_look_up(bank, app, monkeypatch, receiver, short):
    real, ended = socket.getaddrinfo, threading.Event()

    def look_up(host, *more):
        if host == "slow.example":
            ended.wait()
        return real(host, *more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    slow = event_for(bank, "https://slow.example/")
    unknown = event_for(bank, "https://unknown.invalid/")
    well = event_for(bank, receiver.url)
    try:
        work(app)
    finally:
        ended.set()
    assert deliveries(bank, slow)[0]["last_error"] == "no answer within 1 s"
    assert deliveries(bank, unknown)[0]["last_error"] == "there is no address of unknown.invalid"
    assert deliveries(bank, well)[0]["status"] == "delivered"


@pytest.mark.first_server
def test_ipv6(bank, app):
    with receiving("::1") as receiver:
        webhook_id = event_for(bank, receiver.url)
        work(app)
    assert deliveries(bank, webhook_id)[0]["status"] == "delivered"


@pytest.mark.first_server
def test_certificates_are_checked(bank, app, tmp_path, monkeypatch):
    with receiving(tls=certificate(tmp_path, "localhost")) as receiver:
        stranger = event_for(bank, f"https://localhost:{receiver.port}/hook")
        work(app)
        assert deliveries(bank, stranger)[0]["last_error"] == "certificate: self-signed certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        named = event_for(bank, f"https://localhost:{receiver.port}/hook")
        other = event_for(bank, f"https://127.0.0.1:{receiver.port}/hook")
        work(app)
    assert deliveries(bank, named)[0]["status"] == "delivered"
    assert deliveries(bank, other)[0]["last_error"].startswith("certificate: IP address mismatch")


# Logs


@pytest.mark.first_server
def test_one_line_for_many_failures_and_no_secrets(bank, app, caplog):
    accounts = [bank.account() for _ in range(20)]
    with hostile(receivers.reset) as url:
        hook(bank, url + "?token=their-secret", types=["deposit"])
        for one in accounts:
            bank.post("/deposits", account_id=one, amount=5)
        with caplog.at_level("INFO", logger="pgteller"):
            work(app)
    (line,) = [record for record in caplog.records if record.message == "webhook fails"]
    assert line.error == "Connection reset by peer"
    everything = " ".join(JsonFormatter().format(record) for record in caplog.records)
    for hidden in "their-secret", SECRET, "/hook":
        assert hidden not in everything


@pytest.mark.first_server
def test_a_line_counts_those_since_the_last(caplog, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    failures = Failures()
    with caplog.at_level("WARNING", logger="pgteller"):
        for seconds in 0, 1, 1, 57, 1, 1:
            now[0] += seconds
            failures.note("webhook1", Outcome(http_status=500))
    assert [record.failures for record in caplog.records] == [1, 4]


@pytest.mark.first_server
def test_a_worker_without_rights_is_patient(teller_url):
    """Each step is tried after 0.05 s, 0.1 s, 0.2 s ...: seconds hold few lines."""
    with worker(teller_url) as process:
        assert json.loads(process.stderr.readline())["message"] == "starts"
        lines, began = [], time.monotonic()
        while len(lines) < 6 * 4:
            lines.append(json.loads(process.stderr.readline()))
        assert time.monotonic() - began > 0.3
    steps = {line.get("step") for line in lines}
    assert {"number_events", "send"} <= steps
    assert all("permission denied" in line["reason"] for line in lines)


@pytest.fixture
def teller_url(database_url):
    """A login that may call functions of tellers alone."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS bank_patient")
        connection.execute("CREATE ROLE bank_patient LOGIN PASSWORD 'patient' IN ROLE bank_teller")
        yield make_conninfo(database_url, user="bank_patient", password="patient")
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE usename = 'bank_patient'"
        )
        connection.execute("DROP ROLE bank_patient")


# A bank for trying


def test_the_bank_of_a_newcomer_allows_this_machine(own_url):
    allowed = "SELECT webhook_http, webhook_networks::text FROM ledger.settings"
    with psycopg.connect(own_url, autocommit=True) as connection:
        allow_receivers_here(own_url, Names())
        assert connection.execute(allowed).fetchone() == (True, "{127.0.0.0/8,::1/128}")
        connection.execute(
            "UPDATE ledger.settings SET webhook_http = false, webhook_networks = '{10.0.0.0/8}'"
        )
        allow_receivers_here(own_url, Names())
        assert connection.execute(allowed).fetchone() == (False, "{10.0.0.0/8}")
