"""What is read from a store: whole documents, nothing lost, at the store's pace."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import orjson
import pytest

from connectors.shopify.sandbox import Cart, Item, ShopifySandbox, orders
from connectors.shopify.sandbox.cost import Bucket
from connectors.shopify.sandbox.store import number_of
from connectors.shopify.throttle import pause
from connectors.shopify.whole import is_whole
from hub.api import AuthError, BadResponseError, Lane, RateLimitError, Window
from hub.testing import ManualClock


def read(store: Any, stream: str, **window: Any) -> list[Any]:
    return [row for page in store.read(stream, Window(**window)) for row in page.documents]


def place(shop: ShopifySandbox, lines: int = 1, **given: Any) -> Any:
    items = [Item(title=f"Thing {n}", price=Decimal("1.25"), sku=f"T-{n}") for n in range(lines)]
    return orders.place(shop.store, Cart(items=items), **given)


def test_an_order_of_260_lines_comes_whole(shop: ShopifySandbox, connect: Any) -> None:
    order = next(row for row in read(connect(shop), "orders") if row["name"] == "#LARGE")
    assert (len(order["lineItems"]), is_whole(order)) == (260, True)
    assert len({line["id"] for line in order["lineItems"]}) == 260


def test_a_refund_of_120_lines_comes_whole(shop: ShopifySandbox, connect: Any, decode: Any) -> None:
    refund = max(read(connect(shop), "refunds"), key=lambda row: len(row["refundLineItems"]))
    record = decode("refunds", refund)
    assert len(record["lines"]) == len({line["id"] for line in record["lines"]}) == 120
    assert sum(Decimal(line["total"]) + Decimal(line["tax"]) for line in record["lines"]) == Decimal(record["total"])


def test_orders_of_every_state_are_read(shop: ShopifySandbox, connect: Any) -> None:
    """T029: closed and cancelled ones too."""
    assert {row["state"] for row in read(connect(shop), "orders")} == {"OPEN", "CLOSED", "CANCELLED", "ON_HOLD"}


def test_orders_that_change_while_they_are_read_shift_no_others(
    shop: ShopifySandbox, connect: Any, clock: ManualClock
) -> None:
    """A cursor names the last row: the one that moves comes again at the end, and nobody is skipped."""
    seen: list[str] = []
    known = {row["id"] for row in shop.store.all("Order")}
    for page in connect(shop, page_size=5).read("orders", Window()):
        seen += [row["id"] for row in page.documents]
        clock.advance(1)
        if len(seen) < 30:
            shop.store.touch(shop.store.nodes[seen[0]])
            shop.store.touch(shop.store.nodes[next(gid for gid in known if gid not in seen)])
    assert set(seen) == known


def test_many_orders_of_one_second_all_arrive(empty: ShopifySandbox, connect: Any) -> None:
    """T020: ties at the border of a page."""
    made = {place(empty)["id"] for _ in range(45)}
    moment = datetime.fromisoformat(empty.store.now())
    rows = read(connect(empty, page_size=20), "orders", since=moment, until=moment + timedelta(seconds=1))

    assert {row["id"] for row in rows} == made


def test_an_id_is_the_same_as_a_gid_and_as_a_number(empty: ShopifySandbox, connect: Any, decode: Any) -> None:
    """T009: also above 2^53."""
    large = 2**53 + 1
    order = place(empty)
    customer = empty.store.add("Customer", {"updatedAt": empty.store.now()}, large)
    empty.store.nodes[order["id"]]["customer"] = customer["id"]
    store = connect(empty)
    (by_number,) = store.fetch("orders", [str(number_of(order["id"]))])
    (by_gid,) = store.fetch("orders", [order["id"]])
    assert by_number == by_gid
    assert decode("orders", by_gid)["customer"] == f"customers/{large}"


def test_a_query_that_costs_too_much_is_asked_in_smaller_pages(shop: ShopifySandbox, connect: Any) -> None:
    rows = read(connect(shop, page_size=250, lines=250), "orders")
    asked = [variables["first"] for text, variables in shop.asked if text.startswith("query Orders(")]
    assert asked[0] == 250
    assert asked[1] == 125
    assert len(rows) == len(shop.store.all("Order"))


def test_documents_that_cost_too_much_together_are_fetched_in_smaller_parts(shop: ShopifySandbox, connect: Any) -> None:
    ids = [str(number_of(gid)) for gid in shop.store.kinds["Order"][:30]]
    rows = list(connect(shop).fetch("orders", ids))
    assert [len(variables["ids"]) for _, variables in shop.asked if "ids" in variables] == [25, 12, *[6] * 5]
    assert [str(number_of(row["id"])) for row in rows] == ids


def test_a_search_that_costs_too_much_finds_fewer(shop: ShopifySandbox, connect: Any) -> None:
    """With the settings that a connection has by default: as many orders as a person needs to see the right one."""
    found = list(connect(shop).search("orders", "#"))
    assert [variables["first"] for _, variables in shop.asked] == [20, 10]
    assert len(found) == 10


@pytest.mark.parametrize("status", [200, 429])
def test_the_pace_keeps_the_bucket_busy_and_not_empty(connect: Any, clock: ManualClock, status: int) -> None:
    """T138: a refusal counts under 200 as under 429; nothing is lost, and hardly anything is refused."""
    shop = ShopifySandbox(clock.now, points=2000, per_second=100, refused_as=status)
    for _ in range(60):
        place(shop, 3)
    rows = read(connect(shop, page_size=5), "orders")
    assert len(rows) == 60
    assert shop.refused == 0, "the connector waits before it is told to"
    assert shop.bucket.level() < 1900, "the points are used"


def test_a_full_look_at_200_000_levels_fits_into_a_night(
    shop: ShopifySandbox, connect: Any, clock: ManualClock
) -> None:
    """T114: by the points of the smallest plan, none refused; here a tenth of them, as each page costs the same."""
    night = Night(shop, clock, levels=20_000)
    began = clock.now()
    pages = [len(page.documents) for page in connect(night).read("stock", Window(lane=Lane.SWEEP))]
    assert (sum(pages), max(pages)) == (20_000, 50)
    assert night.requests == 400
    assert 10 * (clock.now() - began) < timedelta(hours=2)


class Night:
    """One page of a store's stock over and over, at the most that it may cost, until there were so many levels."""

    def __init__(self, shop: ShopifySandbox, clock: ManualClock, levels: int) -> None:
        self.shop, self.levels, self.requests = shop, levels, 0
        self.bucket = Bucket(clock.now, size=2000, per_second=100)
        self.size = self.cost = 0
        self.nodes = b""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self.nodes:
            self._learn(self.shop(request).json(), orjson.loads(request.content)["variables"]["first"])
        self.requests += 1
        assert self.bucket.level() >= self.cost, "the connector waits before it is told to"
        self.bucket.spend(self.cost)
        info = {"hasNextPage": self.requests * self.size < self.levels, "endCursor": str(self.requests)}
        cost = {"cost": {"requestedQueryCost": self.cost, "throttleStatus": self.bucket.status()}}
        items = b'{"nodes":%s,"pageInfo":%s}' % (self.nodes, orjson.dumps(info))
        return httpx.Response(200, content=b'{"data":{"items":%s},"extensions":%s}' % (items, orjson.dumps(cost)))

    def _learn(self, answer: Any, size: int) -> None:
        one = next(node for node in answer["data"]["items"]["nodes"] if len(node["levels"]["nodes"]) == 1)
        self.size, self.nodes = size, orjson.dumps([one] * size)
        self.cost = answer["extensions"]["cost"]["requestedQueryCost"]


