"""The codecs that every mapping may name: pairs of functions that turn one remote value into ours and back.

A codec is never asked about null: null stays null in both directions. What cannot be read raises InvalidRecordError;
the engine adds where it was found.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from hub.connector import Codec
from hub.errors import PluginError
from hub.mapping.amount import (
    AMOUNT,
    Tables,
    amount_as_it_is,
    decode_decimal,
    decode_integer,
    digits_of,
    encode_number,
    negate,
    plain,
    unreadable,
)
from hub.model.country import COUNTRIES

TRUE: Final = frozenset({True, "1", "true", "yes", "on"})
FALSE: Final = frozenset({False, "0", "false", "no", "off"})


def _same(value: Any, tables: Tables, base: Any) -> Any:
    return value


def decode_boolean(value: Any, tables: Tables) -> bool | None:
    """Read true or false, however it is spelled; empty text is null."""
    word = value.strip().lower() if isinstance(value, str) else value
    if word == "":
        return None
    if isinstance(word, str | int) and word in TRUE:
        return True
    if isinstance(word, str | int) and word in FALSE:
        return False
    raise unreadable(value, "true or false")


# Identity


def decode_id(value: Any, tables: Tables) -> str | None:
    """Read an id as text: 5, "5" and gid://shopify/Order/5 are the same; 0 and empty text are null."""
    if value.__class__ is int:
        return str(value) if value else None
    if isinstance(value, str):
        text = value.rsplit("/", 1)[1].split("?", 1)[0] if value.startswith("gid://") else value
        return text if text not in ("", "0") else None
    number = decode_integer(value, tables)
    return str(number) if number else None


def encode_id_number(value: Any, tables: Tables, base: Any) -> int:
    """Write an id as a number, for remotes that refuse text."""
    try:
        return int(value)
    except ValueError:
        raise unreadable(value, "an id in digits") from None


# Time


def _moment(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise unreadable(value, "an ISO 8601 time") from None


def decode_utc(value: Any, tables: Tables) -> str | None:
    """Read an ISO 8601 time as UTC text; without an offset it is taken as UTC; empty text is null."""
    if value == "":
        return None
    moment = _moment(value)
    if len(value) == 19 and value[10::3] == "T::" and value[4:8:3] == "--":
        return f"{value}Z"
    if len(value) < 13:
        raise unreadable(value, "an ISO 8601 time")
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat().replace("+00:00", "Z")


def encode_bare(value: Any, tables: Tables, base: Any) -> str:
    """Write UTC text without its Z, for remotes that want it so."""
    return str(value).removesuffix("Z")


def decode_date(value: Any, tables: Tables) -> str | None:
    """Read a date; of a time only its date, as written; empty text is null."""
    try:
        return date.fromisoformat(value[:10]).isoformat() if value else None
    except (TypeError, ValueError):
        raise unreadable(value, "an ISO 8601 date") from None


# Text


def decode_text(value: Any, tables: Tables) -> str:
    """Read text; numbers and booleans become text as JSON writes them."""
    if value.__class__ is str:
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return plain(Decimal(digits_of(value))) if isinstance(value, float) else str(value)
    raise unreadable(type(value).__name__, "text")


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise unreadable(type(value).__name__, "text")
    return value


def decode_html(value: Any, tables: Tables) -> str:
    """Read text that was escaped for HTML: `Knit &amp; Purl`."""
    text = value if value.__class__ is str else _words(value)
    return html.unescape(text) if "&" in text else text


def encode_html(value: Any, tables: Tables, base: Any) -> str:
    """Escape what HTML would read as markup."""
    return html.escape(value, quote=False)


def decode_lower(value: Any, tables: Tables) -> str:
    """Read text in lower case."""
    return _words(value).lower()


def decode_strip(value: Any, tables: Tables) -> str | None:
    """Read text without white space around it; nothing left is null."""
    text = value if value.__class__ is str else _words(value)
    return text.strip() or None


def decode_country(value: Any, tables: Tables) -> str | None:
    """Read an ISO 3166-1 alpha-2 code where it is sure to be one, else null; `country_text` keeps the rest."""
    if value in COUNTRIES:
        return str(value)
    code = _words(value).strip().upper()
    code = "GB" if code == "UK" else code
    return code if code in COUNTRIES else None


def decode_country_text(value: Any, tables: Tables) -> str | None:
    """Keep a country that `country` is not sure of as it was written, else null."""
    return None if value in COUNTRIES or decode_country(value, tables) else _words(value).strip() or None


# Lists and anything


def decode_texts(value: Any, tables: Tables) -> list[str]:
    """Read a list of text; numbers in it become text, nulls are left out."""
    if not isinstance(value, list):
        raise unreadable(type(value).__name__, "a list")
    return [decode_text(item, tables) for item in value if item is not None]


def decode_comma_list(value: Any, tables: Tables) -> list[str]:
    """Read `a, b` as a list of text."""
    return [item.strip() for item in _words(value).split(",") if item.strip()]


def encode_comma_list(value: Any, tables: Tables, base: Any) -> str:
    """Write a list of text as `a, b`; an item cannot hold a comma."""
    for item in value:
        if "," in item or item != item.strip() or not item:
            raise unreadable(item, "an item of a list that is written with commas")
    return ", ".join(value)


def decode_json(value: Any, tables: Tables) -> str:
    """Keep any value, objects and lists too, as JSON text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))


def encode_json(value: Any, tables: Tables, base: Any) -> Any:
    """Write what JSON text says."""
    return json.loads(value)


BUILT_IN: Final = (
    Codec("text", decode_text, _same),
    Codec("html", decode_html, encode_html),
    Codec("lower", decode_lower, _same, loses="upper and lower case"),
    Codec("strip", decode_strip, _same, loses="white space at both ends"),
    Codec("phone", decode_strip, _same, loses="white space at both ends"),
    Codec("decimal", decode_decimal, _same),
    Codec("number", decode_decimal, encode_number),
    Codec(AMOUNT, lambda value, tables: amount_as_it_is(value), _same),
    Codec("negate", negate, negate),
    Codec("integer", decode_integer, _same),
    Codec("boolean", decode_boolean, _same),
    Codec("id", decode_id, _same),
    Codec("id_number", decode_id, encode_id_number),
    Codec("utc", decode_utc, _same),
    Codec("utc_bare", decode_utc, encode_bare),
    Codec("date", decode_date, _same, loses="the time of day, where there is one"),
    Codec("country", decode_country, _same, loses="what is not an ISO 3166-1 alpha-2 code"),
    Codec("country_text", decode_country_text, None, loses="codes, which `country` reads"),
    Codec("list_of_text", decode_texts, _same, loses="nulls in the list"),
    Codec("comma_list", decode_comma_list, encode_comma_list),
    Codec("json", decode_json, encode_json),
)


def make_codecs(extra: Iterable[Codec] = ()) -> dict[str, Codec]:
    """Put the built-in codecs and a connector's own into one table; PluginError when a name is taken."""
    codecs = {codec.name: codec for codec in BUILT_IN}
    for codec in extra:
        if codec.name in codecs:
            raise PluginError(
                f"there are two codecs named {codec.name!r}",
                hint="Give the connector's codec a name of its own; the built-in ones cannot be replaced.",
            )
        codecs[codec.name] = codec
    return codecs
