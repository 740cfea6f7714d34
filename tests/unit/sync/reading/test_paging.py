"""Nothing is lost between pages and between windows, whatever the remote's users and clocks do meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import orjson
import pytest
from house import House, order

from hub.api import Page, UnavailableError, Window
from hub.store import checkpoints, records
from hub.store.checkpoints import Checkpoint
from hub.testing.memory import PAGE, MemoryConnector, MemoryRemote


class Living(MemoryConnector):
    """A remote whose users go on while it is paged through: each page is cut from what the window holds by then."""

    def __init__(self, meanwhile: Callable[[int], None], remote: MemoryRemote) -> None:
        super().__init__(remote)
        self._meanwhile = meanwhile

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        last = -(-len(self._inside(stream, window)) // PAGE) or 1
        for number in range(int(window.resume or last), 0, -1):
            found = self._inside(stream, window)
            yield Page(found[(number - 1) * PAGE : number * PAGE], number - 1 or None, len(found), self._remote.now())
            self._meanwhile(number)


class Late(MemoryConnector):
    """A remote whose transactions show what they wrote only when they end."""

    def __init__(self, hidden: set[str], remote: MemoryRemote) -> None:
        super().__init__(remote)
        self._hidden = hidden

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            yield Page([one for one in page.documents if one["id"] not in self._hidden], page.resume)


@pytest.fixture
def house(open_house: Callable[[], House]) -> House:
    """A house without routes: what is read goes nowhere."""
    return open_house()


def arrived(house: House) -> dict[str, str]:
    """Give the notes of the orders that the hub knows, by number."""
    with house.hub.database.read() as tx:
        found = [orjson.loads(row.data) for row in records.of_entity(tx, "order")]
    return {data["number"]: data.get("note", "") for data in found}


def mark(house: House) -> Checkpoint:
    with house.hub.database.read() as tx:
        return checkpoints.get(tx, "shop", "orders", "live")


def test_what_becomes_visible_after_the_run_that_should_have_read_it_arrives(house: House) -> None:
    """T016: stamped one second before the end of a window, visible six seconds later."""
    hidden = {"2"}
    house.swap("shop", partial(Late, hidden))
    house.shop.put("orders", order("1"))
    house.sync_well()
    house.shop.put("orders", order("2"))
    house.clock.forward(seconds=1)
    house.sync_well()
    assert "2" not in arrived(house)
    house.clock.at -= timedelta(minutes=10) - timedelta(seconds=6)
    hidden.clear()
    house.sync_well()
    assert "2" in arrived(house)


def test_an_edit_while_pages_are_read_loses_nothing(house: House) -> None:
    """The edited record leaves the window and shifts the others by one: towards the pages that are still to come."""
    for number in range(1, 31):
        house.shop.put("orders", order(str(number)))

    def edit(page: int) -> None:
        house.clock.forward(seconds=3)
        house.shop.put("orders", order(str(1 + 2 * page), note="edited"))

    house.swap("shop", partial(Living, edit))
    house.sync_well()
    house.swap("shop", MemoryConnector)
    house.sync_well()
    notes = arrived(house)
    assert sorted(notes, key=int) == [str(number) for number in range(1, 31)]
    assert [number for number, note in notes.items() if note == "edited"] != []
    assert {number: house.shop.tables["orders"][number]["note"] for number in notes} == notes


def test_a_hundred_records_of_one_second_all_arrive_and_the_checkpoint_stays_small(house: House) -> None:
    """T020: a bulk edit, with a failure between two pages that hold the same second."""
    for number in range(1, 131):
        house.shop.put("orders", order(str(number)))
    assert len({row["updated"] for row in house.shop.tables["orders"].values()}) == 1

    def stumble(page: int) -> None:
        if page == 5:
            raise UnavailableError("reset", hint="Wait.")

    house.swap("shop", partial(Living, stumble))
    house.sync()
    under_way = mark(house).window
    assert under_way is not None
    assert len(str(under_way)) < 150
    house.swap("shop", MemoryConnector)
    house.sync_well()
    assert len(arrived(house)) == 130


@pytest.mark.parametrize("ahead", [timedelta(minutes=3), -timedelta(minutes=3)], ids=["ours ahead", "ours behind"])
def test_clocks_that_disagree_skip_nothing(house: House, ahead: timedelta) -> None:
    """T025: the shop stamps by its own clock."""
    house.shop.now = lambda: house.clock() - ahead
    for number in range(1, 5):
        house.shop.put("orders", order(str(number)))
        house.sync_well()
        house.clock.at -= timedelta(minutes=9, seconds=59)  # a sync each second
    assert len(arrived(house)) == 4


def test_a_number_that_is_used_again_is_another_order(house: House) -> None:
    """T008: the shop was reset; only the id tells."""
    house.shop.put("orders", order("1", number="#1001", email="old@example.com"))
    house.sync_well()
    house.shop.put("orders", order("900", number="#1001", email="new@example.com"))
    house.sync_well()
    assert house.record("shop", "orders", "1").id != house.record("shop", "orders", "900").id
    assert house.data("shop", "orders", "1")["email"] == "old@example.com"
