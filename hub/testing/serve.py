"""Serve a sandbox over a real socket, so that the real HTTP client meets it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

import httpx

Sandbox: TypeAlias = Callable[[httpx.Request], httpx.Response]
BODILESS = frozenset({204, 304})
OWN = frozenset({"connection", "content-encoding", "content-length", "date", "server", "transfer-encoding"})


@contextmanager
def serve(handler: Sandbox, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve a sandbox on the loopback in threads of its own, and yield its base URL; port 0 takes a free one.

    One request at a time reaches the sandbox. A sandbox that raises httpx.TransportError cuts the connection without an
    answer; a response with the extension `cut` (a number) is cut after so many bytes of its body.
    """
    server = _Server(("127.0.0.1", port), _answering(handler, threading.Lock()), tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # keep-alive connections of a client that lives on must not hold up the end
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None):
        self._tls = tls
        self._open: set[socket.socket] = set()
        super().__init__(place, handler)

    def finish_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Talk to one client; in its own thread, so that a slow handshake blocks nobody."""
        try:
            wrapped = self._tls.wrap_socket(request, server_side=True) if self._tls else request
        except (ssl.SSLError, ConnectionError):
            return  # the client does not like our certificate: its side tells
        self._open.add(wrapped)
        try:
            super().finish_request(wrapped, client_address)
        except (ssl.SSLError, ConnectionError):
            return  # the client went away
        finally:
            self._open.discard(wrapped)
            if wrapped is not request:
                wrapped.close()

    def server_close(self) -> None:
        """Stop listening and hang up on whoever is still connected."""
        super().server_close()
        for request in list(self._open):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already gone


def _answering(handler: Sandbox, lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body leave in one packet

        def do_GET(self) -> None:
            request = self._request()
            try:
                with lock:
                    response = handler(request)
            except httpx.TransportError:
                self.close_connection = True
                return
            response.read()
            self._answer(response)

        do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: a test reads the sandbox's own record."""

        def _request(self) -> httpx.Request:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
            url = f"{scheme}://{self.headers.get('Host') or '127.0.0.1'}{self.path}"
            return httpx.Request(self.command, url, headers=self.headers.items(), content=body)

        def _answer(self, response: httpx.Response) -> None:
            bodiless = response.status_code in BODILESS
            cut = response.extensions.get("cut")
            self.send_response(response.status_code, response.reason_phrase)
            for key, value in response.headers.multi_items():
                if key.lower() not in OWN:
                    self.send_header(key, value)
            if not bodiless:
                self.send_header("Content-Length", str(len(response.content)))
            if cut is not None:
                self.close_connection = True
            self.end_headers()
            if not bodiless and self.command != "HEAD":
                self.wfile.write(response.content[:cut])
            self.wfile.flush()

    return Answering
