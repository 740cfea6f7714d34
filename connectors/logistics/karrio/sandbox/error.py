"""How Karrio says no."""

from __future__ import annotations

from collections.abc import Mapping

from hub.api import Document


class KarrioError(Exception):
    """An answer that is not a success: status, body and headers."""

    def __init__(self, status: int, body: Document, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def refuse(status: int, code: str, message: str | None = None, **extra: object) -> KarrioError:
    """Karrio's own refusal: `{"errors": [...]}`."""
    error = {"code": code, "level": "error", "message": message, **extra}
    return KarrioError(status, {"errors": [{key: value for key, value in error.items() if value is not None}]})


def invalid(**fields: str) -> KarrioError:
    """A body that breaks the contract; the message is missing and the fields are named."""
    return refuse(400, "validation", details={name: [problem] for name, problem in fields.items()})


def carrier_refuses(carrier_id: str, carrier_name: str, code: str, message: str) -> KarrioError:
    """The carrier's refusal, passed on: `{"messages": [...]}`."""
    words = {"carrier_id": carrier_id, "carrier_name": carrier_name, "code": code, "message": message, "level": "error"}
    return KarrioError(424, {"messages": [words]})


def not_found(kind: str) -> KarrioError:
    """Nothing there by this id."""
    return refuse(404, "not_found", f"{kind} not found")


def throttled(seconds: int) -> KarrioError:
    """Too many requests in this minute."""
    message = f"Request was throttled. Expected available in {seconds} seconds."
    error = {"code": "throttled", "level": "error", "message": message}
    return KarrioError(429, {"errors": [error]}, {"Retry-After": str(seconds)})
