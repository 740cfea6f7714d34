"""A glimpse of a body for an error message, with nothing personal in it."""

from __future__ import annotations

import re

import httpx

from hub.log import redact

LONGEST = 80
TEXTS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)(\s*:)?')
TAGS = re.compile(r"<(?:script|style)\b.*?(?:</(?:script|style)>|$)|<[^>]*>?", re.DOTALL | re.IGNORECASE)


def excerpt(response: httpx.Response) -> str:
    """Show at most 80 characters of a body: JSON without its text values, a page without its tags."""
    text = response.content[:4000].decode("utf-8", "replace").strip().lstrip("\ufeff")
    if text[:1] in {"{", "["}:
        text = TEXTS.sub(lambda found: found[0] if found[1] else '"…"', text)
    elif is_page(response):
        text = TAGS.sub(" ", text)
    return redact(" ".join(text.split()))[:LONGEST]


def is_page(response: httpx.Response) -> bool:
    """Tell whether a body is a web page, by its looks: remotes label errors at will."""
    return response.content[:200].lstrip()[:1] == b"<"
