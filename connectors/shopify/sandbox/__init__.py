"""A stateful double of a Shopify store: it executes GraphQL over a schema of its own; `seed` fills it."""

from __future__ import annotations

from connectors.shopify.sandbox.cart import Cart, Item
from connectors.shopify.sandbox.money import Till
from connectors.shopify.sandbox.seed import seed
from connectors.shopify.sandbox.server import ShopifySandbox

__all__ = ["Cart", "Item", "ShopifySandbox", "Till", "seed"]
