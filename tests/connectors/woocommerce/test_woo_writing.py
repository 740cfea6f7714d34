"""Writing: customers and stock in batches, orders singly, shipments into their orders; an outcome for each write."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import respx

from connectors.woocommerce import SPEC
from connectors.woocommerce.sandbox import WooSandbox
from hub.api import ConflictError, Refused, UnavailableError, Window, Write, Written

API = "https://127.0.0.1:8081/wp-json/wc/v3"


def create(document: dict[str, Any], record: str = "rec1") -> Write:
    reference = {"meta_data": [{"key": "entrepot_id", "value": record}]}
    return Write(record, f"key-{record}", None, {**document, **reference})


def update(external_id: object, document: dict[str, Any], base: Any = None, record: str = "rec1") -> Write:
    return Write(record, f"key-{record}", str(external_id), document, base)


def codes(outcomes: list[Written | Refused]) -> list[str]:
    return [getattr(o.error, "code", "?") if isinstance(o, Refused) else "written" for o in outcomes]


# Customers


@respx.mock
def test_customers_are_created_and_changed_in_one_batch(connect: Any) -> None:
    answer = {"create": [{"id": 7, "date_modified_gmt": "x"}], "update": [{"id": 3, "date_modified_gmt": "y"}]}
    route = respx.post(f"{API}/customers/batch").mock(return_value=httpx.Response(200, json=answer))
    writes = [update(3, {"first_name": "A"}, record="old"), create({"email": "a@example.test"}, "new")]
    outcomes = list(connect().upsert("customers", writes))
    assert json.loads(route.calls.last.request.content) == {
        "update": [{"first_name": "A", "id": 3}],
        "create": [{"email": "a@example.test", "meta_data": [{"key": "entrepot_id", "value": "new"}]}],
    }
    assert [(o.write.record_id, o.external_id, o.version) for o in outcomes] == [("old", "3", "y"), ("new", "7", "x")]


def test_each_customer_of_a_batch_has_its_own_outcome(sandbox: WooSandbox, connect: Any, ask: Any) -> None:
    """T125: the good ones are written, the bad ones are refused with code, reason and advice."""
    ask(sandbox, "POST", "/customers", json={"email": "Taken@example.test"})
    writes = [
        create({"email": "one@example.test"}, "r1"),
        create({"email": "taken@EXAMPLE.test"}, "r2"),
        create({"email": "nonsense"}, "r3"),
        create({"first_name": "No mail"}, "r4"),
        update(999, {"first_name": "Gone"}, record="r5"),
        create({"email": "two@example.test"}, "r6"),
    ]
    outcomes = list(connect(sandbox).upsert("customers", writes))
    assert codes(outcomes) == [
        "written", "registration-error-email-exists", "customer_invalid_email", "registration-error-invalid-email",
        "wc_user_invalid_id", "written",
    ]  # fmt: skip
    assert all(o.error.hint for o in outcomes if isinstance(o, Refused))
    assert len(sandbox.store.customers) == 3


def test_a_customer_whose_answer_was_lost_is_found_and_not_made_twice(sandbox: WooSandbox, connect: Any) -> None:
    write = create({"email": "New@example.test", "first_name": "Ada"})
    lost = [True]

    def losing(request: httpx.Request) -> httpx.Response:
        answer = sandbox(request)
        if lost and request.method == "POST":
            lost.pop()
            raise httpx.ReadError("gone", request=request)
        return answer

    woo = connect(losing)
    (outcome,) = woo.upsert("customers", [write])
    assert isinstance(outcome, Written)
    assert outcome.document is not None
    assert outcome.document["first_name"] == "Ada"
    assert woo.find("customers", write) == outcome.external_id
    assert len(sandbox.store.customers) == 1


def test_a_change_whose_answer_was_lost_is_not_sent_again(sandbox: WooSandbox, connect: Any) -> None:
    """Somebody may have changed the same field since: the hub reads the customer first."""
    (made,) = connect(sandbox).upsert("customers", [create({"email": "new@example.test", "first_name": "Ada"})])
    sent = []

    def losing(request: httpx.Request) -> httpx.Response:
        answer = sandbox(request)
        if request.method == "POST":
            sent.append(request)
            raise httpx.ReadError("gone", request=request)
        return answer

    with pytest.raises(UnavailableError):
        list(connect(losing).upsert("customers", [Write("c1", "k2", made.external_id, {"first_name": "Grace"})]))
    assert len(sent) == 1


def test_an_account_that_is_not_ours_is_never_taken_over(sandbox: WooSandbox, connect: Any, ask: Any) -> None:
    """T065: the same e-mail alone does not make the same person."""
    ask(sandbox, "POST", "/customers", json={"email": "family@example.test", "first_name": "Other"})
    write = create({"email": "family@example.test", "first_name": "Ada"})
    woo = connect(sandbox)
    assert woo.find("customers", write) is None
    (outcome,) = woo.upsert("customers", [write])
    assert isinstance(outcome, Refused)
    assert "e-mail" in outcome.error.hint
    assert next(iter(sandbox.store.customers.values()))["first_name"] == "Other"


def test_meta_data_that_a_patch_takes_out_is_deleted_and_foreign_entries_stay(
    sandbox: WooSandbox, connect: Any, ask: Any
) -> None:
    meta = [{"key": "vat", "value": "1"}, {"key": "foreign", "value": "2"}]
    base = ask(sandbox, "POST", "/customers", json={"email": "a@example.test", "meta_data": meta}).json()
    write = update(base["id"], {"meta_data": [row for row in base["meta_data"] if row["key"] != "vat"]}, base)
    (outcome,) = connect(sandbox).upsert("customers", [write])
    assert isinstance(outcome, Written)
    assert [row["key"] for row in sandbox.store.customers[base["id"]]["meta_data"]] == ["foreign"]


@respx.mock
def test_a_batch_refused_as_a_whole_is_halved_until_the_bad_item_is_alone(connect: Any) -> None:
    """T126: a firewall that refuses one body must not keep the others from being written."""

    def firewall(request: httpx.Request) -> httpx.Response:
        items = json.loads(request.content)["create"]
        if any("<script>" in item["first_name"] for item in items):
            return httpx.Response(406, html="<html>blocked</html>")
        return httpx.Response(200, json={"create": [{"id": int(item["first_name"])} for item in items]})

    route = respx.post(f"{API}/customers/batch").mock(side_effect=firewall)
    names = [*map(str, range(1, 5)), "<script>", *map(str, range(6, 9))]
    writes = [create({"email": f"{n}@example.test", "first_name": name}, f"r{n}") for n, name in enumerate(names)]
    outcomes = list(connect().upsert("customers", writes))
    assert [o.external_id if isinstance(o, Written) else "refused" for o in outcomes] == [
        "1", "2", "3", "4", "refused", "6", "7", "8",
    ]  # fmt: skip
    assert route.call_count <= 8


@respx.mock
def test_no_more_than_a_hundred_items_go_in_a_batch(connect: Any) -> None:
    sizes: list[int] = []

    def store(request: httpx.Request) -> httpx.Response:
        items = json.loads(request.content)["update"]
        sizes.append(len(items))
        return httpx.Response(200, json={"update": [{"id": item["id"]} for item in items]})

    respx.post(f"{API}/customers/batch").mock(side_effect=store)
    outcomes = list(connect().upsert("customers", [update(n, {}, record=f"r{n}") for n in range(1, 251)]))
    assert sizes == [100, 100, 50]
    assert [o.external_id for o in outcomes if isinstance(o, Written)] == [str(n) for n in range(1, 251)]


# Stock


def levels(shop: WooSandbox, connect: Any) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for one in connect(shop).read("stock", Window()) for row in one.documents}


def test_stock_of_products_and_variations_is_set_in_few_batches(shop: WooSandbox, connect: Any) -> None:
    known = [row for row in levels(shop, connect).values() if row["manage_stock"] is True]
    writes = [update(row["id"], {"stock_quantity": 5 + n}, row, f"r{n}") for n, row in enumerate(known)]
    shop.requests.clear()
    outcomes = list(connect(shop).upsert("stock", writes))
    assert codes(outcomes) == ["written"] * len(known)
    families = {row["parent_id"] for row in known if row["type"] == "variation"}
    assert len(shop.requests) == 2 * (1 + len(families)), "each level is looked at right before"
    after = levels(shop, connect)
    assert [after[row["id"]]["stock_quantity"] for row in known] == [5 + n for n in range(len(known))]
    assert [o.document for o in outcomes if isinstance(o, Written)] == [after[row["id"]] for row in known]


def test_a_bundle_in_a_batch_of_250_is_left_out_with_the_reason(sandbox: WooSandbox, connect: Any, ask: Any) -> None:
    """T080: its stock follows from its parts; the 249 others are set."""
    number = 0
    for place in range(250):
        body = {"name": f"P{place}", "sku": f"P-{place}", "manage_stock": True, "stock_quantity": 1}
        number = ask(sandbox, "POST", "/products", json=body).json()["id"]
    sandbox.store.products[number] |= {"type": "bundle", "manage_stock": False, "stock_quantity": None}
    woo = connect(sandbox)
    known = {row["id"]: row for one in woo.read("stock", Window()) for row in one.documents}
    assert len(known) == 249
    writes = [update(row["id"], {"stock_quantity": 7}, row, f"r{row['id']}") for row in known.values()]
    bundle = Write("r", "k", None, {"id": str(number), "stock_quantity": 7})
    outcomes = list(woo.upsert("stock", [*writes[:100], bundle, *writes[100:]]))
    assert [o.error.code for o in outcomes if isinstance(o, Refused)] == ["bundle"]  # type: ignore[attr-defined]
    assert sum(isinstance(o, Written) for o in outcomes) == 249
    assert [row["stock_quantity"] for row in sandbox.store.products.values()].count(7) == 249


def test_a_level_that_the_shop_moved_meanwhile_is_not_overwritten(shop: WooSandbox, connect: Any) -> None:
    """T108: it was five when it was last seen, and the shop has sold one since."""
    woo = connect(shop)
    row = next(row for row in levels(shop, connect).values() if row["manage_stock"] is True)
    article = shop.store.article(row["id"])
    assert article
    article["stock_quantity"] = row["stock_quantity"] - 1
    (outcome,) = woo.upsert("stock", [update(row["id"], {"stock_quantity": row["stock_quantity"] + 5}, row)])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, ConflictError)
    assert article["stock_quantity"] == row["stock_quantity"] - 1
    (now,) = woo.fetch("stock", [str(row["id"])])
    (outcome,) = woo.upsert("stock", [update(row["id"], {"stock_quantity": row["stock_quantity"] + 4}, now)])
    assert isinstance(outcome, Written)
    assert article["stock_quantity"] == row["stock_quantity"] + 4


def test_an_older_quantity_never_lands_after_a_newer_one(shop: WooSandbox, connect: Any) -> None:
    """T110: the delayed push saw an older level."""
    woo = connect(shop)
    row = next(row for row in levels(shop, connect).values() if row["manage_stock"] is True)
    (newer,) = woo.upsert("stock", [update(row["id"], {"stock_quantity": 90}, row, "newer")])
    (late,) = woo.upsert("stock", [update(row["id"], {"stock_quantity": 50}, row, "older")])
    assert isinstance(newer, Written)
    assert isinstance(late, Refused)
    assert isinstance(late.error, ConflictError)
    assert levels(shop, connect)[row["id"]]["stock_quantity"] == 90


def test_a_level_that_stands_there_already_is_not_written(shop: WooSandbox, connect: Any) -> None:
    """The shop took its own sale off itself, and the hub comes to the same."""
    woo = connect(shop)
    row = next(row for row in levels(shop, connect).values() if row["manage_stock"] is True)
    article = shop.store.article(row["id"])
    assert article
    article["stock_quantity"] = row["stock_quantity"] - 1
    shop.requests.clear()
    (outcome,) = woo.upsert("stock", [update(row["id"], {"stock_quantity": row["stock_quantity"] - 1}, row)])
    assert isinstance(outcome, Written)
    assert outcome.document is not None
    assert outcome.document["stock_quantity"] == row["stock_quantity"] - 1
    assert [line.split()[0] for line in shop.requests] == ["GET"]


def test_what_cannot_be_counted_is_refused_with_the_reason_and_the_rest_is_written(
    shop: WooSandbox, connect: Any, ask: Any
) -> None:
    """T081: shared, uncounted, fractional and vanished stock among good ones."""
    rows = levels(shop, connect)
    good = next(row for row in rows.values() if row["manage_stock"] is True)
    shared = next(row for row in rows.values() if row["manage_stock"] == "parent")
    uncounted = ask(shop, "POST", "/products", json={"name": "Free", "sku": "FREE"}).json()["id"]
    writes = [
        update(shared["id"], {"stock_quantity": 1}, shared, "r1"),
        update(good["id"], {"stock_quantity": "8"}, good, "r2"),
        update(uncounted, {"stock_quantity": 1}, None, "r3"),
        update(good["id"], {"stock_quantity": "2.5"}, good, "r4"),
        update(999999, {"stock_quantity": 1}, None, "r5"),
        Write("r6", "k6", None, {"stock_quantity": 1}),
    ]
    outcomes = list(connect(shop).upsert("stock", writes))
    assert codes(outcomes) == ["shared_stock", "written", "not_tracked", "fraction", "gone", "no_product"]
    assert all(o.error.hint for o in outcomes if isinstance(o, Refused))
    assert shop.store.article(good["id"])["stock_quantity"] == 8  # type: ignore[index]


def test_shared_stock_is_refused_without_writing(shop: WooSandbox, connect: Any) -> None:
    shared = next(row for row in levels(shop, connect).values() if row["manage_stock"] == "parent")
    shop.requests.clear()
    outcomes = list(connect(shop).upsert("stock", [update(shared["id"], {"stock_quantity": 1}, shared)]))
    assert codes(outcomes) == ["shared_stock"]
    assert all(line.startswith("GET") for line in shop.requests)


def test_a_level_that_was_never_linked_is_set_by_its_product(shop: WooSandbox, connect: Any, ask: Any) -> None:
    uncounted = ask(shop, "POST", "/products", json={"name": "Free", "sku": "FREE"}).json()["id"]
    variation = next(row["id"] for row in shop.store.variations.values() if row["manage_stock"] is True)
    writes = [
        Write("r1", "k1", None, {"id": str(uncounted), "stock_quantity": 3}),
        Write("r2", "k2", None, {"id": str(variation), "stock_quantity": 4}),
    ]
    outcomes = list(connect(shop).upsert("stock", writes))
    assert [o.external_id for o in outcomes if isinstance(o, Written)] == [str(uncounted), str(variation)]
    assert shop.store.products[uncounted]["stock_quantity"] == 3
    assert shop.store.variations[variation]["stock_quantity"] == 4


# Orders


@respx.mock
def test_an_order_is_changed_singly_and_only_where_it_may_be(connect: Any) -> None:
    route = respx.put(f"{API}/orders/114").mock(
        return_value=httpx.Response(200, json={"id": 114, "date_modified_gmt": "z"})
    )
    write = update(114, {"status": "completed", "customer_note": "x", "total": "1.00", "line_items": [{"quantity": 1}]})
    (outcome,) = connect().upsert("orders", [write])
    assert json.loads(route.calls.last.request.content) == {"status": "completed", "customer_note": "x"}
    assert isinstance(outcome, Written)
    assert (outcome.external_id, outcome.version) == ("114", "z")


def test_orders_that_cannot_be_written_are_refused_one_by_one(shop: WooSandbox, connect: Any) -> None:
    order = next(row["id"] for row in shop.store.orders.values() if row["status"] == "processing")
    writes = [
        update(order, {"status": "bogus"}, record="r1"),
        update(999999, {"status": "completed"}, record="r2"),
        update(order, {"status": "trash"}, record="r3"),
        Write("r4", "k4", None, {"status": "pending"}),
        update(order, {"status": "completed"}, record="r5"),
    ]
    outcomes = list(connect(shop).upsert("orders", writes))
    assert codes(outcomes) == [
        "rest_invalid_param", "woocommerce_rest_shop_order_invalid_id", "no_trash", "no_create", "written",
    ]  # fmt: skip
    assert all(o.error.hint for o in outcomes if isinstance(o, Refused))
    assert shop.store.orders[order]["status"] == "completed"


def test_a_store_that_is_out_of_order_ends_the_writing_and_not_the_write(shop: WooSandbox, connect: Any) -> None:
    woo = connect(
        lambda request: httpx.Response(500, json={"code": "x", "message": "oops", "data": 500}, request=request)
    )
    with pytest.raises(UnavailableError):
        list(woo.upsert("orders", [update(1, {"status": "completed"})]))


def told(shop: WooSandbox, order: int) -> list[tuple[str, bool]]:
    notes = shop.store.notes[order]
    return [(note["note"], note["customer_note"]) for note in notes if note["note"].startswith("Entrepot")]


def test_tags_are_told_by_private_notes_and_only_what_is_new_of_them(shop: WooSandbox, connect: Any, ask: Any) -> None:
    """What other people noted stays as it is and counts for nothing, also where a buyer was told the same."""
    number = next(row["id"] for row in shop.store.orders.values() if row["status"] == "processing")
    before, woo = shop.store.orders[number]["date_modified_gmt"], connect(shop)
    ask(shop, "POST", f"/orders/{number}/notes", json={"note": 'Entrepot: "rush"', "customer_note": True})
    shop.requests.clear()
    for tags in (["rush"], ["rush", 'a "b" & c'], ["rush", 'a "b" & c'], ['a "b" & c'], None, ["rush"]):
        (outcome,) = woo.upsert("orders", [update(number, {"tags": tags})])
        assert isinstance(outcome, Written)
    assert told(shop, number)[1:] == [
        ('Entrepot: "rush"', False),
        ('Entrepot: "a "b" & c"', False),
        ('Entrepot: no longer "rush"', False),
        ('Entrepot: no longer "a "b" & c"', False),
        ('Entrepot: "rush"', False),
    ]
    assert shop.store.orders[number]["date_modified_gmt"] == before
    assert {line.split()[0] for line in shop.requests} == {"GET", "POST"}


def test_tags_go_together_with_what_else_is_written(shop: WooSandbox, connect: Any) -> None:
    number = next(row["id"] for row in shop.store.orders.values() if row["status"] == "processing")
    (outcome,) = connect(shop).upsert("orders", [update(number, {"status": "on-hold", "tags": ["rush"]})])
    assert isinstance(outcome, Written)
    assert outcome.document is not None
    assert (outcome.document["status"], told(shop, number)) == ("on-hold", [('Entrepot: "rush"', False)])


# Shipments


def shipment(order: dict[str, Any], **given: Any) -> dict[str, Any]:
    lines = [{"id": str(n), "order_line": str(line["id"]), "quantity": str(line["quantity"])}
             for n, line in enumerate(order["line_items"])]  # fmt: skip
    usual = {"order_id": str(order["id"]), "status": "in_transit", "carrier": "DHL", "tracking_number": "JD0140001"}
    return {**usual, "tracking_url": "https://track.test/?a=1&b=2", "lines": lines, **given}


@pytest.fixture
def order(shop: WooSandbox) -> dict[str, Any]:
    """An order under way: paid, nothing refunded, of at least two lines."""
    usable = (o for o in shop.store.orders.values() if o["status"] == "processing" and len(o["line_items"]) > 1)
    refunded = {refund["parent_id"] for refund in shop.store.refunds.values()}
    return next(o for o in usable if o["id"] not in refunded)


def notes(shop: WooSandbox, order: dict[str, Any]) -> list[dict[str, Any]]:
    return [note for note in shop.store.notes[order["id"]] if "JD01" in note["note"]]


def tracking(order: dict[str, Any]) -> list[dict[str, Any]]:
    rows = [row["value"] for row in order["meta_data"] if row["key"] == "_wc_shipment_tracking_items"]
    return rows[0] if rows else []


def test_a_shipment_shows_in_its_order_with_tracking_a_note_and_the_status(
    shop: WooSandbox, connect: Any, order: dict[str, Any]
) -> None:
    document = shipment(order, shipped_at="2026-11-20T10:00:00Z")
    (outcome,) = connect(shop).upsert("shipments", [Write("s1", "k", None, document)])
    assert isinstance(outcome, Written)
    assert outcome.external_id == f"{order['id']}:s1"
    (item,) = tracking(order)
    assert {k: v for k, v in item.items() if k != "tracking_id"} == {
        "tracking_provider": "", "custom_tracking_provider": "DHL", "tracking_number": "JD0140001",
        "custom_tracking_link": "https://track.test/?a=1&b=2", "date_shipped": "1795168800",
    }  # fmt: skip
    (note,) = notes(shop, order)
    assert note["customer_note"] is True
    assert note["note"] == "Your order is on its way with DHL. Tracking number: JD0140001 https://track.test/?a=1&b=2"
    assert order["status"] == "completed"
    assert list(connect(shop).fetch("shipments", [outcome.external_id])) == [outcome.document]


def test_a_shipment_written_again_changes_nothing(shop: WooSandbox, connect: Any, order: dict[str, Any]) -> None:
    woo, write = connect(shop), Write("s1", "k", None, shipment(order))
    (first,) = woo.upsert("shipments", [write])
    shop.requests.clear()
    (second,) = woo.upsert("shipments", [write])
    assert isinstance(first, Written)
    assert isinstance(second, Written)
    assert first.document == second.document
    assert [line.split()[0] for line in shop.requests] == ["GET", "GET"]
    assert len(notes(shop, order)) == 1
    assert woo.find("shipments", write) == first.external_id


def test_a_shipment_whose_note_never_left_is_repeated_and_not_taken_for_done(
    shop: WooSandbox, connect: Any, order: dict[str, Any]
) -> None:
    """What is shown in the order is found there, also when the buyer was not told yet."""

    def breaking(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ReadError("gone", request=request)
        return shop(request)

    woo, write = connect(shop), Write("s1", "k", None, shipment(order))
    with pytest.raises(UnavailableError):
        list(connect(breaking).upsert("shipments", [write]))
    assert (woo.find("shipments", write), notes(shop, order)) == (f"{order['id']}:s1", [])
    assert SPEC.stream("shipments").keyed, "else the hub takes what it finds for the whole"
    list(woo.upsert("shipments", [write]))
    assert len(notes(shop, order)) == 1


def test_a_note_whose_answer_was_lost_is_not_sent_again(shop: WooSandbox, connect: Any, order: dict[str, Any]) -> None:
    def losing(request: httpx.Request) -> httpx.Response:
        answer = shop(request)
        if request.method == "POST":
            raise httpx.ReadError("gone", request=request)
        return answer

    write = Write("s1", "k", None, shipment(order))
    with pytest.raises(UnavailableError):
        list(connect(losing).upsert("shipments", [write]))
    (outcome,) = connect(shop).upsert("shipments", [write])
    assert isinstance(outcome, Written)
    assert len(notes(shop, order)) == 1


def test_an_order_is_completed_once_all_its_goods_are_under_way(
    shop: WooSandbox, connect: Any, order: dict[str, Any]
) -> None:
    """T084: two shipments of one order, and none of them counted twice."""
    woo, whole = connect(shop), shipment(order)
    first = {**whole, "lines": whole["lines"][:1]}
    rest = {**whole, "lines": whole["lines"][1:], "tracking_number": "JD0140002", "status": "label_created"}
    list(woo.upsert("shipments", [Write("s1", "k1", None, first), Write("s2", "k2", None, rest)]))
    assert order["status"] == "processing"
    assert [item["tracking_number"] for item in tracking(order)] == ["JD0140001", "JD0140002"]
    (outcome,) = woo.upsert("shipments", [Write("s2", "k3", f"{order['id']}:s2", {"status": "picked_up"})])
    assert isinstance(outcome, Written)
    assert order["status"] == "completed"
    assert [note["note"].split()[-2] for note in notes(shop, order)] == ["JD0140001", "JD0140002"]


def test_of_two_lines_with_one_sku_each_has_to_be_under_way(shop: WooSandbox, connect: Any, ask: Any) -> None:
    """T082: one of them is free; as many pieces of the other do not make up for it."""
    wool = next(row["id"] for row in shop.store.products.values() if row["sku"] == "WOOL-100")
    lines = [{"product_id": wool, "quantity": 2}, {"product_id": wool, "quantity": 1, "total": "0.00"}]
    made = ask(shop, "POST", "/orders", json={"status": "processing", "line_items": lines}).json()
    order, woo = shop.store.orders[made["id"]], connect(shop)
    paid, free = shipment(order)["lines"]
    list(woo.upsert("shipments", [Write("s1", "k1", None, shipment(order, lines=[{**paid, "quantity": "3"}]))]))
    assert order["status"] == "processing"
    list(woo.upsert("shipments", [Write("s2", "k2", None, shipment(order, lines=[free], tracking_number="JD2"))]))
    assert order["status"] == "completed"


def test_a_label_alone_is_not_told_to_the_buyer(shop: WooSandbox, connect: Any, order: dict[str, Any]) -> None:
    """T090: printed, never scanned."""
    list(connect(shop).upsert("shipments", [Write("s1", "k", None, shipment(order, status="label_created"))]))
    assert notes(shop, order) == []
    assert order["status"] == "processing"


def test_a_tracking_number_that_changes_is_changed_and_foreign_ones_stay(
    shop: WooSandbox, connect: Any, order: dict[str, Any]
) -> None:
    """T086: an update, not a second shipment; two parcels are two numbers."""
    foreign = {"tracking_id": "abc", "tracking_number": "FOREIGN"}
    order["meta_data"].append({"id": 99999, "key": "_wc_shipment_tracking_items", "value": [foreign]})
    woo = connect(shop)
    list(woo.upsert("shipments", [Write("s1", "k1", None, shipment(order))]))
    again = {"tracking_number": "JD0140009"}
    list(woo.upsert("shipments", [Write("s1", "k2", f"{order['id']}:s1", again)]))
    assert [item["tracking_number"] for item in tracking(order)] == ["FOREIGN", "JD0140009"]
    parcels = {"parcels": [{"id": "1", "tracking_number": "JD0140011"}, {"id": "2", "tracking_number": "JD0140012"}]}
    list(woo.upsert("shipments", [Write("s1", "k3", f"{order['id']}:s1", parcels)]))
    assert [item["tracking_number"] for item in tracking(order)] == ["FOREIGN", "JD0140011", "JD0140012"]
    list(woo.upsert("shipments", [Write("s1", "k4", f"{order['id']}:s1", {"status": "cancelled"})]))
    assert tracking(order) == [foreign]


def test_refunded_goods_need_not_ship(shop: WooSandbox, connect: Any, order: dict[str, Any], ask: Any) -> None:
    line = order["line_items"][0]
    whole = {"id": line["id"], "quantity": line["quantity"], "refund_total": "0.01"}
    refund = {"amount": "0.01", "api_refund": False, "line_items": [whole]}
    assert ask(shop, "POST", f"/orders/{order['id']}/refunds", json=refund).status_code == 201
    rest = shipment(order)
    rest["lines"] = rest["lines"][1:]
    list(connect(shop).upsert("shipments", [Write("s1", "k", None, rest)]))
    assert order["status"] == "completed"


def test_notes_and_status_are_left_alone_where_the_settings_say_so(
    shop: WooSandbox, connect: Any, order: dict[str, Any]
) -> None:
    """T096: where the hub mails the buyer itself, the store shall not."""
    woo = connect(shop, note="none", complete=False)
    list(woo.upsert("shipments", [Write("s1", "k", None, shipment(order))]))
    assert notes(shop, order) == []
    assert order["status"] == "processing"
    private = connect(shop, note="private", note_text="{carrier} {number}")
    list(private.upsert("shipments", [Write("s1", "k", None, shipment(order))]))
    assert [(note["note"], note["customer_note"]) for note in notes(shop, order)] == [("DHL JD0140001", False)]


def test_shipments_without_an_order_of_this_store_are_refused(shop: WooSandbox, connect: Any) -> None:
    trashed = next(row["id"] for row in shop.store.orders.values() if row["status"] == "trash")
    writes = [
        Write("s1", "k1", None, {"status": "in_transit"}),
        Write("s2", "k2", None, {"order_id": "999999", "status": "in_transit"}),
        Write("s3", "k3", None, {"order_id": str(trashed), "status": "in_transit"}),
    ]
    outcomes = list(connect(shop).upsert("shipments", writes))
    assert codes(outcomes) == ["no_order", "woocommerce_rest_shop_order_invalid_id", "trashed"]
