"""How random tests are drawn; conftest.py prints it at the head of every run."""

import os

SEED = int(os.environ.get("FUZZ_SEED", "20260101"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
