"""Makes the neighboring module of order shapes importable, and compiles the mapping that reads them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from order_shape import FIRST_ID

from hub.mapping.codecs import make_codecs
from hub.mapping.engine import Compiled, compile_mapping
from hub.mapping.schema import load_mapping


@pytest.fixture(scope="session")
def woo_orders() -> Compiled:
    """Compile the mapping of WooCommerce orders beside this file."""
    file = Path(__file__).parent / "mappings" / "woo_orders.yaml"
    return compile_mapping(load_mapping(file.read_text(encoding="utf-8"), file.name), make_codecs([FIRST_ID]))
