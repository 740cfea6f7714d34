"""What a transport error means: no answer, and why."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from hub.errors import BadResponseError, ConfigError, HubError, UnavailableError
from hub.log import redact

NEVER_PASSES = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
PHASES: dict[type[httpx.TransportError], str] = {
    httpx.ConnectTimeout: "connecting",
    httpx.WriteTimeout: "sending",
    httpx.PoolTimeout: "waiting for a free connection",
}
Sent = str
"""Whether the remote may have acted: "no", "unknown" (no answer came) or "yes" (it answered, with a 5xx)."""


def was_sent(error: httpx.TransportError) -> Sent:
    """Tell whether the request that failed so may have reached the remote."""
    return "no" if isinstance(error, NEVER_SENT) else "unknown"


def may_pass(error: BaseException) -> bool:
    """Tell whether asking again may help: not with a certificate that is wrong."""
    if not isinstance(error, httpx.TransportError) or isinstance(error, NEVER_PASSES):
        return False
    return not any(isinstance(cause, ssl.SSLError) and _wrong_tls(cause) for cause in _chain(error))


def may_pass_unsent(error: BaseException) -> bool:
    """Tell whether asking again may help and cannot do anything twice."""
    return may_pass(error) and isinstance(error, NEVER_SENT)


def failure(error: httpx.TransportError, request: httpx.Request, *, connection: str, sent: Sent) -> HubError:
    """Turn a transport error into the hub's, naming host and cause."""
    place = f"{request.url.host}:{request.url.port}" if request.url.port else request.url.host
    context = {"host": request.url.host, "method": request.method, "sent": sent}
    if connection:
        context["connection"] = connection
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLError) and (wrong := _wrong_tls(cause)):
            return ConfigError(f"{place}: {wrong[0]}", hint=wrong[1], context=context)
    if isinstance(error, NEVER_PASSES):  # whose own words may quote the header, secret and all
        return ConfigError(
            f"a request to {place} cannot be sent: its URL or a header is not valid HTTP",
            hint="Look for a line break or another odd character in the connection's URL and credentials.",
            context=context,
        )
    cause_text, hint = _reason(error)
    return UnavailableError(f"{place} {cause_text}", hint=hint, context=context)


def undecodable(error: httpx.DecodingError, request: httpx.Request) -> BadResponseError:
    """Say that a body is not compressed as its headers claim."""
    return BadResponseError(
        f"{request.url.host} sent a body that cannot be decompressed: {error}",
        hint="A proxy on the way may damage answers; if it goes on, ask whoever runs the remote.",
        context={"host": request.url.host, "path": request.url.path, "sent": "yes"},
    )


def _wrong_tls(cause: ssl.SSLError) -> tuple[str, str] | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"its TLS certificate cannot be trusted: {cause.verify_message or cause.reason}",
            "Renew the certificate, correct the connection's host name, or let SSL_CERT_FILE name who signed it.",
        )
    if cause.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST"}:
        return "does not speak TLS on this port", "Use http:// for this address, or the port where https is served."
    return None


def _reason(error: httpx.TransportError) -> tuple[str, str]:
    wait = "Nothing to do if it is down for a while: the hub tries again. Else check the connection's URL."
    for cause in _chain(error):
        if isinstance(cause, socket.gaierror):
            return "cannot be found: its name has no address", "Check the connection's host name, and the DNS."
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection", wait
    if isinstance(error, httpx.TimeoutException):
        return f"did not answer in time ({_phase(error)})", wait
    if isinstance(error, httpx.ConnectError):
        return f"cannot be reached: {redact(str(error))}", wait
    return f"broke off the connection: {redact(str(error)) or type(error).__name__}", wait


def _phase(error: httpx.TimeoutException) -> str:
    return PHASES.get(type(error), "waiting for the answer")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
