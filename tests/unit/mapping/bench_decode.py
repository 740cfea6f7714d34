"""Measure the engine on one core: `python -m tests.unit.mapping.bench_decode`, in microseconds of CPU an order."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hub.mapping.codecs import make_codecs
from hub.mapping.engine import compile_mapping
from hub.mapping.schema import load_mapping
from tests.unit.mapping.order_shape import FIRST_ID, order

FILE = Path(__file__).parent / "mappings" / "woo_orders.yaml"


def main() -> None:
    """Print the best of seven runs over a thousand orders, for each direction."""
    orders = [order(number) for number in range(1000)]
    mapping = compile_mapping(load_mapping(FILE.read_text(encoding="utf-8"), FILE.name), make_codecs([FIRST_ID]))
    records = [mapping.decode(document, {}, link) for document in orders]
    pairs = list(zip(records, orders, strict=True))
    print_best(f"decode ({values(records[1])} values)", orders, lambda document: mapping.decode(document, {}, link))
    print_best("links", orders, mapping.links)
    print_best("encode", pairs, lambda pair: mapping.encode(pair[0], {}, external, base=pair[1]))


def link(stream: str, external_id: str) -> str:
    """Stand in for the link table."""
    return external_id


def external(stream: str, record_id: str) -> str:
    """Stand in for the link table, the other way."""
    return record_id


def values(value: Any) -> int:
    """Count the plain values of a record."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 1 if inner is None else sum(map(values, inner))


def print_best(name: str, items: list[Any], work: Callable[[Any], object]) -> None:
    """Run seven times and tell the best."""
    best = min(_seconds(items, work) for _ in range(7))
    sys.stdout.write(f"{name:24} {best / len(items) * 1e6:7.1f} us\n")


def _seconds(items: list[Any], work: Callable[[Any], object]) -> float:
    start = time.process_time()
    for item in items:
        work(item)
    return time.process_time() - start


if __name__ == "__main__":
    main()
