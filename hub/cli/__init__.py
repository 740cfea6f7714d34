"""The command `hub`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    gc.set_threshold(50_000, 10, 10)  # imports and documents leave hardly any cycles to look for
    from hub.cli.program import run  # keeps `import hub.cli` free

    raise SystemExit(run())
