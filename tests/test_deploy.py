"""What is in deploy/ fits pgteller: commands, settings, ports and paths are real ones."""

import configparser
import itertools
import json
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import click
import psycopg
import pytest
import yaml

from dev import PROJECT
from dev.debian import unpacked
from pgteller import __version__
from pgteller.cli import program
from pgteller.embedded.database import create_database
from pgteller.embedded.programs import preferred_bin_dir
from pgteller.embedded.server import temporary_server
from pgteller.install import load
from pgteller.settings_table import FOLDER, TABLE
from pgteller.shell.probes import PROBES
from pgteller.urls import environment
from tests.conftest import web_server

pytestmark = pytest.mark.first_server

DEPLOY = PROJECT / "deploy"
UNITS = [*(DEPLOY / "systemd").glob("*.service")]
PATHS = {probe.path for probe in PROBES}
PORT = int(TABLE["PORT"].default)


def read(name):
    return (DEPLOY / name).read_text()


def assert_command(words):
    """Whether the program has that command, with these options."""
    with click.Context(program) as context:
        command = program.get_command(context, words[0])
        assert command is not None, words
        command.make_context(words[0], [*words[1:]], parent=context)


def assert_settings(given):
    """Whether each is one, with a value of its kind."""
    for name, value in given.items():
        if name.startswith("PG") and name not in TABLE:
            continue  # libpq's
        assert name in TABLE, name
        if TABLE[name].kind is FOLDER:
            assert Path(value).is_absolute()  # it is there where it is mounted
        elif isinstance(value, str) and "${" not in value:
            TABLE[name].kind.check(value)


COMPOSE = yaml.safe_load(read("compose.yaml"))
KUBERNETES = [*yaml.safe_load_all(read("kubernetes/pgteller.yaml"))]


def test_compose():
    services = COMPOSE["services"]
    ours = {name: one for name, one in services.items() if "build" in one}
    assert {name: one["command"][0] for name, one in ours.items()} == {
        "install": "init", "web": "serve", "worker": "worker",
    }  # fmt: skip
    for one in ours.values():
        assert_command(one["command"])
        assert_settings(one["environment"])
        assert one["read_only"]
    [published] = services["web"]["ports"]
    assert published == f"127.0.0.1:{PORT}:{PORT}"
    assert_probed(services["web"]["healthcheck"]["test"][-1])
    for one in services.values():
        assert {*one.get("depends_on", {})} <= {*services}
    # The worker's digests go to a volume, for nothing else can be written to.
    assert (
        f"digests:{services['worker']['environment']['DIGEST_DIR']}"
        in (services["worker"]["volumes"])
    )
    named = {
        volume.partition(":")[0]
        for one in services.values()
        for volume in one.get("volumes", [])
        if volume[0] not in "./"
    }
    assert {*COMPOSE["volumes"]} == named
    build = services["web"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).samefile(DEPLOY / "Dockerfile")


def assert_probed(script):
    """A health check that asks a probe."""
    [path] = re.findall(rf"http://127\.0\.0\.1:{PORT}(/\S*?)'", script)
    assert path in PATHS


def test_every_variable_of_compose_is_in_the_example():
    named = {*re.findall(r"\$\{(\w+)", read("compose.yaml"))}
    assert named == {*re.findall(r"^(\w+)=$", read("compose.env.example"), re.MULTILINE)}


def containers():
    for document in KUBERNETES:
        spec = document.get("spec", {}).get("template", {}).get("spec", {})
        for one in spec.get("containers", []):
            yield document, spec, one