@pytest.mark.parametrize("status", [200, 429])
def test_a_refusal_is_waited_out_for_as_long_as_it_says(connect: Any, clock: ManualClock, status: int) -> None:
    """T138: the first request meets a bucket that somebody else has emptied."""
    shop = ShopifySandbox(clock.now, points=2000, per_second=100, refused_as=status)
    place(shop)
    shop.bucket.spend(1990)
    assert len(read(connect(shop), "orders")) == 1
    assert shop.refused == 1
    assert 1 < sum(clock.naps) < 12


def test_a_store_that_goes_on_refusing_is_told_as_a_limit(connect: Any, clock: ManualClock) -> None:
    shop = ShopifySandbox(clock.now, points=2000, per_second=0.001)
    shop.bucket.spend(2000)
    with pytest.raises(RateLimitError) as caught:
        read(connect(shop), "orders")
    assert caught.value.retry_after is None or caught.value.retry_after > 60


@pytest.mark.parametrize(
    ("available", "restored", "refused", "seconds"),
    [(1800, 100, False, 0), (600, 100, False, 1), (100, 50, True, 8), (1999, 100, True, 0)],
)
def test_how_long_to_wait_stands_in_the_answers_cost(
    available: int, restored: int, refused: bool, seconds: float
) -> None:
    """For as much once more, and a tenth of the bucket that stays in it."""
    status = {"maximumAvailable": 2000, "currentlyAvailable": available, "restoreRate": restored}
    assert pause({"requestedQueryCost": 500, "throttleStatus": status}, refused=refused) == seconds
    assert (pause(None, refused=True), pause(None, refused=False)) == (1, 0)


