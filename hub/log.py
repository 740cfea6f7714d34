"""Log lines that an operator can grep and a machine can parse, with secrets and personal data masked."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import quote

from hub.errors import ConfigError

MASK = "***"
SHORTEST_SECRET = 4  # masking every "a" because a password is "a" would hide the log, not the password

SECRET_NAMES = (
    r"(?:\w+_)?(?:consumer_?(?:key|secret)|client_?secret|oauth_\w+|token|password|passwd|secret|api_?key"
    r"|signature|session_?id)"
)
PERSONAL_NAMES = r"(?:\w+_)?(?:e_?mail|(?:tele)?phone(?:_number)?|mobile)"
HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|x-api-key|x-[\w-]*(?:token|signature|secret)|(?:set-)?cookie)"
    r"(['\"]?\s*[:=]\s*['\"]?|['\"],\s*b?['\"])[^'\"\r\n]+"
)
SCHEME = re.compile(r"\b(Basic|Bearer|Token) +[A-Za-z0-9+/=._~-]{8,}")
NAMED = re.compile(
    rf"(?i)\b({SECRET_NAMES}|{PERSONAL_NAMES})(['\"]?\s*[:=]\s*)(?:\"[^\"]*\"?|'[^']*'?|[^\s&'\",;)}}\]]+)"
)
USERINFO = re.compile(r"(://)[^/@\s]+@")
EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(
    r"(?<![\w+])(?:\+|%2B)\d(?:[ ().-]{0,2}\d){6,14}(?!\w)"  # international
    r"|(?<![\w.-])\(?\d{2,4}\)?[ .-]\d{3}[ .-]\d{4}(?![\w.-])"  # the national forms that are not also a date
)
LEVELS = ("ERROR", "WARNING", "INFO", "DEBUG")
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redactor:
    """Masks known secrets, credentials by their usual names, e-mail addresses and phone numbers."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None
        self._lock = threading.Lock()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these from now on, also URL-quoted and in base64; shorter than 4 characters they are left."""
        forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        with self._lock:
            if forms <= self._secrets:
                return
            self._secrets |= forms
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._known = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        """Mask what must not be read in a text."""
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = USERINFO.sub(rf"\1{MASK}@", text)
        text = HEADER.sub(rf"\1\2{MASK}", text)
        text = SCHEME.sub(rf"\1 {MASK}", text)
        text = NAMED.sub(rf"\1\2{MASK}", text)
        return PHONE.sub(MASK, EMAIL.sub(MASK, text))


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), b64encode(secret.encode()).decode().rstrip("=")}


redact = Redactor()
"""The process's redactor: logging is one per process, and so are the secrets that it must not show."""


class LineFormatter(logging.Formatter):
    """Writes `time level logger message key=value`; an exception follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record, masked."""
        words = [_time(record), record.levelname.lower(), record.name, _one_line(record.getMessage())]
        words += [f"{key}={_plain(value)}" for key, value in _extra(record).items()]
        return redact(" ".join(words) + "".join(f"\n{text}" for text in _trouble(self, record)))


class JsonFormatter(logging.Formatter):
    """Writes one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record, masked."""
        fields = {"time": _time(record), "level": record.levelname.lower(), "logger": record.name}
        fields |= {"message": record.getMessage(), **{k: str(v) for k, v in _extra(record).items()}}
        if trouble := _trouble(self, record):
            fields["exception"] = "\n".join(trouble)
        named = {key: _masked_value(key, value) for key, value in fields.items()}
        return json.dumps(named, ensure_ascii=False)


def _masked_value(key: str, value: str) -> str:
    return MASK if re.fullmatch(rf"(?i){SECRET_NAMES}|{PERSONAL_NAMES}|authorization", key) else redact(value)


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(message: str) -> str:
    """Keep a remote's words from looking like a log line of ours."""
    return message.replace("\r", "\\r").replace("\n", "\\n")


def _extra(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in STANDARD}


def _plain(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r"[\s\"=]", text) or not text else text


def _trouble(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    trace = [formatter.formatException(record.exc_info)] if record.exc_info else []
    return trace + ([formatter.formatStack(record.stack_info)] if record.stack_info else [])


def asked_level(usual: str) -> str:
    """Tell how much is to be logged: what HUB_LOG says, or the usual; ConfigError for a word that is no level."""
    level = os.environ.get("HUB_LOG", usual)
    if level.upper() not in LEVELS:
        raise ConfigError(f"HUB_LOG={level} says nothing", hint=f"It is one of: {', '.join(LEVELS).lower()}.")
    return level.upper()


def configure(level: str = "INFO", *, json: bool = False, stream: TextIO | None = None) -> logging.Handler:
    """Send every log line of the process to one stream (default stderr), masked; returns the handler.

    Calling it again replaces what an earlier call set up.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.set_name("hub")
    handler.setFormatter(JsonFormatter() if json else LineFormatter())
    root = logging.getLogger()
    for old in [h for h in root.handlers if h.get_name() == "hub"]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for chatty in ("httpx", "httpcore", "apscheduler", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    return handler


class Presence:
    """Says once that a remote went away, and once that it is back."""

    def __init__(self, name: str, *, now: Callable[[], datetime], logger: logging.Logger) -> None:
        self._name = name
        self._now = now
        self._logger = logger
        self._since: datetime | None = None
        self._lock = threading.Lock()

    def gone(self, reason: str) -> None:
        """Note that the remote does not answer."""
        with self._lock:
            if self._since is not None:
                return
            self._since = self._now()
        self._logger.warning("%s is not available: %s", self._name, reason)

    def back(self) -> None:
        """Note that the remote answered."""
        if self._since is None:  # the usual case, without the lock
            return
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            away = (self._now() - since).total_seconds()
            self._logger.warning("%s is available again after %.0f s", self._name, away)
