"""Every shipped mapping loads and compiles, and belongs to a stream."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from hub.api import ConnectorSpec
from hub.plugins import load_plugins, spec_faults
from hub.testing.subject import compile_shipped

ROOT = Path(__file__).parents[2]
TARGETS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["entrepot"]
SPECS = [spec for target in TARGETS.values() for spec in getattr(import_module(target), "hub_connectors", list)()]
FILES = sorted((ROOT / "mappings").rglob("*.yaml"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_built_in_connector_keeps_the_contract_of_specs(spec: ConnectorSpec) -> None:
    assert list(spec_faults(spec)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_shipped_mapping_is_sound_and_used(path: Path) -> None:
    spec = next(spec for spec in SPECS if spec.name == path.parent.name)
    mapping = compile_shipped(spec, path.stem)
    assert mapping.stream == path.stem
    assert mapping.entity == spec.stream(path.stem).entity


def test_the_built_in_connectors_are_found_like_anybodys() -> None:
    plugins = load_plugins(extra={name: import_module(target) for name, target in TARGETS.items()})
    assert plugins.connectors.keys() >= TARGETS.keys()