def test_a_scope_that_is_missing_stops_its_stream_only(connect: Any) -> None:
    """T142: the error is about one request, and names the scope."""
    why = {"code": "ACCESS_DENIED", "requiredAccess": "`read_orders`"}
    denied = {"message": "Access denied for orders field.", "extensions": why}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"errors": [denied]})

    with pytest.raises(AuthError) as caught:
        read(connect(answer), "orders")
    assert caught.value.context["status"] == "403"
    assert "read_orders" in caught.value.hint


@pytest.mark.parametrize("body", [[], {}, {"data": None}, {"data": []}, "x"])
def test_an_answer_that_is_no_graphql_is_told_from_an_empty_list(connect: Any, body: Any) -> None:
    """T028: an outage deletes nothing."""
    with pytest.raises(BadResponseError):
        read(connect(lambda request: httpx.Response(200, json=body)), "orders")


def test_a_back_fill_gives_the_same_documents_as_pages_do(shop: ShopifySandbox, connect: Any) -> None:
    store = connect(shop)
    for stream in ("orders", "customers", "products"):
        one, other = (
            sorted(read(store, stream, lane=lane), key=lambda r: str(r["id"])) for lane in Lane if lane != "sweep"
        )
        assert one == other


def test_a_back_fill_waits_for_the_store_and_lets_others_go_on(connect: Any, clock: ManualClock) -> None:
    """T032: while the store works on it, every look is an empty page, after which the hub may do something else."""
    shop = ShopifySandbox(clock.now, polls=4)
    place(shop)
    pages = list(connect(shop).read("orders", Window(lane=Lane.BACKFILL)))
    assert [len(page.documents) for page in pages] == [0, 0, 0, 1]
    assert clock.naps == [5.0, 5.0, 5.0]
    assert pages[-1].expected == 1


def test_a_back_fill_goes_on_in_the_middle_of_its_file(connect: Any, clock: ManualClock) -> None:
    """T033: the resume point names the operation and a byte of its file; a second one is not begun."""
    shop = ShopifySandbox(clock.now)
    made = [place(shop, 2)["id"] for _ in range(250)]
    store = connect(shop)
    first = next(iter(store.read("orders", Window(lane=Lane.BACKFILL))))
    assert len(first.documents) == 100
    rest = read(store, "orders", lane=Lane.BACKFILL, resume=first.resume)
    assert [row["id"] for row in [*first.documents, *rest]] == made
    assert all(len(row["lineItems"]) == 2 for row in rest)
    assert len(shop.store.all("BulkOperation")) == 1


def test_a_file_three_times_as_large_takes_no_more_memory(connect: Any, clock: ManualClock) -> None:
    """T033: a piece of the file and a page of documents are held at once, however much there is."""
    shop = ShopifySandbox(clock.now, polls=2)
    small, large = (peak_of(shop, connect(shop), copies) for copies in (400, 1200))
    assert large < 1.2 * small


