"""The transport beneath a connection's client: origin, pace, signature, attempts, and one kind of error."""

from __future__ import annotations

import logging
from collections.abc import Callable

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    wait_exponential_jitter,
)

from hub.clock import World
from hub.connector import UNDONE
from hub.http.body import read_bounded
from hub.http.budget import LONGEST_WAIT, Budget
from hub.http.failure import Sent, failure, may_pass, may_pass_unsent, undecodable, was_sent
from hub.http.wait import retry_after
from hub.log import Presence

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PASSING = frozenset({429, 430, 502, 503, 504})
NOT_DONE = frozenset({429, 430, 503})  # a gateway's 502 and 504 may hide a write that was done
CREDENTIALS = frozenset({"authorization", "cookie"})
BACKOFF = wait_exponential_jitter(multiplier=0.5, max=20, jitter=0)  # its own jitter has no seam

log = logging.getLogger("hub.http")


class HubTransport(httpx.BaseTransport):
    """Sends a request as often as it is safe to, at the connection's pace, and reads the whole answer.

    `check` refuses URLs that the connection is not for.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        check: Callable[[httpx.URL], None],
        budget: Budget,
        world: World,
        connection: str = "",
        attempts: int,
        largest: int,
    ) -> None:
        self._inner = inner
        self._check = check
        self._budget = budget
        self._world = world
        self._connection = connection
        self._largest = largest
        self._presence = Presence(connection or "the remote", now=world.now, logger=log)
        self._reading = self._retrying(attempts, PASSING, may_pass)
        self._repeating = self._retrying(attempts, NOT_DONE, may_pass)
        self._writing = self._retrying(attempts, NOT_DONE, may_pass_unsent)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raise a hub error where no answer came."""
        if not _is_public(request):
            self._check(request.url)
        if wait := request.extensions.get("hub.wait"):
            self._world.sleep(wait)
        try:
            response = self._send(request)
        except httpx.TransportError as error:
            trouble = failure(error, request, connection=self._connection, sent=request.extensions["hub.sent"])
            self._presence.gone(trouble.message)
            raise trouble from error
        except httpx.DecodingError as error:
            raise undecodable(error, request) from error
        if response.status_code in {502, 503, 504}:
            self._presence.gone(f"status {response.status_code}")
        else:
            self._presence.back()
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _send(self, request: httpx.Request) -> httpx.Response:
        retrying = self._retrying_of(request)
        if retrying is None or not isinstance(request.stream, httpx.ByteStream):  # a stream can be read only once
            return self._attempt(request)
        answer: httpx.Response = retrying(self._attempt, request)
        return answer

    def _retrying_of(self, request: httpx.Request) -> Retrying | None:
        """Tell how to try again. A PUT whose answer was lost is not repeated: people may have changed more by then."""
        if request.method in SAFE:
            return self._reading
        if request.method == "DELETE" or _is_keyed(request):
            return self._repeating
        is_change = request.method == "PUT" or request.extensions.get("hub.retry") == UNDONE
        return self._writing if is_change else None

    def _attempt(self, request: httpx.Request) -> httpx.Response:
        sign, heed = request.extensions.get("hub.sign"), request.extensions.get("hub.heed")
        self._budget.take()
        asked = self._world.now()
        try:
            response = self._inner.handle_request(sign(request) if sign else request)
            response = read_bounded(response, request, self._largest)
            if heed:
                response = heed(response)
        except httpx.TransportError as error:
            _remember(request, was_sent(error))
            raise
        finally:
            self._budget.rest_after((self._world.now() - asked).total_seconds())
        _remember(request, "yes" if response.status_code >= 500 else "no")
        if (heed or response.status_code in NOT_DONE) and (wait := retry_after(response, self._world.now())):
            self._budget.hold(wait)
        return response

    def _retrying(self, attempts: int, statuses: frozenset[int], failures: Callable[[BaseException], bool]) -> Retrying:
        def passing(response: httpx.Response) -> bool:
            if response.status_code not in statuses:
                return False
            return (retry_after(response, self._world.now()) or 0) <= LONGEST_WAIT

        return Retrying(
            stop=stop_after_attempt(attempts),
            wait=self._wait,
            retry=retry_if_result(passing) | retry_if_exception(failures),
            sleep=self._world.sleep,
            retry_error_callback=_last,
        )

    def _wait(self, state: RetryCallState) -> float:
        asked = None
        if state.outcome is not None and not state.outcome.failed:
            asked = retry_after(state.outcome.result(), self._world.now())
        if asked is not None:
            return asked
        return BACKOFF(state) * (0.5 + self._world.jitter())


def _is_public(request: httpx.Request) -> bool:
    """Tell whether a request carries no credentials and goes to a host that its connector names."""
    named = request.method == "GET" and request.url.host in request.extensions.get("hub.elsewhere", ())
    return named and request.url.scheme == "https" and not CREDENTIALS & set(request.headers)


def _is_keyed(request: httpx.Request) -> bool:
    return "Idempotency-Key" in request.headers or request.extensions.get("hub.retry") is True


def _remember(request: httpx.Request, sent: Sent) -> None:
    if request.extensions.get("hub.sent", "no") == "no":  # what an earlier attempt may have done stays done
        request.extensions["hub.sent"] = sent


def _last(state: RetryCallState) -> httpx.Response:
    assert state.outcome is not None  # tenacity calls this after an attempt only
    answer: httpx.Response = state.outcome.result()
    return answer
