"""The store's contract, from HUB_SPECS or ../shared/specs: what a request may hold, and what an answer does."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError

NAME = "wc_v3_11.0.1_openapi_strict.json.gz"
ROOT = "/wp-json"
SIGNED = "oauth_"
"""Parameters of the signature, which are of no route."""


def specs() -> Path:
    """Find the folder of the vendors' contracts; skip where there is none, fail where CI is set."""
    root = Path(__file__).resolve().parents[2]
    found = Path(os.environ["HUB_SPECS"]) if "HUB_SPECS" in os.environ else root.parent / "shared" / "specs"
    if not (found / "woocommerce" / NAME).exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI must have the vendors' contracts: {found} has none; set HUB_SPECS")
        pytest.skip(f"no vendors' contracts at {found}; set HUB_SPECS")
    return found


@cache
def contract() -> OpenApi:
    """Load WooCommerce's contract."""
    return OpenApi(orjson.loads(gzip.decompress((specs() / "woocommerce" / NAME).read_bytes())))


class OpenApi:
    """A contract: asked what is wrong with a request or an answer, it gives one line for each fault."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = {"components": _json_schema(document["components"])}
        self._routes = [
            (re.compile(re.sub(r"\{\w+\}", r"\\d+", path)), {m: _json_schema(op) for m, op in item.items()})
            for path, item in document["paths"].items()
        ]

    def faults_of_request(self, request: httpx.Request) -> list[str]:
        """Tell what the contract says against a request: its route, its parameters, its body."""
        operation = self._operation(request)
        if operation is None:
            return [f"no route {request.method} {request.url.path}"]
        found = list(_parameter_faults(operation, request.url.params))
        schema = _content(operation.get("requestBody"))
        if request.content and schema is None:
            found.append("a body where none is taken")
        if request.content and schema is not None:
            found += self._faults(schema, orjson.loads(request.content))
        return found

    def faults_of_answer(self, response: httpx.Response) -> list[str]:
        """Tell what the contract says against an answer; items of a list or batch are held against their own kind."""
        operation = self._operation(response.request)
        assert operation is not None
        body = orjson.loads(response.content)
        if response.status_code >= 400:
            return self._faults({"$ref": "#/components/schemas/WPError"}, body)
        whole = set(response.request.url.params).isdisjoint({"_fields"})
        kind = self._kind(operation, response.request)
        rows = _rows(body)
        found = [fault for row in rows for fault in self._faults(kind, row)]
        return found + ([fault for row in rows for fault in self._missing(kind, row)] if whole else [])

    def _operation(self, request: httpx.Request) -> Mapping[str, Any] | None:
        path = request.url.path.removeprefix(ROOT)
        found = next((item for route, item in self._routes if route.fullmatch(path)), {})
        return found.get(request.method.lower())

    def _kind(self, operation: Mapping[str, Any], request: httpx.Request) -> Mapping[str, Any]:
        schema = next(
            (s for code, r in operation["responses"].items() if code != "default" and (s := _content(r))), None
        )
        if schema is None:  # a batch: its items are of the kind that its list has
            of_list = httpx.Request("GET", str(request.url).partition("/batch")[0])
            above = self._operation(of_list)
            assert above is not None
            return self._kind(above, of_list)
        return schema["items"] if schema.get("type") == "array" else schema

    def _faults(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        validator = Draft4Validator({**self._schemas, "allOf": [schema]})
        return [_line(error) for error in validator.iter_errors(value)]

    def _missing(self, kind: Mapping[str, Any], row: Any) -> list[str]:
        if "error" in row or "$ref" not in kind:
            return []
        schema = self._schemas["components"]["schemas"][kind["$ref"].rpartition("/")[2]]
        return [f"{name}: is missing" for name in schema["properties"] if name not in row]


def _rows(body: Any) -> list[Any]:
    if isinstance(body, list):
        return body
    lists = (
        [rows for rows in body.values() if isinstance(rows, list)]
        if set(body) <= {"create", "update", "delete"}
        else []
    )
    return [row for rows in lists for row in rows if "error" not in row] if lists or not body else [body]


def _line(error: ValidationError) -> str:
    where = ".".join("[]" if isinstance(step, int) else str(step) for step in error.absolute_path)
    return f"{where or '(whole)'}: {error.message.partition(' one of ')[0][:120]}"


def _content(part: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = ((part or {}).get("content") or {}).get("application/json", {}).get("schema")
    return found


def _parameter_faults(operation: Mapping[str, Any], params: httpx.QueryParams) -> Iterator[str]:
    known = {p["name"]: p["schema"] for p in operation["parameters"] if p["in"] == "query"}
    for name, text in params.multi_items():
        if name.startswith(SIGNED):
            continue
        if name not in known:
            yield f"{name}: no such parameter"
            continue
        for error in Draft4Validator(known[name]).iter_errors(_typed(known[name], text)):
            yield f"{name}={text}: {error.message[:120]}"


def _typed(schema: Mapping[str, Any], text: str) -> Any:
    kind = schema.get("type")
    if kind == "array":
        return [_typed(schema["items"], part) for part in text.split(",")]
    if kind == "integer" and text.isdigit():
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _json_schema(schema: Any) -> Any:
    """Turn OpenAPI's `nullable` into a type that may be null."""
    if isinstance(schema, list):
        return [_json_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _json_schema(part) for name, part in schema.items() if name != "nullable"}
    if schema.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found
