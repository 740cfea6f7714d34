"""Reads hub.toml into plain data; every mistake is named with its line, all of them at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hub.config.alert import read_alerts
from hub.config.connection import read_connections, read_merchants
from hub.config.declaration import DEFAULT_DATABASE, Config
from hub.config.locator import locate
from hub.config.notice import read_notices
from hub.config.retention import read_retention
from hub.config.route import read_custom, read_policies, read_routes
from hub.config.schedule import read_schedule
from hub.config.serve import read_serve
from hub.config.table import Mistakes, Table
from hub.errors import ConfigError

SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
NAMES = re.compile(r"\(('[^']*',? ?)+\)")
"""How the parser writes the name of a table."""
DATABASE = re.compile(r"sqlite:///(?!:memory:)[^?]+")


def load_config(path: Path) -> Config:
    """Read a hub.toml; ConfigError names the file, each line and the reason."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"there is no {path}", hint="Run `hub init` to make one.") from None
    except IsADirectoryError:
        raise ConfigError(f"{path} is a folder", hint="Name the hub.toml in it.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text", hint="Save it again as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}") from None
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> Config:
    """Read the text of a hub.toml; `path` is used in messages, and for relative paths in it."""
    values = _parse_toml(text, path)
    mistakes = Mistakes(locate(text))
    config = _config(Table(values, (), mistakes), path)
    if mistakes.found:
        raise located_error(path, mistakes.found)
    return config


def located_error(path: Path, found: Iterable[tuple[int, str]]) -> ConfigError:
    """Make one error of mistakes (line, sentence), in the order of their lines."""
    ordered = sorted(set(found))
    context = {"file": str(path), "line": str(ordered[0][0])}
    return ConfigError("\n".join(f"{path}:{line}: {sentence}" for line, sentence in ordered), context=context)


def _parse_toml(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        place = SYNTAX_PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
        reason = NAMES.sub(_as_written, SYNTAX_PLACE.sub("", str(error)))
        sentence = f"this is not TOML: {reason[:1].lower()}{reason[1:]}"
        mistake = located_error(path, [(line, sentence)])
        mistake.hint = _syntax_hint(reason)
        raise mistake from None


def _as_written(names: re.Match[str]) -> str:
    keys = re.findall("'([^']*)'", names[0])
    return f"[{'.'.join(keys)}]"


def _syntax_hint(reason: str) -> str:
    if "twice" in reason or "overwrite" in reason:
        return "A table or a name stands once: put both into one, or give one of them another name."
    return 'Text stands in double quotes, on one line: name = "value". A table starts with [name].'


def _config(root: Table, path: Path) -> Config:
    merchants = read_merchants(root)
    config = Config(
        path=path,
        database=_database(root.table("hub")),
        merchants=merchants,
        connections=read_connections(root, list(merchants)),
        routes=read_routes(root),
        policies=read_policies(root.table("policies")),
        schedules=tuple(read_schedule(table) for table in root.tables("schedules")),
        notices=read_notices(root.table("notices")) if "notices" in root.values else None,
        serve=read_serve(root.table("serve")),
        alerts=read_alerts(root.table("alerts"), root.table("notices")) if "alerts" in root.values else None,
        retention=read_retention(root.table("retention")),
        custom=read_custom(root.table("custom")),
        lines=root.mistakes.lines,
    )
    root.know("notices", "alerts")
    root.close()
    return config


def _database(table: Table) -> str:
    url = table.text("database", DEFAULT_DATABASE)
    if not DATABASE.fullmatch(url):
        table.wrong("database", f'cannot be "{url}"', f'write it like "{DEFAULT_DATABASE}"')
    table.close()
    return url
