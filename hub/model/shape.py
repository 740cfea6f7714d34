"""A quick look at a record: whether it certainly fits the model, without making an instance of it.

A canonical record is JSON with numbers and times as text, so most of the model's work is to make objects that nobody
asked for. From each model's own schema a narrower one is derived here that only looks: what fits it, the model accepts.
What does not fit it may still be right, in a rarer spelling: the model has the last word, and tells what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import BaseModel
from pydantic_core import SchemaValidator, core_schema

from hub.model import ENTITIES

Schema: TypeAlias = Mapping[str, Any]

NUMBER: Final = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"
DAY: Final = r"((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
TIME: Final = rf"^[12][0-9]{{3}}-{DAY}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{{1,6}})?Z$"


def fits(entity: str, data: Mapping[str, Any]) -> bool:
    """Tell whether a record certainly fits its model; False leaves it open."""
    return _shape(entity).isinstance_python(data)


def looker(kind: type[BaseModel] | type[str], *, many: bool = False) -> Callable[[object], bool]:
    """Make what tells whether a part of a record, or a list of such parts, certainly fits; False leaves it open."""
    schema: Any = core_schema.str_schema(strict=True)
    if issubclass(kind, BaseModel):
        whole: Any = kind.__pydantic_core_schema__
        schema = _narrowed(whole, {each["ref"]: each for each in whole.get("definitions", ())})
    return SchemaValidator(core_schema.list_schema(schema, strict=True) if many else schema).isinstance_python


@cache
def _shape(entity: str) -> SchemaValidator:
    schema: Any = ENTITIES[entity].__pydantic_core_schema__
    shared = {each["ref"]: each for each in schema.get("definitions", ())}
    return SchemaValidator(_narrowed(schema, shared))


def _narrowed(schema: Schema, shared: Mapping[str, Schema]) -> Any:
    """Derive a schema that only looks; ValueError for a type whose text nobody has described here."""

    def inner(name: str = "schema") -> Any:
        return _narrowed(schema[name], shared)

    match schema["type"]:
        case "definitions" | "default":
            return inner()
        case "definition-ref":
            return _narrowed(shared[schema["schema_ref"]], shared)
        case "model":
            return _closed(schema["schema"]["fields"], shared)
        case "nullable":
            return core_schema.nullable_schema(inner())
        case "list":
            return core_schema.list_schema(inner("items_schema"), strict=True)
        case "decimal":
            return core_schema.str_schema(pattern=NUMBER, strict=True)
        case "datetime":
            return core_schema.str_schema(pattern=TIME, strict=True)
        case "enum":
            return core_schema.literal_schema([member.value for member in schema["members"]])
        case "function-after" if schema["schema"]["type"] == "str":
            return core_schema.no_info_after_validator_function(schema["function"]["function"], inner())
        case "str" | "bool" | "int" | "any" | "dict":
            return {**schema, "strict": True}
    raise ValueError(schema["type"])


def _closed(fields: Mapping[str, Schema], shared: Mapping[str, Schema]) -> Any:
    narrowed = {
        name: core_schema.typed_dict_field(
            _narrowed(field["schema"], shared), required=field["schema"]["type"] != "default"
        )
        for name, field in fields.items()
    }
    return core_schema.typed_dict_schema(narrowed, extra_behavior="forbid", strict=True)
