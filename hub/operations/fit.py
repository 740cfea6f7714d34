"""Tells whether settings fit a connector, without resolving the references to secrets among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError

from hub.config import did_you_mean, is_reference
from hub.config.locator import KeyPath

PLACEHOLDER = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True, slots=True)
class SettingFault:
    """What is wrong with one setting; `path` leads to it inside the connection."""

    path: KeyPath
    reason: str
    hint: str = ""


def settings_faults(model: type[BaseModel], settings: Mapping[str, Any]) -> Iterator[SettingFault]:
    """Name every setting that is unknown, missing, of the wrong kind, or a secret in plain text."""
    names = setting_names(model)
    for key, value in settings.items():
        if key not in names:
            yield SettingFault((key,), "is not known", did_you_mean(key, names))
        elif names[key] and not is_reference(value):
            yield SettingFault((key,), "is a secret", 'write "env:NAME" or "file:PATH"')
    yield from _model_faults(model, {key: value for key, value in settings.items() if key in names})


def setting_names(model: type[BaseModel]) -> dict[str, bool]:
    """List the settings of a connector by the name that a file uses, and whether each is a secret."""
    return {info.alias or name: _is_secret(info.annotation) for name, info in model.model_fields.items()}


def _is_secret(annotation: object) -> bool:
    options = get_args(annotation) or (annotation,)
    return any(option in (SecretStr, SecretBytes) for option in options)


def _model_faults(model: type[BaseModel], settings: Mapping[str, Any]) -> Iterator[SettingFault]:
    hidden = {key for key, value in settings.items() if is_reference(value)}
    try:
        model.model_validate({key: PLACEHOLDER if key in hidden else value for key, value in settings.items()})
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            place = fault["loc"]
            if hidden if not place else place[0] in hidden:
                continue  # what the reference leads to is judged when the connection is opened
            yield _fault(model, place, fault["type"], fault["msg"])


def _fault(model: type[BaseModel], place: KeyPath, kind: str, message: str) -> SettingFault:
    if kind == "missing" and len(place) == 1:
        secret = setting_names(model).get(str(place[0]), False)
        return SettingFault((), f"needs {place[0]}", f'for example {place[0]} = "env:NAME"' if secret else "")
    reason = message.removeprefix("Value error, ").removeprefix("Input ").removeprefix("URL input ")
    return SettingFault(place, f"{reason[:1].lower()}{reason[1:]}")