def test_kubernetes_commands_and_settings():
    maps = {
        one["metadata"]["name"]: one["data"] for one in KUBERNETES if one["kind"] == "ConfigMap"
    }
    assert {one["name"]: one["args"][0] for _, _, one in containers()} == {
        "migrate": "init", "web": "serve", "worker": "worker",
    }  # fmt: skip
    for _, spec, one in containers():
        assert_command(one["args"])
        assert_settings({each["name"]: each.get("value") for each in one["env"]})
        for source in one.get("envFrom", []):
            assert_settings(maps[source["configMapRef"]["name"]])
        assert spec["securityContext"]["runAsNonRoot"]
        assert one["securityContext"]["readOnlyRootFilesystem"]
        for probe in "startupProbe", "livenessProbe", "readinessProbe":
            if probe in one:
                assert one[probe]["httpGet"]["path"] in PATHS
    [(spec, worker)] = [found[1:] for found in containers() if found[2]["name"] == "worker"]
    [claim] = [one for one in KUBERNETES if one["kind"] == "PersistentVolumeClaim"]
    [volume], [mount] = spec["volumes"], worker["volumeMounts"]
    assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert {"name": "DIGEST_DIR", "value": mount["mountPath"]} in worker["env"]
    assert volume["name"] == mount["name"]
    assert spec["securityContext"]["fsGroup"] == spec["securityContext"]["runAsGroup"]
    [web] = [one for _, _, one in containers() if one["name"] == "web"]
    assert web["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert web["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert [port["containerPort"] for port in web["ports"]] == [PORT]


def test_kubernetes_labels_meet():
    templates = [document["spec"]["template"] for document, _, _ in containers()]
    labels = [template["metadata"]["labels"] for template in templates]
    selectors = []
    for one in KUBERNETES:
        spec = one.get("spec", {})
        selector = spec.get("selector") or spec.get("podSelector") or {}
        selectors.append(selector.get("matchLabels", selector))
    assert len([selector for selector in selectors if selector]) == 6
    for selector in selectors:
        assert any(selector.items() <= one.items() for one in labels), selector
    kinds = [one["kind"] for one in KUBERNETES]
    assert {"Job", "Deployment", "PodDisruptionBudget", "NetworkPolicy", "Service"} <= {*kinds}
    [web] = [document for document, _, one in containers() if one["name"] == "web"]
    assert web["spec"]["replicas"] == 2
    # There is time for the longest request, and for what is waited before.
    grace = web["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > float(TABLE["REQUEST_TIMEOUT"].default) + 5


def test_images_are_of_this_version():
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            found = {*re.findall(r"pgteller:([0-9][\w.]*)", path.read_text())}
            assert found <= {__version__}, path
    for service in COMPOSE["services"].values():
        assert re.fullmatch(r"(pgteller|postgres):[0-9][\w.-]*", service["image"])


def test_dockerfile():
    lines = re.sub(r"\\\n", "", read("Dockerfile")).splitlines()
    steps = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    bases = [rest.split()[0] for step, _, rest in steps if step == "FROM"]
    assert len(bases) == 2
    assert {*bases} == {"python:3.13-slim-trixie"}
    last = {step: rest for step, _, rest in steps}
    user = last["USER"].split(":")
    assert all(number.isdigit() and int(number) > 0 for number in user)
    assert json.loads(last["ENTRYPOINT"]) == ["pgteller"]
    assert_command(json.loads(last["CMD"]))
    assert int(last["EXPOSE"]) == PORT
    made = [rest for step, _, rest in steps if step == "RUN" and rest.startswith("install -d")]
    digests = COMPOSE["services"]["worker"]["environment"]["DIGEST_DIR"]
    assert made == [f"install -d -o {user[0]} -g {user[1]} -m 750 {digests}"]
    variables = dict(one.split("=", 1) for one in shlex.split(last["ENV"]))
    foreign = {"PATH", "PYTHONDONTWRITEBYTECODE"}
    assert_settings({name: value for name, value in variables.items() if name not in foreign})
    copied = read("Dockerfile.dockerignore").split()
    assert copied == ["*", "!requirements.txt", "!dist/*.whl"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_units(unit, tmp_path):
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str
    parsed.read(unit)
    service = parsed["Service"]
    path, *words = shlex.split(service["ExecStart"])
    assert path == "/opt/pgteller/bin/pgteller"
    assert_command(words)
    assert words[0] == {"pgteller-web": "serve", "pgteller-worker": "worker"}[unit.stem]
    assert service["User"] == "pgteller"
    assert int(service["TimeoutStopSec"]) > float(TABLE["REQUEST_TIMEOUT"].default)
    if words[0] == "worker":  # whose digests go where it may write
        variable, _, folder = service["Environment"].partition("=")
        assert (variable, folder) == ("DIGEST_DIR", f"/var/lib/{service['StateDirectory']}")
    assert service["ProtectSystem"] == "strict"
    if systemd := shutil.which("systemd-analyze"):  # else the above has to do
        there = tmp_path / unit.name
        there.write_text(unit.read_text().replace(path, "/bin/true"))
        done = subprocess.run(
            [systemd, "verify", "--man=no", there], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_patroni():
    settings = yaml.safe_load(read("patroni/patroni.yml"))
    dcs = settings["bootstrap"]["dcs"]
    assert dcs["synchronous_mode"]
    assert dcs["synchronous_mode_strict"]
    assert dcs["postgresql"]["use_pg_rewind"]
    assert dcs["ttl"] >= dcs["loop_wait"] + 2 * dcs["retry_timeout"]
    parameters = dcs["postgresql"]["parameters"]
    assert parameters["synchronous_commit"] == "on"
    assert "password" not in read("patroni/patroni.yml").replace("passwords", "")


@pytest.fixture(scope="module")
def parameters_server():
    """A server of any kind."""
    with temporary_server(preferred_bin_dir(), fsync="off") as server:
        yield server


def test_postgresql_knows_what_patroni_sets(parameters_server):
    settings = yaml.safe_load(read("patroni/patroni.yml"))
    parameters = settings["bootstrap"]["dcs"]["postgresql"]["parameters"]
    with psycopg.connect(parameters_server.url("postgres"), autocommit=True) as db:
        for name, value in parameters.items():
            db.execute(f"ALTER SYSTEM SET {name} = '{value}'")


def test_the_login_of_compose(parameters_server):
    url = create_database(parameters_server.url("postgres"), "bank")
    load(url)
    variables = environment(url, preferred_bin_dir()) | {"BANK_WEB_PASSWORD": "it's drawn"}
    command = [*COMPOSE["services"]["login"]["entrypoint"][:-1], str(DEPLOY / "login.sql")]
    for _ in range(2):
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    host = parameters_server.socket_dir
    with psycopg.connect(host=host, user="bank_web", dbname="bank", password="it's drawn") as db:
        assert db.execute("SELECT count(*) FROM bank.list_accounts()").fetchone() == (0,)
        assert db.execute("SHOW log_error_verbosity").fetchone() == ("terse",)
        query = "SELECT pg_has_role('bank_auditor', 'USAGE')"
        assert db.execute(query).fetchone() == (True,)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


HOSTS = "bank.example www.example"
MAIN = """\
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{sites}
}}
"""


def certificate(folder):
    """A certificate of its own, and its key."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=bank.example", "-out", folder / "pem"]
    subprocess.run([*command, "-keyout", folder / "key"], check=True, capture_output=True)


@pytest.fixture
def nginx(tmp_path, login_url, monkeypatch):
    """The configuration of deploy/ for real, before two web servers; asks it."""
    certificate(tmp_path)
    monkeypatch.delenv("ROOT_PATH", raising=False)
    with web_server(login_url, ALLOWED_HOSTS=HOSTS) as plain:
        monkeypatch.setenv("ROOT_PATH", "/bank")
        with web_server(login_url, ALLOWED_HOSTS=HOSTS) as below:
            port = free_port()
            sites = read("proxy/nginx.conf")
            for old, new in {
                "127.0.0.1:8000": plain.removeprefix("http://"),
                "127.0.0.1:8001": f"127.0.0.1:{free_port()}",  # one that is down
                "127.0.0.1:8010": below.removeprefix("http://"),
                "listen 443": f"listen 127.0.0.1:{port}",
                "/etc/ssl/bank.example.pem": str(tmp_path / "pem"),
                "/etc/ssl/bank.example.key": str(tmp_path / "key"),
            }.items():
                assert old in sites
                sites = sites.replace(old, new)
            main = tmp_path / "nginx.conf"
            main.write_text(MAIN.format(folder=tmp_path, sites=sites))
            binary = shutil.which("nginx") or unpacked("nginx") / "usr/sbin/nginx"
            with subprocess.Popen([binary, "-p", tmp_path, "-c", main, "-e", "stderr"]) as process:
                try:
                    wait_for_port(port, process)
                    yield lambda *request, **more: ask(port, *request, **more)
                finally:
                    process.terminate()


def wait_for_port(port, process):
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("nginx does not come up")


def ask(port, host, path, body=None):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(
        f"https://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Host": host, "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, context=context, timeout=30) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.mark.direct
def test_behind_nginx(nginx):
    """At the root and below /bank, over TLS, with one of two servers down."""
    numbers = itertools.count(1)
    for _ in range(6):
        account_id = f"behind-{os.getpid()}-{next(numbers)}"
        status, headers, _ = nginx("bank.example", "/accounts", {"account_id": account_id})
        assert (status, headers["Location"]) == (201, f"/accounts/{account_id}")
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
    status, headers, body = nginx("www.example", f"/bank/accounts/{account_id}")
    assert (status, json.loads(body)["account_id"]) == (200, account_id)
    other = f"below-{os.getpid()}"
    status, headers, _ = nginx("www.example", "/bank/accounts", {"account_id": other})
    assert (status, headers["Location"]) == (201, f"/bank/accounts/{other}")
    status, _, body = nginx("www.example", "/bank/openapi.json")
    assert json.loads(body)["servers"] == [{"url": "/bank"}]
    for host, path in ("bank.example", "/health/ready"), ("www.example", "/bank/health/ready"):
        assert nginx(host, path)[0] == 200
    assert nginx("www.example", "/accounts")[0] in {403, 404}  # nginx's own, it has no such file


def test_caddy_reads_its_file(tmp_path):
    binary = shutil.which("caddy") or unpacked("caddy") / "usr/bin/caddy"
    done = subprocess.run(
        [binary, "adapt", "--adapter", "caddyfile", "--config", DEPLOY / "proxy" / "Caddyfile"],
        env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.dumps(json.loads(done.stdout))
    for expected in f"127.0.0.1:{PORT}", "/bank/*", "bank.example", '"uri": "/health/ready"':
        assert expected in said


def test_what_proxies_ask_is_there():
    for name in "proxy/nginx.conf", "proxy/Caddyfile":
        for path in re.findall(r"health_uri (\S+)", read(name)):
            assert path in PATHS
    longest = float(TABLE["REQUEST_TIMEOUT"].default)
    waits = [int(one) for one in re.findall(r"proxy_read_timeout (\d+)s", read("proxy/nginx.conf"))]
    assert min(waits) > longest


def test_every_file_is_told_of():
    told = read("README.md")
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.name != "README.md":
            name = str(path.relative_to(DEPLOY))
            assert name in told or path.parent.name in told, name
