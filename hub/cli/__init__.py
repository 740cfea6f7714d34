"""The command `hub`."""

from __future__ import annotations

import gc
import signal
import sys


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    gc.set_threshold(150_000, 10, 10)  # starting makes 120,000 objects and hardly a cycle
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # its own command line: 20 ms that nobody uses
    from hub.cli.failure import catch_bugs  # keeps `import hub.cli` free
    from hub.cli.program import run

    catch_bugs()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends the process may have it end like Ctrl-C
    raise SystemExit(run())
