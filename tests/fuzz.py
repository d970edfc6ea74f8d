"""How random tests are drawn: runners print FUZZ_SEED and take it from the environment."""

import os
import random

SEED = int(os.environ.get("FUZZ_SEED", "20260101"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))


def dice(*names: object, seed: int = SEED) -> random.Random:
    """Dice for one part of a test: others for each part, and the same ones for each run."""
    return random.Random(" ".join(map(str, (seed, *names))))
