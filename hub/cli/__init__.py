"""The command `hub`."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    gc.set_threshold(50_000, 10, 10)  # imports and documents leave hardly any cycles to look for
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # its own command line: 20 ms that nobody uses
    from hub.cli.failure import catch_bugs  # keeps `import hub.cli` free
    from hub.cli.program import run

    catch_bugs()
    raise SystemExit(run())
