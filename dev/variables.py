"""What tests, torture and bench take from the environment, as rows of the table of settings."""

from __future__ import annotations

from pgteller.settings import decimal, one_of, text, whole
from pgteller.settings_table import TABLE, TEXT, Setting
from pgteller.settings_table import whole as number

__all__ = ["NAMES", "decimal", "one_of", "text", "whole"]

MOST = 10**9

ROWS = (
    Setting("ONLY", TEXT, "", "A word in the names of the tests to run.", "test", "all of them"),
    Setting("FUZZ_SEED", number(0, MOST), "20260101", "What random tests are drawn by.", "test"),
    Setting("FUZZ_EXAMPLES", number(1, 10**6), "25", "The random requests of each route.", "test"),
    Setting("BATCH_EXAMPLES", number(1, 10**6), "150", "The random batches.", "test"),
    Setting("MODEL_EXAMPLES", number(0, 10**6), "0", "The random histories; 0 is a few.", "test"),
    Setting("CONCURRENCY_THREADS", number(3, 10_000), "16", "The threads at once.", "test"),
    Setting("CONCURRENCY_ROUNDS", number(1, 10**6), "30", "The operations of each.", "test"),
    Setting("UPGRADE_LEGS", number(0, MOST), "20000", "The legs of an upgraded ledger.", "test"),
    Setting("ROUNDS", number(0, MOST), "60", "How often everything is killed.", "torture"),
    Setting("BENCH_SECONDS", number(1, 3600), "2", "How long each load takes.", "bench"),
    Setting("BENCH_ROUNDS", number(1, 1000), "3", "How often all of them are measured.", "bench"),
    Setting("BENCH_ONLY", TEXT, "", "A word in the names of what is measured.", "bench", "all"),
)
NAMES = {row.name for row in ROWS}

TABLE.update({row.name: row for row in ROWS})
