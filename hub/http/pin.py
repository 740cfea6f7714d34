"""A client talks to one origin: its credentials must reach no other host, whatever link a remote sends."""

from __future__ import annotations

import httpx

from hub.errors import ConfigError

MOST_HOPS = 5


def check_origin(allowed: httpx.URL, asked: httpx.URL) -> None:
    """Raise ConfigError unless a URL has the scheme, host and port that the connection is for."""
    if not allowed.raw_host:
        raise ConfigError(
            f"a request to {asked} was refused: the connection has no address of the form https://host",
            hint="Write the connection's URL with http:// or https://; the connector sets http.base_url from it.",
        )
    if asked.raw_host == allowed.raw_host and asked.port == allowed.port and asked.raw_scheme == allowed.raw_scheme:
        return
    raise ConfigError(
        f"a request to {origin(asked)} was refused: this connection talks to {origin(allowed)} only",
        hint="A link in the remote's answer points elsewhere. If the shop moved, change the connection's URL.",
        context={"host": allowed.host},
    )


def check_redirect(response: httpx.Response, base: httpx.URL) -> None:
    """Raise ConfigError for a redirect to another origin, in a circle, or of a write."""
    request = response.request
    target = _target(response, request.url)
    hops = request.extensions.get("hub.hops", 0) + 1
    request.extensions["hub.hops"] = hops  # httpx hands a request's extensions on to the one that follows it
    if origin(target) == origin(base) and request.method in {"GET", "HEAD"} and hops <= MOST_HOPS:
        return
    reason = "in a circle" if hops > MOST_HOPS else f"to {origin(target)}{target.path}"
    raise ConfigError(
        f"{request.url.host} redirected {request.method} {request.url.path} {reason}",
        hint="Set the connection's URL to the address that answers without a redirect (mind https:// and www.).",
        context={"host": request.url.host, "status": str(response.status_code)},
    )


def origin(url: httpx.URL) -> str:
    """Write the part of a URL that says who is asked."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _target(response: httpx.Response, asked: httpx.URL) -> httpx.URL:
    location = response.headers["Location"]
    try:
        return asked.join(location)
    except httpx.InvalidURL as error:
        raise ConfigError(
            f"{asked.host} redirected to something that is not a URL: {location[:80]!r}",
            hint="Open the connection's URL in a browser, and set it to the address that answers.",
            context={"host": asked.host},
        ) from error
