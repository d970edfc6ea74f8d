"""How random tests are drawn: runners print FUZZ_SEED and take it from the environment."""

import random

from dev.variables import whole

SEED = whole("FUZZ_SEED")
EXAMPLES = whole("FUZZ_EXAMPLES")


def dice(*names: object, seed: int = SEED) -> random.Random:
    """Dice for one part of a test: others for each part, and the same ones for each run."""
    return random.Random(" ".join(map(str, (seed, *names))))
