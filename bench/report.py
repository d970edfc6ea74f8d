"""What the measurements say: where they were made, the ratios that matter, a table of it all."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
from pathlib import Path
from typing import Any

import psycopg

from pgteller.embedded.server import Server

Cells = dict[str, dict[str, float]]
Results = dict[str, Any]

# Ratio -> the two measurements, which number of them, the target (at least, or for CPU at most).
RATIOS: dict[str, tuple[str, str, str, float]] = {
    "transfer / its floor, CPU": ("bank.transfer @8", "floor.transfer @8", "cpu_us", 1.8),
    "transfer / its floor, tps": ("bank.transfer @8", "floor.transfer @8", "rate", 0.6),
    "deposit / its floor, CPU": ("bank.deposit @8", "floor.deposit @8", "cpu_us", 1.8),
    "pay / its floor, CPU": ("bank.pay @8", "floor.pay @8", "cpu_us", 1.8),
    "transfer / the client way, tps of 8 Python clients": (
        "client bank.transfer @8",
        "client way @8",
        "rate",
        3.0,
    ),
    "batch of 10 000 / single transfers, 1 connection": (
        "bank.batch of 10000 @1",
        "bank.transfer @1",
        "rate",
        6.0,
    ),
    "batch of 10 000 / single transfers, 8 connections": (
        "bank.batch of 10000 @8",
        "bank.transfer @8",
        "rate",
        6.0,
    ),
    "batch of 10 000 / its insert floor, CPU": (
        "bank.batch of 10000 @1",
        "floor.insert_legs @1",
        "cpu_us",
        2.0,
    ),
    "hot collecting account / uniform, slow commit, tps of 32": (
        "collecting transfer, slow commit @32",
        "bank.transfer, slow commit @32",
        "rate",
        0.8,
    ),
    "hot ordinary account / uniform, slow commit, tps of 32": (
        "hot transfer, slow commit @32",
        "bank.transfer, slow commit @32",
        "rate",
        0.0,
    ),
    "POST transfer / no-op over HTTP, 16 connections": (
        "HTTP POST transfer @16",
        "HTTP no-op @16",
        "rate",
        0.5,
    ),
    **{
        f"{name}, 10 M legs / 100 k": (f"{name}, 10 M", f"{name}, 100 k", "rate", 0.9)
        for name in (
            "bank.deposit @8",
            "bank.transfer @8",
            "bank.pay @8",
            "bank.get_balance @8",
            "bank.list_transactions @8",
            "bank.batch of 10000 @1",
        )
    },
}


def about(server: Server, settings: dict[str, str], rounds: int, seconds: int) -> Results:
    """The machine, without its name, and the versions of all that took part."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with psycopg.connect(server.url("postgres")) as connection:
        shown: dict[str, str] = dict(
            connection.execute(
                "SELECT name, setting FROM pg_settings WHERE name = ANY (%s)",
                [["server_version", "fsync", "synchronous_commit"]],
            ).fetchall()
        )
    packages = "granian", "flask", "psycopg"
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {
            "cpus": os.cpu_count(),
            "cpu": cpu[1] if cpu else platform.machine(),
            "memory_gib": round(memory),
            "system": platform.system(),
        },
        "versions": {"postgresql": shown.pop("server_version"), "python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in packages},
        "settings": settings | shown,
        "rounds": rounds,
        "seconds": seconds,
    }


def sizes(server: Server, databases: dict[str, int]) -> Results:
    """What a transfer adds to tables and indexes."""
    found: list[Any] = []
    for legs in databases.values():
        with psycopg.connect(server.url(f"legs_{legs}")) as connection:
            found += connection.execute(
                "SELECT pg_table_size(t.oid), pg_indexes_size(t.oid), t.reltuples "
                "FROM pg_class AS t WHERE t.oid = 'ledger.ledger_transactions'::regclass"
            ).fetchall()
    (table, indexes, legs), (table_2, indexes_2, legs_2) = found[0], found[-1]
    return {
        "table_per_transfer": round(2 * (table_2 - table) / (legs_2 - legs)),
        "indexes_per_transfer": round(2 * (indexes_2 - indexes) / (legs_2 - legs)),
    }


def ratios(cells: Cells) -> list[Results]:
    """Every ratio of which both parts were measured."""
    return [
        {
            "name": name,
            "ratio": round(cells[over][field] / cells[under][field], 2),
            "target": target,
            "at": "most" if field == "cpu_us" else "least",
        }
        for name, (over, under, field, target) in RATIOS.items()
        if over in cells and under in cells
    ]


def add_counted(cells: Cells, counted: dict[str, float]) -> None:
    """Beside what one connection took, where that was measured; the rest by themselves."""
    for name, thousands in counted.items():
        cells.setdefault(f"{name} @1", {})["counted_k"] = thousands


def text(results: Results) -> str:
    """All of it for people."""
    machine, versions = results["machine"], results["versions"]
    lines = [
        "",
        f"{results['date']}, {machine['cpus']} CPUs ({machine['cpu']}), "
        f"{machine['memory_gib']} GiB, PostgreSQL {versions['postgresql']}; "
        f"medians of {results['rounds']} rounds of {results['seconds']} s",
        "",
        f"{'':44} {'per second':>11} {'CPU us':>8} {'p50 ms':>8} {'p99 ms':>8} {'counted k':>9}",
    ]
    for name, cell in results["cells"].items():
        numbers = [
            f"{cell[field]:{width},.{digits}f}" if field in cell else " " * width
            for field, width, digits in (
                ("rate", 11, 0),
                ("cpu_us", 8, 1),
                ("p50_ms", 8, 2),
                ("p99_ms", 8, 2),
                ("counted_k", 9, 0),
            )
        ]
        lines.append(f"{name:44} {' '.join(numbers)}")
    if "bytes" in results:
        kept = results["bytes"]
        lines += [
            "",
            f"A transfer takes {kept['table_per_transfer']} bytes of table and "
            f"{kept['indexes_per_transfer']} of indexes.",
        ]
    lines += ["", f"{'':60} {'ratio':>6}   target"]
    for ratio in results["ratios"]:
        met = (
            ratio["ratio"] <= ratio["target"]
            if ratio["at"] == "most"
            else ratio["ratio"] >= ratio["target"]
        )
        said = f"{'<=' if ratio['at'] == 'most' else '>='} {ratio['target']}"
        said += "" if met else "  missed"
        lines.append(
            f"{ratio['name']:60} {ratio['ratio']:6.2f}   {said if ratio['target'] else ''}"
        )
    return "\n".join(lines)
