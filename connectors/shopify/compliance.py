"""What Shopify demands by law of every app: to tell a buyer what is known of them, and to erase them, or a whole shop.

Shopify gives 30 days for each. The hub cannot know which copies there are in other systems, so that a person must act.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.shopify.flat import number
from hub.api import Demand, Document

DATA_REQUEST, REDACT, REDACT_SHOP = "customers/data_request", "customers/redact", "shop/redact"
TOPICS = (DATA_REQUEST, REDACT, REDACT_SHOP)
DONE = "Then close this problem."


def demands(topic: str, body: Document) -> Iterator[Demand]:
    """Say what a call demands; people are named by their ids in the store alone."""
    shop, person = str(body.get("shop_domain") or body.get("shop_id")), _id(body.get("customer"))
    if topic == DATA_REQUEST:
        yield Demand(
            f"{topic} {_id(body.get('data_request'))}",
            f"customer {person} of {shop} wants to know what is kept of them",
            f"Within 30 days, give the shop's owner what `hub record show {person} --full` shows of them. {DONE}",
        )
    elif topic == REDACT:
        yield Demand(
            f"{topic} {person}",
            f"customer {person} of {shop} must be erased",
            f"Within 30 days, erase them in every system that `hub record show {person}` names, unless the law makes "
            f"you keep their orders. {DONE}",
        )
    elif topic == REDACT_SHOP:
        yield Demand(
            f"{topic} {body.get('shop_id')}",
            f"the app was taken out of {shop}, and all that is kept of its buyers must be erased",
            f"Within 30 days, erase the shop's records, or have the app installed again. {DONE}",
        )


def _id(part: object) -> str:
    """Give the number of a part; of what has none, nothing can be named."""
    found = part.get("id") if isinstance(part, dict) else None
    return number(found) if found else "unknown"
