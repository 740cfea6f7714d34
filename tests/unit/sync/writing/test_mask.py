"""Fields whose direction is switched off."""

from __future__ import annotations

from house import House, order

from hub.store import settings
from hub.sync.routing import legs, writable


def erp_order(house: House) -> dict[str, object]:
    [row] = house.erp.tables["orders"].values()
    return row


def test_a_masked_field_stays_out_of_creates_updates_and_answers_to_the_remotes_own_change(house: House) -> None:
    """T122: also when the owner of the field is elsewhere, and our value would be owed back."""
    house.route("order", direction="two-way", mask={"skip": ["status"]})
    house.shop.put("orders", order("1"))
    house.sync_well()
    house.shop.put("orders", {"id": "1", "status": "completed", "note": "x"})
    house.sync_well()
    house.erp.put("orders", {"id": erp_order(house)["id"], "status": "cancelled", "number": "1a"})
    house.sync_well()
    house.sync_well()
    written = house.writes(house.erp) + house.writes(house.shop)
    assert len(written) > 2
    assert all("status" not in document for stream, document in written if stream == "orders")


def test_what_was_masked_has_not_been_told_and_is_written_once_the_mask_is_gone(house: House) -> None:
    """T122: other updates in the meantime do not make the hub believe that the remote knows."""
    house.shop.put("orders", order("1"))
    house.sync_well()
    house.route("order", mask={"skip": ["status"]})
    house.shop.put("orders", {"id": "1", "status": "completed", "note": "x"})
    house.sync_well()
    assert erp_order(house)["status"] == "processing"
    house.route("order")
    house.shop.put("orders", {"id": "1", "note": "y"})
    house.sync_well()
    assert (erp_order(house)["status"], erp_order(house)["note"]) == ("completed", "y")


def test_each_custom_field_can_be_masked_by_itself(house: House) -> None:
    """T122."""
    fields = ["note", "custom.gift", "custom.size"]
    for mask, left in (
        ({"skip": ["custom.gift"]}, {"note", "custom.size"}),
        ({"skip": ["custom"]}, {"note"}),
        ({"write": ["custom.gift"]}, {"custom.gift"}),
        ({"write": ["custom"]}, {"custom.gift", "custom.size"}),
    ):
        house.route("order", mask=mask)
        with house.hub.database.read() as tx:
            [leg] = [leg for leg in legs(settings.routes(tx)) if leg.route.entity == "order"]
        assert writable(leg, fields) == left
