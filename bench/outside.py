"""The verifier that runs outside: legs a second, and the CPU of the server and its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench.load import BenchError, Sample, Target
from pgteller.outside.run import verify


def verify_outside(target: Target) -> Sample:
    """Verify a ledger by as many processes as there are processors.

    CPU is that of a leg, on both sides; how much of it is whose, and the memory, is printed.
    """
    postmaster = target.server.postmaster()
    assert postmaster is not None
    before = _ended(postmaster)
    outcome = verify(target.url())
    time.sleep(0.2)  # backends end when they notice that nobody is there
    server = _ended(postmaster) - before
    if not outcome.ok:
        raise BenchError(f"The ledger is not intact: {outcome.findings.samples}")
    own = sum(cpu for cpu, _ in outcome.processes.values())
    memory = [f"{kib // 1024} MiB" for _, kib in outcome.processes.values()]
    legs = outcome.findings.legs
    print(
        f"{legs} legs in {outcome.seconds:.1f} s; CPU: {server:.1f} s of the server, {own:.1f} s "
        f"of {len(memory)} processes, which took {', '.join(memory)} at most",
        flush=True,
    )
    return Sample(legs / outcome.seconds, 1e6 * (server + own) / legs)


def _ended(postmaster: int) -> float:
    """CPU seconds of the backends that have ended so far."""
    fields = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")
