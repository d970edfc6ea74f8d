"""What docs/install.md and examples/orders show: the bank as a step of a migration tool, and an
order and its payment in one transaction, with the libraries that people have."""

import shutil
import subprocess
import sys

import alembic.command
import alembic.config
import psycopg
import pytest
import sqlalchemy
from sqlalchemy.orm import Session

from dev import PROJECT
from dev.testbed import scratch_database
from examples.orders import by_psycopg, by_sqlalchemy
from pgteller import __version__
from pgteller.install import is_loaded
from pgteller.install.script import install_script
from pgteller.urls import environment

pytestmark = pytest.mark.first_server

ORDERS = PROJECT / "examples" / "orders"
FILE = f"pgteller-{__version__}.sql"
DJANGO = """
import os
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django_orders"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["PGDATABASE"],
        }
    },
)
django.setup()
from django.core.management import call_command
from django.db import DatabaseError, connection
call_command("migrate", verbosity=0)
call_command("makemigrations", check=True, verbosity=0)
from django_orders.models import place_order
with connection.cursor() as cursor:
    cursor.execute("SELECT bank.create_account('ann'), bank.deposit('ann', 100)")
print(place_order("ann", "a pen", 40).payment_id)
try:
    place_order("ann", "a car", 5000)
except DatabaseError as refused:
    print(str(refused).splitlines()[0])
"""


@pytest.fixture
def migrated(server, tmp_path):
    """A database to which Alembic has brought the bank and the shop's table."""
    folder = shutil.copytree(ORDERS / "alembic", tmp_path / "alembic")
    (folder / "versions" / FILE).write_text(install_script())
    with scratch_database(server) as url:
        config = alembic.config.Config()
        config.set_main_option("script_location", str(folder))
        config.set_main_option("sqlalchemy.url", driver_url(url).replace("%", "%%"))
        alembic.command.upgrade(config, "head")
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("SELECT bank.create_account('ann'), bank.deposit('ann', 100)")
        yield url


def driver_url(url):
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def assert_paid_once(url):
    with psycopg.connect(url) as db:
        orders = db.execute("SELECT item, price, payment_id FROM orders").fetchall()
        assert orders == [("a pen", 40, "payment1")]
        assert db.execute("SELECT balance FROM bank.get_balance('ann')").fetchone() == (60,)
        assert db.execute("SELECT bool_and(ok) FROM bank.verify_ledger()").fetchone() == (True,)
    assert is_loaded(url)


def test_by_psycopg(migrated):
    with psycopg.connect(migrated, autocommit=True) as connection:
        assert by_psycopg.place_order(connection, "ann", "a pen", 40) == (1, "payment1")
        with pytest.raises(psycopg.DatabaseError, match="insufficient_funds"):
            by_psycopg.place_order(connection, "ann", "a car", 5000)
    assert_paid_once(migrated)


def test_by_sqlalchemy(migrated):
    engine = sqlalchemy.create_engine(driver_url(migrated))
    with Session(engine, expire_on_commit=False) as session:
        assert by_sqlalchemy.place_order(session, "ann", "a pen", 40).payment_id == "payment1"
        with pytest.raises(sqlalchemy.exc.DatabaseError, match="insufficient_funds"):
            by_sqlalchemy.place_order(session, "ann", "a car", 5000)
    engine.dispose()
    assert_paid_once(migrated)


def test_by_django(server, tmp_path):
    app = shutil.copytree(ORDERS / "django_orders", tmp_path / "django_orders")
    (app / "migrations" / FILE).write_text(install_script())
    with scratch_database(server) as url:
        done = subprocess.run(
            [sys.executable, "-c", DJANGO],
            cwd=tmp_path, env=environment(url), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["payment1", "insufficient_funds"]
        assert_paid_once(url)


@pytest.mark.parametrize("before", ["", "-- migrate:up\n", "BEGIN;\n"])
def test_as_a_plain_file(server, tmp_path, before):
    """As Flyway and dbmate run it: all that is in the file, in a transaction or in none."""
    file = tmp_path / "V1__pgteller.sql"
    file.write_text(before + install_script() + ("COMMIT;\n" if "BEGIN" in before else ""))
    with scratch_database(server) as url:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute(file.read_text())
        assert is_loaded(url)
