"""What only a real web server shows: raw paths, raw bodies, several workers."""

import http.client
import json
import ssl
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.cli import pgteller
from tests.conftest import web_server
from tests.http_helpers import fresh


@pytest.fixture
def http_connection(base_url):
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=20)
    yield connection
    connection.close()


def ask(connection, method, path, body=None, **headers):
    """One request as it is; the status and the JSON of the answer."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, headers, encode_chunked="Transfer-Encoding" in headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read() or b"null")


def post(connection, path, **body):
    return ask(connection, "POST", path, json.dumps(body), Content_Type="application/json")


@pytest.mark.parametrize("tail", ["/b", "//b", "%2F", " é🏦", "?#", "/balance/x"])
def test_ids_in_real_paths(http_connection, tail):
    account_id = fresh() + tail
    assert post(http_connection, "/accounts", account_id=account_id)[0] == 201
    path = f"/accounts/{quote(account_id, safe='')}"
    status, account = ask(http_connection, "GET", path)
    assert (status, account["account_id"]) == (200, account_id)
    status, balance = ask(http_connection, "GET", f"{path}/balance")
    assert (status, balance["account_id"]) == (200, account_id)


def test_a_path_that_is_not_utf8(http_connection):
    assert ask(http_connection, "GET", "/accounts/%FF%FE")[0] == 404
    assert ask(http_connection, "GET", "/accounts/%00")[0] == 422


def test_a_chunked_body(http_connection):
    account_id = fresh()
    body = json.dumps({"account_id": account_id}).encode()
    headers = {"Content_Type": "application/json", "Transfer_Encoding": "chunked"}
    status, _ = ask(http_connection, "POST", "/accounts", iter([body[:5], body[5:]]), **headers)
    assert status == 201


def test_a_chunked_body_over_a_mebibyte(http_connection):
    headers = {"Content_Type": "application/json", "Transfer_Encoding": "chunked"}
    chunks = (b" " * 65536 for _ in range(32))
    status, problem = ask(http_connection, "POST", "/deposits", chunks, **headers)
    assert (status, problem["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 10 * 1024 * 1024])
def test_a_large_body(http_connection, size):
    headers = {"Content_Type": "application/json"}
    status, problem = ask(http_connection, "POST", "/deposits", b" " * size, **headers)
    assert (status, problem["code"]) == (413, "body_too_large")


def test_every_worker_answers(http_connection, base_url):
    account_id = fresh()
    assert post(http_connection, "/accounts", account_id=account_id)[0] == 201
    for _ in range(8):
        other = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=20)
        status, balance = ask(other, "GET", f"/accounts/{account_id}/balance")
        other.close()
        assert (status, balance["balance"]) == (200, 0)


@pytest.fixture
def certificate(tmp_path):
    """Files of a certificate for this machine and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "tls.crt", tmp_path / "tls.key"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.mark.first_server
def test_tls_by_itself(app_url, certificate):
    """With the certificate that it is given, and nothing in the clear."""
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    given = {"TLS_CERTIFICATE": str(certificate[0]), "TLS_KEY": str(certificate[1])}
    given["ALLOWED_HOSTS"] = "bank.example"
    with web_server(app_url, workers=1, **given) as url:
        assert url.startswith("https://")
        address = urlsplit(url).netloc.replace("127.0.0.1", "localhost")
        connection = http.client.HTTPSConnection(address, timeout=20, context=trusted)
        account_id = fresh()
        assert post(connection, "/accounts", account_id=account_id)[0] == 201
        assert ask(connection, "GET", f"/accounts/{account_id}")[0] == 200
        for host, told in ("bank.example", "max-age=2592000"), (address, None):
            connection.request("GET", "/livez", headers={"Host": host})
            reply = connection.getresponse()
            reply.read()
            assert reply.headers["Strict-Transport-Security"] == told
        connection.close()
        plain = http.client.HTTPConnection(address, timeout=20)
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(plain, "GET", "/livez")
        plain.close()


@pytest.mark.parametrize("name", ["TLS_CERTIFICATE", "TLS_KEY"])
def test_half_a_certificate(app_url, certificate, name):
    done = pgteller("serve", url=app_url, **{name: str(certificate[0])})
    assert done.exit_code == 2
    assert "set both or none" in done.output


@pytest.mark.parametrize("swapped", [True, False], ids=["swapped", "no certificate"])
def test_a_certificate_that_is_none(app_url, certificate, tmp_path, swapped):
    """It is said in a line."""
    (tmp_path / "none").write_text("none")
    files = certificate[::-1] if swapped else (tmp_path / "none", certificate[1])
    names = "TLS_CERTIFICATE", "TLS_KEY"
    given = {name: str(file) for name, file in zip(names, files, strict=True)}
    done = pgteller("serve", url=app_url, **given)
    assert done.exit_code == 2
    assert done.output.startswith("TLS_CERTIFICATE and TLS_KEY are no certificate and its key: ")
