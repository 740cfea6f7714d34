"""The command `hub`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    gc.set_threshold(50_000, 10, 10)  # modules and documents have no cycles: looking for some costs a tenth of all
    from hub.cli.program import run  # keeps `import hub.cli` free

    raise SystemExit(run())
