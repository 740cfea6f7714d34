"""Every error of the hub; the type says what happens next.

HubError                    message, hint, context
├─ ConfigError              pause the connection, tell the operator; never retried
│  ├─ AuthError             the connection needs re-auth; its checkpoint is kept
│  ├─ MappingFileError      at load, with file and line
│  └─ PluginError           a connector package that cannot be used
├─ TransientError           retry with jitter, honor retry_after; then dead letter or failed run
│  ├─ UnavailableError      no answer, or a 5xx
│  ├─ RateLimitError        told to slow down
│  ├─ BadResponseError      an answer that is not what the contract says
│  ├─ LockedError           somebody else holds the lease, or the database
│  └─ LinkMissingError      refers to a record not linked yet: parked, woken when the link appears
└─ RecordError              dead-letter this one; the run goes on
   ├─ InvalidRecordError    the record breaks the canonical model
   ├─ UnknownValueError     a value that no table maps
   ├─ RejectedError         the remote refused the write
   └─ ConflictError         the remote changed meanwhile
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = [
    "AuthError",
    "BadResponseError",
    "ConfigError",
    "ConflictError",
    "HubError",
    "InvalidRecordError",
    "LinkMissingError",
    "LockedError",
    "MappingFileError",
    "PluginError",
    "RateLimitError",
    "RecordError",
    "RejectedError",
    "TransientError",
    "UnavailableError",
    "UnknownValueError",
]


class HubError(Exception):
    """Something went wrong and an operator can act on it.

    `hint` says what the operator should do. `context` carries ids, never secrets or personal data.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "", context: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = dict(context or {})

    def __str__(self) -> str:
        return self.message


class ConfigError(HubError):
    """The set-up is wrong: nothing will change until somebody mends it."""

    exit_code = 2


class AuthError(ConfigError):
    """The remote refuses our credentials (401, 403, bad signature)."""

    exit_code = 3


class MappingFileError(ConfigError):
    """A mapping file is wrong, at a known place."""

    def __init__(self, message: str, *, file: Path | str, line: int | None = None, hint: str = "") -> None:
        place = f"{file}:{line}" if line else str(file)
        super().__init__(f"{place}: {message}", hint=hint)
        self.file = str(file)
        self.line = line


class PluginError(ConfigError):
    """A connector package cannot be imported or does not keep the author's contract."""


class TransientError(HubError):
    """It may work later; `retry_after` is the wait in seconds that the remote asked for."""

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        context: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, context=context)
        self.retry_after = retry_after


class UnavailableError(TransientError):
    """The remote gave no answer, or said that it is out of order (5xx)."""


class RateLimitError(TransientError):
    """The remote told us to slow down (429, throttled)."""


class BadResponseError(TransientError):
    """The answer is not what the contract says: HTML for JSON, a cut body, a missing field."""


class LockedError(TransientError):
    """Somebody else holds the lease or the database."""


class LinkMissingError(TransientError):
    """A record refers to another that has no link in the target yet.

    `stream` and `record_id` name what is waited for.
    """

    def __init__(self, message: str, *, stream: str, record_id: str, hint: str = "") -> None:
        super().__init__(message, hint=hint, context={"stream": stream, "record": record_id})
        self.stream = stream
        self.record_id = record_id


class RecordError(HubError):
    """This one record cannot be processed; the others can."""

    exit_code = 5


class InvalidRecordError(RecordError):
    """A document or record breaks the canonical model; `path` names the field."""

    def __init__(
        self, message: str, *, path: str = "", hint: str = "", context: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, hint=hint, context={**(context or {}), **({"path": path} if path else {})})
        self.path = path


class UnknownValueError(RecordError):
    """A value that no table maps; adding one row to `table` frees every record that waits for it."""

    def __init__(self, message: str, *, path: str, value: str, table: str = "", hint: str = "") -> None:
        super().__init__(
            message, hint=hint, context={"path": path, "value": value, **({"table": table} if table else {})}
        )
        self.path = path
        self.value = value
        self.table = table


class RejectedError(RecordError):
    """The remote understood the write and refused it; `code` is the remote's own."""

    def __init__(
        self, message: str, *, code: str = "", hint: str = "", context: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, hint=hint, context={**(context or {}), **({"code": code} if code else {})})
        self.code = code


class ConflictError(RecordError):
    """The remote changed since we last read it; read again, merge, then write."""
