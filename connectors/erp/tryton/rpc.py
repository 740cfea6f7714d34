"""Speaks Tryton's JSON-RPC: one call in, plain JSON out, errors by what happens next."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

import httpx

from hub.api import AuthError, BadResponseError, ConflictError, HubError, RejectedError

Value: TypeAlias = Any
"""What a remote method takes or gives: JSON, and on the way out also Decimal, date, datetime and timedelta."""

LONGEST_MESSAGE = 500
MOST_WARNINGS = 20
READS = frozenset({"get_preferences", "login", "read", "search", "search_count", "search_read", "version"})
SLOW = httpx.Timeout(180.0, connect=10.0)  # confirming fifty sales takes seconds, on a busy server a minute


class Rpc:
    """One signed-in user of one Tryton database.

    Signs in at the first call, and again when the session has ended (after five idle minutes by default).
    """

    def __init__(self, http: httpx.Client, database: str, user: str, password: str, language: str = "en") -> None:
        self._http = http
        self._path = f"/{database}/rpc/"
        self._user = user
        self._password = password
        self._language = language
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._user_id = 0
        self.context: dict[str, Value] = {}
        self.remote_time: datetime | None = None

    def call(self, method: str, *params: Value, **context: Value) -> Value:
        """Call a method in the user's context; warnings are acknowledged, other errors raised.

        Gives JSON: amounts and times are text (times UTC, ending in Z).
        """
        self._sign_in()
        arguments = [*params, {**self.context, **context}]
        for _ in range(MOST_WARNINGS):
            answer = self._signed(method, arguments)
            if "error" not in answer:
                return answer.get("result")
            self._acknowledge(method, answer["error"])
        raise RejectedError(f"{method}: more than {MOST_WARNINGS} warnings", code="UserWarning")

    def search_read(
        self,
        model: str,
        domain: list[Value],
        fields: Iterable[str],
        *,
        limit: int | None = None,
        order: str = "ASC",
        **context: Value,
    ) -> list[dict[str, Value]]:
        """Read the fields of the records that a domain selects, in the order of their ids."""
        rows: list[dict[str, Value]] = self.call(
            f"model.{model}.search_read", domain, 0, limit, [["id", order]], list(fields), **context
        )
        return rows

    def company(self) -> int | None:
        """Tell the company that the user works for."""
        self._sign_in()
        company: int | None = self.context.get("company")
        return company

    def version(self) -> str:
        """Tell the server's series, such as 8.2; needs no session."""
        return str(self._post("/rpc/", "common.server.version", [], {}).get("result"))

    def _sign_in(self) -> None:
        if self._session:
            return
        login = [self._user, {"password": self._password}, self._language]
        try:
            result = self._post(self._path, "common.db.login", login, {}).get("result")
        except AuthError as error:
            raise _refused_login(error.context) from error
        if not result:
            raise _refused_login({})
        self._user_id, token = int(result[0]), result[1]
        self._session = base64.b64encode(f"{self._user}:{self._user_id}:{token}".encode()).decode()
        self.context = self._signed("model.res.user.get_preferences", [True, {}])["result"]

    def _signed(self, method: str, arguments: list[Value]) -> dict[str, Value]:
        try:
            return self._post(self._path, method, arguments, self._headers())
        except AuthError as error:
            if error.context.get("status") == "403":
                raise
        self._session = None
        self._sign_in()
        return self._post(self._path, method, arguments, self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Session {self._session}"}

    def _post(self, path: str, method: str, params: list[Value], headers: Mapping[str, str]) -> dict[str, Value]:
        body = json.dumps({"id": next(self._numbers), "method": method, "params": params}, default=_encode)
        # Without gzip a long answer comes packed all the same.
        sent = {"Content-Type": "application/json", "Accept-Encoding": "gzip", **headers}
        repeatable = {"hub.retry": method.rpartition(".")[2] in READS}
        response = self._http.post(path, content=body, headers=sent, timeout=SLOW, extensions=repeatable)
        self.remote_time = _date(response.headers.get("Date"))
        try:
            answer = json.loads(response.content, object_hook=_decode)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise BadResponseError(
                f"{method}: the answer is not JSON-RPC", hint="Check that the URL is that of the Tryton server itself."
            )
        return answer

    def _acknowledge(self, method: str, error: Value) -> None:
        kind, detail = _error(error)
        if kind != "UserWarning":
            raise _refusal(method, kind, detail)
        warning = {"user": self._user_id, "name": detail[0], "always": False}
        answer = self._signed("model.res.user.warning.create", [[warning], self.context])
        if "error" in answer:
            raise _refusal(method, *_error(answer["error"]))


def _refused_login(context: Mapping[str, str]) -> AuthError:
    """Say that the user may not in; Tryton's own answer is a web page that says no more than this."""
    return AuthError(
        "Tryton refuses the user or the password",
        hint="Correct them in the connection's settings, then try it with `hub connect test`.",
        context=context,
    )


def _date(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header) if header else None
    except ValueError:
        return None


def _error(error: Value) -> tuple[str, list[str]]:
    kind, *rest = error if isinstance(error, list) and error else [error]
    detail = rest[0] if rest and isinstance(rest[0], list) else rest
    return str(kind), [str(part) for part in detail] or [""]


def _refusal(method: str, kind: str, detail: list[str]) -> HubError:
    text = cut(" - ".join(part for part in detail[:2] if part))
    if kind == "ConcurrencyException":
        hint = "Sync the connection to read the change, then replay this problem."
        return ConflictError(f"{method}: changed in Tryton meanwhile", hint=hint)
    if kind == "UserError":
        return RejectedError(text, code=kind, context={"method": method}, hint="Correct it in Tryton or the shop.")
    # Anything else is an exception inside the server: its text, and a traceback that helps nobody here.
    return RejectedError(f"{method}: {cut(kind)}", code="ServerError", hint="Look into Tryton's own log for the cause.")


def cut(text: str) -> str:
    """Shorten a message: Tryton's can exceed 50 kB."""
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}... ({len(text)} characters)"


def _encode(value: object) -> dict[str, Value]:
    match value:
        case datetime():
            there = value.astimezone(UTC)
            parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            return {"__class__": "datetime", **{part: getattr(there, part) for part in parts}}
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case timedelta():
            return {"__class__": "timedelta", "seconds": value.total_seconds()}
        case Decimal():
            return {"__class__": "Decimal", "decimal": format(value, "f")}
    raise TypeError(f"Tryton's RPC has no form for {type(value).__name__}")


def _decode(value: dict[str, Value]) -> Value:
    match value.get("__class__"):
        case "datetime":
            parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            moment = datetime(**{part: value[part] for part in parts}, tzinfo=UTC)
            return moment.isoformat().replace("+00:00", "Z")
        case "date":
            return date(value["year"], value["month"], value["day"]).isoformat()
        case "timedelta":
            return value["seconds"]
        case "Decimal":
            return value["decimal"]
        case "bytes":
            return value["base64"]
    return value
