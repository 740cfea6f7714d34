"""Builds the real Tryton ahead of time: python -m connectors.erp.tryton.sandbox --cache DIR."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from connectors.erp.tryton.sandbox.builder import build
from hub.api import ConfigError


def main() -> int:
    """Fill the cache and say where it is."""
    parser = argparse.ArgumentParser(prog="python -m connectors.erp.tryton.sandbox", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="the folder that keeps what is built once")
    try:
        built = build(parser.parse_args().cache)
    except ConfigError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return error.exit_code
    sys.stdout.write(f"{built.database}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
