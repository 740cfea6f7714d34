"""Why an element of a list is as it is: it is named by its identity, wherever in the list it stands."""

from __future__ import annotations

import pytest
from house import House, order

from hub.queries.provenance import why


@pytest.mark.parametrize("path", ["lines.2.quantity", "lines.B.quantity"])
def test_a_line_is_followed_by_its_identity(house: House, path: str) -> None:
    lines = [{"id": i, "sku": sku, "quantity": 1, "total": "5.00"} for i, sku in (("1", "A"), ("2", "B"))]
    house.shop.put("orders", order("1", lines=lines))
    house.sync_well()
    house.shop.put("orders", order("1", lines=[{**lines[1], "quantity": 4}, lines[0]]))
    house.sync_well()
    found = why(house.hub, house.record("shop", "orders", "1").id, path)
    assert [(step.value, step.version) for step in found.steps] == [("4", 2), ("1", 1)]
    assert found.rule == "quantity"
