"""Chooses the language of a notice and the locale of its dates and amounts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from babel import Locale, UnknownLocaleError

LAST_RESORT = "en"
TAG = re.compile(r"(?P<language>[a-z]{2,3})(?:[-_][a-z]{4})?(?:[-_](?P<region>[a-z]{2}))?(?:[-_.@].*)?", re.IGNORECASE)


def candidates(wanted: str | None, languages: Sequence[str], known: Collection[str]) -> Iterator[str]:
    """Name the languages to try, best first: the buyer's if the merchant offers it, then the merchant's, then English.

    `languages` are tags that the merchant offers, the fallback first; `known` are those that have sentences.
    """
    language, offered = _language(wanted), [_language(tag) for tag in languages]
    order = ([language] if language in offered else []) + [*offered, LAST_RESORT]
    return (tag for tag in dict.fromkeys(order) if tag in known)


def locale_of(language: str, wanted: str | None) -> Locale:
    """Give the locale of a language, with the region that the buyer's tag names: de and "de_AT" give Austria's."""
    match = TAG.fullmatch((wanted or "").strip())
    if match and match["region"] and match["language"].lower() == language:
        try:
            return Locale(language, match["region"].upper())
        except UnknownLocaleError:
            return Locale(language)
    return Locale(language)


def _language(tag: str | None) -> str:
    match = TAG.fullmatch((tag or "").strip())
    return match["language"].lower() if match else ""
