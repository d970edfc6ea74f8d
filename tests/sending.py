"""What tests share that have a worker send webhooks to receivers here."""

import contextlib
import os
import subprocess
import sys

from dev import PROJECT
from pgteller.worker import Worker

SECRET = "0123456789abcdef"


@contextlib.contextmanager
def worker(url, *options):
    """`pgteller worker`, in a process of its own."""
    command = [sys.executable, "-m", "pgteller", "worker", "--interval", "0.05", *options]
    variables = os.environ | {"DATABASE_URL": url, "LOG_LEVEL": "INFO"}
    with subprocess.Popen(command, cwd=PROJECT, env=variables, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def work(app) -> Worker:
    """Do what is due, in this process."""
    once = Worker(app, interval=0.05, once=True)
    with app.app_context():
        once.chores()
        once.send()
    return once


def hook(bank, url, **more):
    return bank.post("/webhooks", url=url, secret=SECRET, **more)["webhook_id"]


def deliveries(bank, webhook_id, **query):
    return bank.get(f"/webhooks/{webhook_id}/deliveries", limit=1000, **query)["deliveries"]
