"""A stateful double of a WooCommerce 10.2 store that behaves as measured; `seed` fills it with varied orders."""

from __future__ import annotations

from connectors.woocommerce.sandbox.auth import Key
from connectors.woocommerce.sandbox.seed import seed
from connectors.woocommerce.sandbox.server import WooSandbox

__all__ = ["Key", "WooSandbox", "seed"]
