"""The one door for authors: complete, sorted, and blind to the store."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from hub import api, connector, errors, hookspecs

AUTHORS_OWN = {"Factory", "Decode", "Encode"}  # shapes of arguments, never named by an author


def test_every_type_and_error_for_authors_is_exported() -> None:
    types = {name for name, part in vars(connector).items() if getattr(part, "__module__", "") == connector.__name__}
    public = {name for name in types if not name.startswith("_")} - AUTHORS_OWN
    assert public | {"Document", "API_VERSION"} | set(errors.__all__) | {"hookimpl"} <= set(api.__all__)


def test_every_name_of_all_exists_once_in_order_and_nothing_else_is_imported() -> None:
    assert len(set(api.__all__)) == len(api.__all__)
    imported = [
        alias.asname or alias.name
        for node in ast.parse(Path(api.__file__).read_text()).body
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
    ]
    assert sorted(imported) == sorted(api.__all__)


def test_importing_the_door_does_not_reach_the_store() -> None:
    code = "import sys, hub.api; print({'sqlalchemy', 'tenacity', 'typer', 'hub.store'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


@pytest.mark.parametrize("hook", [name for name in vars(hookspecs) if name.startswith("hub_")])
def test_every_hook_is_typed_and_says_what_to_yield(hook: str) -> None:
    spec = getattr(hookspecs, hook)
    assert (inspect.getdoc(spec) or "").startswith("Yield ")
    assert inspect.signature(spec).return_annotation.startswith("Iterable[")


def test_a_spec_finds_its_streams_by_name(tmp_path: Path) -> None:
    orders = api.Stream(name="orders", entity=api.Entity.ORDER)
    spec = api.ConnectorSpec(
        name="acme",
        title="Acme",
        connector=object,
        settings=api.ConnectorSpec,
        streams=[orders],
        mappings=tmp_path,  # type: ignore[arg-type]
    )
    assert spec.stream("orders") is orders
    with pytest.raises(KeyError, match="acme has no stream 'sales'; it has orders"):
        spec.stream("sales")
