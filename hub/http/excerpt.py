"""A glimpse of a body for an error message, with nothing personal in it."""

from __future__ import annotations

import re

import httpx

from hub.log import redact

LONGEST = 80
TEXTS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)(\s*:)?')
TITLE = re.compile(r"<title\b[^>]*>(.*?)(?:</title>|$)", re.DOTALL | re.IGNORECASE)
TAGS = re.compile(r"<(?:script|style)\b.*?(?:</(?:script|style)>|$)|<[^>]*>?", re.DOTALL | re.IGNORECASE)


def excerpt(response: httpx.Response) -> str:
    """Show at most 80 characters of a body, in whole words: JSON without its text values, a page without its tags.

    A page's title goes where the page says it again, as most do in their first heading.
    """
    text = response.content[:4000].decode("utf-8", "replace").strip().lstrip("\ufeff")
    if text[:1] in {"{", "["}:
        text = TEXTS.sub(lambda found: found[0] if found[1] else '"…"', text)
    elif is_page(response):
        text = _without_tags(text)
    return _cut(redact(" ".join(text.split())))


def _without_tags(page: str) -> str:
    title, text = TITLE.search(page), TAGS.sub(" ", TITLE.sub(" ", page))
    said = {word for word in title[1].split() if not word.isdigit()} if title else set()
    return text if said <= set(text.split()) else TAGS.sub(" ", page)


def _cut(text: str) -> str:
    """Cut after the last word that fits whole, and show that there is more; a single long word is cut within."""
    if len(text) <= LONGEST:
        return text
    whole, _, _ = text[:LONGEST].rpartition(" ")
    return (whole or text[: LONGEST - 1]) + "…"


def is_page(response: httpx.Response) -> bool:
    """Tell whether a body is a web page, by its looks: remotes label errors at will."""
    return response.content[:200].lstrip()[:1] == b"<"
