"""Serves a prepared database over HTTP; runs inside Tryton's own virtual environment.

usage: serve.py FOLDER DATABASE - prints its port on one line, and ends when its standard input is closed,
so that it can never outlive the process that started it.
"""

from __future__ import annotations

import gc
import os
import sys
import threading


def main() -> None:
    """Load the database, then serve it on a free port of the loopback interface."""
    folder, database = sys.argv[1:]
    os.environ.update(TRYTOND_DATABASE__URI="sqlite://", TRYTOND_DATABASE__PATH=folder)
    from trytond.pool import Pool  # type: ignore[import-not-found]
    from trytond.wsgi import app  # type: ignore[import-not-found]
    from werkzeug.serving import WSGIRequestHandler, make_server  # type: ignore[import-not-found]

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


def end_with_parent(server: object) -> None:
    """Wait for the end of the standard input, then stop at once: the database is a throw-away copy."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
