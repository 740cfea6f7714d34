"""Serves a prepared database over HTTP; runs inside Tryton's own virtual environment.

usage: serve.py FOLDER DATABASE - prints its port on one line, and ends when its standard input is closed,
so that it can never outlive the process that started it.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import Any


def main() -> None:
    """Load the database, then serve it on a free port of the loopback interface."""
    folder, database = sys.argv[1:]
    os.environ.update(TRYTOND_DATABASE__URI="sqlite://", TRYTOND_DATABASE__PATH=folder)
    from trytond.pool import Pool  # type: ignore[import-not-found]
    from trytond.wsgi import app  # type: ignore[import-not-found]
    from werkzeug.serving import WSGIRequestHandler, make_server  # type: ignore[import-not-found]

    keep_connections()
    Pool.start()
    Pool(database).init()
    gc.freeze()  # what is loaded by now stays: looking through it again and again costs a tenth of the time
    gc.set_threshold(50_000, 20, 50)
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    WSGIRequestHandler.log_request = lambda *arguments: None
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=end_with_parent, args=(server,), daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def keep_connections() -> None:
    """Let each thread keep its connections to the database for the next transaction, as Tryton does with PostgreSQL.

    A new one to SQLite parses the definitions of all tables first; there are three a request, of two milliseconds each.
    """
    from trytond.backend.sqlite.database import Database  # type: ignore[import-not-found]

    kept = threading.local()
    connect, put_connection = Database.connect, Database.put_connection

    def connect_again(self: Any) -> Any:
        idle = getattr(kept, self.name, None)
        if self._conn is None and idle:
            self._conn = idle.pop()
        return connect(self)

    def keep(self: Any, connection: Any = None) -> None:
        put_connection(self, connection)
        if self._conn is not None:
            kept.__dict__.setdefault(self.name, []).append(self._conn)
            self._conn = None

    Database.connect, Database.put_connection = connect_again, keep


def end_with_parent(server: object) -> None:
    """Wait for the end of the standard input, then stop at once: the database is a throw-away copy."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
