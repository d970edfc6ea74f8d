"""Receivers of webhooks: one that answers as it is told, and such as nobody would want."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver:
    """Takes webhooks on a port of its own and answers as it is told."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.got: list[dict] = []
        self.headers: list[dict] = []
        self.bodies: list[bytes] = []
        self.answer = lambda event: 200
        self.arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = json.loads(body)
                status = receiver.answer(event)
                with receiver.arrived:
                    receiver.got.append({**event, "answered": status, "path": self.path})
                    receiver.headers.append(dict(self.headers))
                    receiver.bodies.append(body)
                    receiver.arrived.notify_all()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        kind = ThreadingHTTPServer
        if ":" in host:
            kind = type("Server6", (ThreadingHTTPServer,), {"address_family": socket.AF_INET6})
        self.server = kind((host, 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}/hook"

    def wait_for(self, count: int) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, timeout=30), self.got

    def amounts(self) -> list[int]:
        return [event["amount"] for event in self.got]


@contextlib.contextmanager
def receiving(*given, **more):
    """A receiver, while the block runs."""
    receiver = Receiver(*given, **more)
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()


@contextlib.contextmanager
def hostile(behave):
    """The address of one that does `behave(connection, ended)` with each that connects.

    `ended` is set when the block ends, for those that would wait for ever.
    """
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        # Not close(), which wakes nobody who accepts.
        threads = []

        def one(connection):
            with connection, contextlib.suppress(OSError):
                behave(connection, ended)

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threads.append(threading.Thread(target=one, args=(connection,)))
                    threads[-1].start()

        server = threading.Thread(target=serve)
        server.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            server.join()
            for thread in threads:
                thread.join()


def hang(connection, ended):
    """Say nothing, for ever."""
    ended.wait()


def drip(connection, ended):
    """A byte now and then, so that no wait for the next one is ever long."""
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000:
        connection.send(bytes([byte]))
        if ended.wait(0.1):
            return


def reset(connection, ended):
    """Hang up on whoever speaks."""
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def chatter(connection, ended):
    """Answer nonsense."""
    connection.recv(1000)
    connection.send(b"220 smtp.example ESMTP\r\n" * 10)


def drip_body(connection, ended):
    """Answer well, and say the rest a byte now and then."""
    connection.recv(1000)
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not ended.wait(0.1):
        connection.send(b"x")


def cut_body(connection, ended):
    """Answer well, and hang up in the middle of the rest."""
    connection.recv(1000)
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx")


def endless(connection, ended):
    """Answer well, and never come to the end of it."""
    connection.recv(1000)
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not ended.is_set():
        connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def wide(connection, ended):
    """A header that never ends."""
    connection.recv(1000)
    connection.send(b"HTTP/1.1 200 OK\r\nX: ")
    while not ended.is_set():
        connection.send(b"x" * 65536)


def certificate(folder, name: str) -> ssl.SSLContext:
    """A server's TLS, with a certificate for a name that signs itself; `folder`/cert.pem is it."""
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    about = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    command = ["openssl", "req", "-x509", *kind, *about, *files]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