def peak_of(shop: ShopifySandbox, store: Any, copies: int) -> int:
    """Read a bulk file with so many copies of an order of 20 lines; tell how many bytes were held at once."""
    shop.store.kinds["Order"], shop.store.kinds["BulkOperation"] = [], []
    order = place(shop, 20)
    resume = start(shop, store, more=copies - 1)
    node = shop.store.nodes[resume["operation"]]
    path = node["done"]["url"].removeprefix("https://sandbox.myshopify.com")
    made = (b"gid://shopify/Order/%d" % (10**9 + number) for number in range(copies))
    file = shop._files[path]
    shop._files[path] = b"".join(file.replace(order["id"].encode(), gid) for gid in made)
    node["done"]["fileSize"] = str(len(shop._files[path]))
    tracemalloc.start()
    seen = sum(len(page.documents) for page in store.read("orders", Window(lane=Lane.BACKFILL, resume=resume)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seen == copies
    return peak


def test_lists_that_a_bulk_file_cuts_are_read_again(connect: Any, clock: ManualClock) -> None:
    """Counts and totals of each order are compared with what its lines give."""
    shop = ShopifySandbox(clock.now, cut=lambda rows: rows[:3])
    for lines in (2, 3, 4, 30):
        place(shop, lines)
    rows = read(connect(shop), "orders", lane=Lane.BACKFILL)
    assert [len(row["lineItems"]) for row in rows] == [2, 3, 4, 30]


def test_a_bulk_file_that_is_gone_is_made_anew(connect: Any, clock: ManualClock) -> None:
    shop = ShopifySandbox(clock.now)
    place(shop)
    gone = {"operation": "gid://shopify/BulkOperation/1", "at": 5000, "seen": 40}
    assert len(read(connect(shop), "orders", lane=Lane.BACKFILL, resume=gone)) == 1


def test_a_bulk_file_with_too_few_documents_is_refused(connect: Any, clock: ManualClock) -> None:
    shop = ShopifySandbox(clock.now)
    place(shop)
    place(shop)
    store = connect(shop, page_size=1)
    pages = store.read("orders", Window(lane=Lane.BACKFILL, resume=start(shop, store, more=1)))
    with pytest.raises(BadResponseError, match="2 of 3"):
        list(pages)


def start(shop: ShopifySandbox, store: Any, more: int) -> Any:
    """Run an operation that claims more documents than its file has."""
    shop._polls = 2
    page = next(iter(store.read("orders", Window(lane=Lane.BACKFILL))))
    node = shop.store.nodes[page.resume["operation"]]
    node["done"]["rootObjectCount"] = str(int(node["done"]["rootObjectCount"]) + more)
    return page.resume


def test_a_second_bulk_operation_waits_for_the_first(connect: Any, clock: ManualClock) -> None:
    shop = ShopifySandbox(clock.now, polls=9)
    place(shop)
    store = connect(shop)
    next(iter(store.read("orders", Window(lane=Lane.BACKFILL))))
    with pytest.raises(RateLimitError):
        read(store, "orders", lane=Lane.BACKFILL)


def test_a_bulk_file_is_fetched_from_its_storage_without_the_token(connect: Any, clock: ManualClock) -> None:
    """Its address is signed; the store's own token must not reach another host."""
    shop, asked = ShopifySandbox(clock.now), []
    place(shop)

    def elsewhere(request: httpx.Request) -> httpx.Response:
        if request.url.host == "storage.googleapis.com":
            asked.append(request)
            return shop(
                httpx.Request("GET", f"https://sandbox.myshopify.com{request.url.path}", headers=request.headers)
            )
        answer = shop(request)
        text = answer.content.replace(b"https://sandbox.myshopify.com/bulk", b"https://storage.googleapis.com/bulk")
        return httpx.Response(answer.status_code, content=text, headers={"Date": answer.headers["Date"]})

    assert len(read(connect(elsewhere), "orders", lane=Lane.BACKFILL)) == 1
    assert asked
    assert not any("X-Shopify-Access-Token" in request.headers for request in asked)


def test_stock_is_read_by_place(shop: ShopifySandbox, connect: Any, decode: Any) -> None:
    """T112: an item at two locations is two levels; one that is disconnected is none."""
    rows = read(connect(shop), "stock")
    first = next(row for row in rows if row["sku"].startswith("SOCK"))
    same = [decode("stock", row) for row in rows if row["sku"] == first["sku"]]
    assert [record["location"] for record in same] == ["Lager Berlin", "Boutique Lyon"]
    assert {record["variant"] for record in same} == {f"variants/{number_of(first['variant']['id'])}"}
    named = decode("stock", rows[0], locations={str(number_of(rows[0]["location"]["id"])): "default"})
    assert named["location"] == "default"
    level = next(row for row in shop.store.all("InventoryLevel"))
    level["isActive"] = False
    assert len(read(connect(shop), "stock")) == len(rows) - 1


def test_windows_are_asked_for_in_utc(empty: ShopifySandbox, connect: Any) -> None:
    berlin = datetime(2026, 10, 25, 2, 30, 7, 900, tzinfo=UTC).astimezone()
    read(connect(empty), "orders", since=berlin)
    assert empty.asked[-1][1]["query"] == "updated_at:>='2026-10-25T02:30:07Z'"
