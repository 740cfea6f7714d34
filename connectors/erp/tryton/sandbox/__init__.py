"""The real Tryton, from the package index, for tests and the demo."""

from connectors.erp.tryton.sandbox.builder import build
from connectors.erp.tryton.sandbox.server import TrytonServer, tryton_server

__all__ = ["TrytonServer", "build", "tryton_server"]
