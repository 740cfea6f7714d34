"""Shopify's own schemas, from HUB_SPECS or ../shared/specs."""

from __future__ import annotations

import gzip
import os
from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema

VERSION = "2026-10"
BEFORE = "2026-07"


def specs(version: str = VERSION) -> Path:
    """Find a version's schema; skip where there is none, fail where CI is set."""
    root = Path(__file__).resolve().parents[2]
    found = Path(os.environ["HUB_SPECS"]) if "HUB_SPECS" in os.environ else root.parent / "shared" / "specs"
    path = found / "shopify" / f"admin_{version}.graphql.gz"
    if not path.exists():
        if os.environ.get("CI") and version == VERSION:
            pytest.fail(f"CI must have the vendors' contracts: {path} is missing; set HUB_SPECS")
        pytest.skip(f"no vendors' contracts at {path}; set HUB_SPECS")
    return path


@cache
def schema(version: str = VERSION) -> GraphQLSchema:
    """Build the schema of a version."""
    return build_schema(gzip.decompress(specs(version).read_bytes()).decode(), assume_valid=True)
