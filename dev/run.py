"""Run pgteller from nothing: PostgreSQL, the schema, the web shell, a worker. Ctrl-C stops them.

python -m dev.run            two granian workers
python -m dev.run --reload   Flask's own server, started again whenever a file changes
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

import psycopg

from dev.installation import PostgresError
from dev.load import database, function_files, is_loaded, load, web_url
from dev.postgres import development_server
from dev.urls import given_url

HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = os.environ.get("PORT") or "8000"
WORKER = [sys.executable, "-m", "flask", "--app", "web.wsgi", "worker"]


def main(arguments: list[str]) -> int:
    """Start everything, say where it is, and wait for the end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    require_free_port()
    with database() as admin_url:
        if is_loaded(admin_url):
            print("The database is up to date.")
        else:
            load(admin_url)
        url = web_url(admin_url)
        announce()
        return serve(url, reload="--reload" in arguments)


def require_free_port() -> None:
    """Say so now if somebody else has the port: granian would share it without a word."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            HOST, int(PORT), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except (OSError, ValueError, OverflowError) as problem:
        sys.exit(f"Cannot listen on {HOST}:{PORT}: {problem}. Try `make run PORT=8001`.")


def announce() -> None:
    """Tell where everything is to be found."""
    host = f"[{HOST}]" if ":" in HOST else HOST
    print(f"\n  API   http://{host}:{PORT}/")
    print(f"  Docs  http://{host}:{PORT}/docs")
    print("  SQL   make psql   (in another terminal)")
    print("\nCtrl-C stops it.\n", flush=True)


def granian(host: str, port: str) -> list[str]:
    """The command that serves the API; its numbers of workers and threads have been measured."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--workers", "2", "--blocking-threads", "8"]
    command += ["--host", host, "--port", port, "--no-access-log", "--no-ws"]
    # Its only warning is about the number of threads.
    return [*command, "--log-level", "error", "--workers-kill-timeout", "10", "web.wsgi:app"]


def serve(url: str, reload: bool) -> int:
    """Run web server and worker until that ends or we are told to stop, which they are told too."""
    command = granian(HOST, PORT)
    if reload:
        sql_files = os.pathsep.join(map(str, function_files()))
        command = [sys.executable, "-m", "flask", "--app", "web.wsgi", "run", "--debug"]
        command += ["-h", HOST, "-p", PORT, "--extra-files", sql_files]
    variables = os.environ | {"DATABASE_URL": url}
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, stop)
    # In groups of their own, so that Ctrl-C reaches them once: through us, before PostgreSQL stops.
    with (
        subprocess.Popen(command, env=variables, process_group=0) as server,
        subprocess.Popen(WORKER, env=variables, process_group=0) as worker,
    ):
        while server.poll() is None and not stopping:
            time.sleep(0.1)
            if given_url() is None and development_server().crashed():
                print("PostgreSQL has died; starting it again ...", flush=True)
                development_server().start()
        if stopping:
            print("\nStopping ...", flush=True)
            server.terminate()
        worker.terminate()
    return 0 if stopping else server.returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except (PostgresError, psycopg.Error) as problem:
        sys.exit(str(problem))
