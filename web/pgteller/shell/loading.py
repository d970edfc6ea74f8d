"""How a process of granian's is stopped that has not come to serve yet."""

from __future__ import annotations

import os
import signal


def heed_signals() -> None:
    """Have it end as soon as it is told to, till granian has it listen by itself.

    Forked, it has the handlers of the process that waits for its end: they note in vain that it was
    told to stop, and it would be waited for until it is killed.
    """
    for number in signal.SIGINT, signal.SIGTERM:
        server = getattr(signal.getsignal(number), "__self__", None)
        if type(server).__module__.startswith("granian."):
            signal.signal(number, signal.SIG_DFL)
            if getattr(server, "interrupt_signal", False):  # it has been told before
                os.kill(os.getpid(), number)
