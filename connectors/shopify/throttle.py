"""The pace that Shopify asks for stands in the bodies of its answers: this writes it where the client looks for it."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

SPARE = 0.1
"""The share of the bucket that stays in it, so that what is urgent never waits."""
PAUSE = 1.0  # seconds, where a refusal does not say what it would have cost


def heed(response: httpx.Response) -> httpx.Response:
    """Turn THROTTLED under 200 into 429, and say how long to wait until the bucket holds as much again.

    Extension `hub.heed` of the client: it calls this after every attempt.
    """
    body = _body(response)
    if body is None:
        return response
    codes = {_code(error) for error in body.get("errors") or ()}
    throttled = "THROTTLED" in codes
    if throttled:
        response.status_code = 429
    elif codes:
        return response
    wait = pause(body.get("extensions", {}).get("cost"), refused=throttled)
    if wait > 0 and (response.status_code == 200 or "Retry-After" not in response.headers):
        response.headers["Retry-After"] = f"{wait:.2f}"
    return response


def pause(cost: Any, *, refused: bool) -> float:
    """Tell how many seconds to wait before asking for as much once more."""
    status = (cost or {}).get("throttleStatus")
    if not status:
        return PAUSE if refused else 0.0
    asked = float(cost.get("requestedQueryCost") or 0)
    spare = 0 if refused else status["maximumAvailable"] * SPARE
    wanted = min(asked + spare, status["maximumAvailable"])
    missing = wanted - status["currentlyAvailable"]
    return max(0.0, float(missing / status["restoreRate"]))


def _body(response: httpx.Response) -> dict[str, Any] | None:
    if response.status_code not in (200, 429):
        return None
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("errors") or [], list) else None


def _code(error: Any) -> str:
    return str((error.get("extensions") or {}).get("code", "")) if isinstance(error, dict) else ""
