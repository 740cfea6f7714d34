"""Secrets are references, `env:NAME` or `file:PATH`, resolved only when a connection is opened."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.errors import ConfigError

REFERENCE = re.compile(r"env:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|file:(?!//)(?P<path>.+)")


def is_reference(value: object) -> bool:
    """Tell whether a setting is a reference to a secret rather than a value."""
    return isinstance(value, str) and REFERENCE.fullmatch(value) is not None


def resolve_secret(reference: str, *, folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """Read the secret that a reference names; `file:` paths are relative to `folder`, the folder of hub.toml.

    ConfigError says in one sentence what is missing. A text that is no reference is given back as it is.
    """
    match = REFERENCE.fullmatch(reference)
    if match is None:
        return reference
    if match["name"]:
        return _from_environment(match["name"], os.environ if environ is None else environ)
    return _from_file(folder / Path(match["path"]).expanduser())


def resolve_settings(
    settings: Mapping[str, Any], *, folder: Path, environ: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Replace every reference in a connection's settings, however deep, by its secret."""
    return {key: _resolved(value, folder, environ) for key, value in settings.items()}


def _resolved(value: object, folder: Path, environ: Mapping[str, str] | None) -> Any:
    if isinstance(value, str):
        return resolve_secret(value, folder=folder, environ=environ)
    if isinstance(value, Mapping):
        return resolve_settings(value, folder=folder, environ=environ)
    if isinstance(value, list):
        return [_resolved(item, folder, environ) for item in value]
    return value


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name, "")
    if not value:
        state = "empty" if name in environ else "not set"
        raise ConfigError(f"the environment variable {name} is {state}", hint=f"Set it: export {name}=...")
    return value


def _from_file(path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ConfigError(f"there is no secret file {path}", hint="Put the secret, and nothing else, there.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the secret file {path} cannot be read: {_reason(error)}") from None
    if not value:
        raise ConfigError(f"the secret file {path} is empty", hint="Put the secret, and nothing else, there.")
    return value


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "unknown reason").lower() if isinstance(error, OSError) else "it is not text"
