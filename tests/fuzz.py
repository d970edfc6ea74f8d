"""How random tests are drawn: runners print FUZZ_SEED and take it from the environment."""

import random

from pgteller.settings import whole

SEED = whole("FUZZ_SEED", 20260101, 0, 10**9)
EXAMPLES = whole("FUZZ_EXAMPLES", 25, 1, 10**6)


def dice(*names: object, seed: int = SEED) -> random.Random:
    """Dice for one part of a test: others for each part, and the same ones for each run."""
    return random.Random(" ".join(map(str, (seed, *names))))
