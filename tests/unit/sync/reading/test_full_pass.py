"""Full passes: what they do not find is asked for by id, and only what is not there then is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import pytest
from house import House, order

from hub.api import Cursor, Document, Page, UnavailableError, Window
from hub.operations.problem import queue_replay
from hub.store import full_passes, inbox, links
from hub.testing.memory import PAGE, MemoryConnector, MemoryRemote

ORDERS = 16
WITNESSES = ["100", "101", "102"]
"""What is asked for beside a record that is not there, in a shop of many."""


class Hiding(MemoryConnector):
    """A remote in memory whose lists leave some records out; by id each is shown, unless it is `away`."""

    def __init__(self, hidden: Sequence[str], remote: MemoryRemote, *, away: bool = False, total: int = 0) -> None:
        super().__init__(remote)
        self._hidden, self._away, self._total = set(hidden), away, total

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            shown = [document for document in page.documents if document["id"] not in self._hidden]
            yield replace(page, documents=shown, expected=self._total or page.expected)

    def fetch(self, stream: str, ids: Sequence[str]) -> Iterator[Document]:
        return iter(()) if self._away else super().fetch(stream, ids)


class Breaking(MemoryConnector):
    """A remote in memory that answers no more once it is asked for a page."""

    def __init__(self, page: int, remote: MemoryRemote) -> None:
        super().__init__(remote)
        self._page = page

    def read(self, stream: str, window: Window) -> Iterator[Page]:
        for page in super().read(stream, window):
            if page.resume == self._page:
                raise UnavailableError("reset", hint="Wait.")
            yield page


@pytest.fixture
def whole(open_house: Callable[[], House]) -> House:
    """A shop that has no cursor, so that each sync is a full pass, with sixteen orders; nothing goes elsewhere."""
    return filled(open_house())


def filled(house: House) -> House:
    house.swap("shop", MemoryConnector, cursor=Cursor.NONE)
    for number in range(1, ORDERS + 1):
        house.shop.put("orders", order(str(number)))
    house.sync_well()
    return house


def hide(house: House, *hidden: str, away: bool = False, total: int = 0) -> None:
    house.swap("shop", partial(Hiding, hidden, away=away, total=total))


def gone(house: House) -> list[str]:
    with house.hub.database.read() as tx:
        found = links.known(tx, "shop", "orders", [str(number) for number in range(1, 1000)])
    return sorted(one for one, link in found.items() if link.state == "gone")


def fetched(house: House) -> list[str]:
    """List what was asked for by id."""
    asked = [request.split() for request in house.shop.requests]
    return [words[2] for words in asked if words[:2] == ["fetch", "orders"]]


def ids(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def test_what_is_deleted_is_noticed_by_the_next_full_pass_and_nowhere_deleted(house: House) -> None:
    """T124: the ERP's record stays, and an edit there does not bring the shop's back."""
    house.route("order", "erp", "shop")
    filled(house)
    del house.shop.tables["orders"]["7"]
    house.sync_well()
    assert gone(house) == ["7"]
    assert len(house.erp.tables["orders"]) == ORDERS
    assert [(event.external_id, event.record) for event in house.events("gone")] == [
        ("7", house.record("shop", "orders", "7").id)
    ]
    [row] = [row for row in house.erp.tables["orders"].values() if row["number"] == "7"]
    house.erp.put("orders", {"id": row["id"], "note": "still here"})
    house.sync_well()
    assert house.data("shop", "orders", "7")["note"] == "still here"
    assert "7" not in house.shop.tables["orders"]


def test_what_comes_back_is_alive_again(whole: House) -> None:
    row = whole.shop.tables["orders"].pop("7")
    whole.sync_well()
    whole.shop.tables["orders"]["7"] = row
    whole.sync_well()
    assert gone(whole) == []


def test_what_only_a_list_leaves_out_is_not_gone(whole: House) -> None:
    """Records in a trash, or of a kind that lists do not show: by id they are there."""
    whole.shop.requests.clear()
    hide(whole, "7", "8")
    whole.sync_well()
    assert fetched(whole) == ["7", "8"]
    assert gone(whole) == []
    assert whole.problems() == []


@pytest.mark.parametrize("away", [False, True], ids=["shown by id", "shown nowhere"])
@pytest.mark.parametrize("first", [1, 8], ids=["everything", "half"])
def test_a_pass_that_finds_far_too_little_is_a_problem_and_no_deletion(whole: House, first: int, away: bool) -> None:
    """T028: nothing is even asked for."""
    hide(whole, *ids(first, ORDERS), away=away)
    whole.shop.requests.clear()
    whole.sync_well()
    assert gone(whole) == []
    assert fetched(whole) == []
    [problem] = whole.problems()
    assert (problem.kind, problem.subject) == ("repair", "full pass")
    said = "nothing where 16" if first == 1 else "not show 9 of 16"
    assert said in problem.message
    hide(whole)
    whole.sync_well()
    assert whole.problems() == []


def test_even_of_a_few_records_nothing_at_all_is_too_little(open_house: Callable[[], House]) -> None:
    """T028."""
    house = open_house()
    house.swap("shop", MemoryConnector, cursor=Cursor.NONE)
    house.shop.put("orders", order("1"))
    house.sync_well()
    hide(house, "1", away=True)
    house.sync_well()
    assert gone(house) == []
    assert [problem.subject for problem in house.problems()] == ["full pass"]


def test_fewer_than_the_remote_speaks_of_is_a_problem_even_if_all_known_ones_came(whole: House) -> None:
    hide(whole, total=200)
    whole.sync_well()
    [problem] = whole.problems()
    assert "showed 16 of the 200 records that it spoke of" in problem.message


def test_a_person_who_knows_better_has_them_asked_for_by_id(whole: House) -> None:
    for number in ids(8, ORDERS):
        del whole.shop.tables["orders"][number]
    whole.sync_well()
    assert queue_replay(whole.hub.database, whole.hub.plugins, whole.problems(), whole.clock()) == []
    assert whole.problems() == []
    whole.sync_well()
    assert gone(whole) == sorted(ids(8, ORDERS))


def test_a_pass_that_breaks_off_goes_on_and_remembers_what_it_has_seen(whole: House) -> None:
    for number in range(ORDERS + 1, 131):
        whole.shop.put("orders", order(str(number)))
    whole.sync_well()
    del whole.shop.tables["orders"]["7"]
    whole.swap("shop", partial(Breaking, 5))
    assert [str(error) for error in whole.sync().errors] == ["reset"]
    whole.shop.requests.clear()
    whole.swap("shop", MemoryConnector)
    whole.sync_well()
    assert f"read orders {-(-129 // PAGE)}" not in whole.shop.requests
    assert fetched(whole) == ["7", *WITNESSES]
    assert gone(whole) == ["7"]


def test_what_came_to_the_hub_while_a_pass_was_read_is_not_missed_by_it(whole: House) -> None:
    """A webhook may bring a record that belongs to a page which was read before."""
    for number in range(ORDERS + 1, 131):
        whole.shop.put("orders", order(str(number)))
    whole.sync_well()
    whole.swap("shop", partial(Breaking, 5))
    whole.sync()
    whole.shop.put("orders", order("999"))
    whole.swap("shop", partial(Hiding, ["999"]))
    with whole.hub.database.write() as tx:
        inbox.add(tx, [("shop", "orders", "999")], "webhook", whole.clock())
    whole.shop.requests.clear()
    whole.sync_well()
    assert fetched(whole) == ["999"]


def test_each_pass_has_a_generation_of_its_own_and_leaves_no_stamps(whole: House) -> None:
    whole.sync_well()
    with whole.hub.database.read() as tx:
        [last] = full_passes.every_of(tx, "shop", "orders")
        assert (last.generation, last.known) == (1, ORDERS)
        assert full_passes.count_seen(tx, last) == 0


def test_a_first_import_stamps_nothing(open_house: Callable[[], House]) -> None:
    """It costs nothing, since there is nothing that it could miss."""
    house = open_house()
    house.swap("shop", MemoryConnector, cursor=Cursor.NONE)
    house.shop.put("orders", order("1"))
    house.sync_well()
    with house.hub.database.read() as tx:
        assert full_passes.every_of(tx, "shop", "orders") == []


def test_a_window_of_changes_is_no_full_pass(open_house: Callable[[], House]) -> None:
    house = open_house()
    for number in ids(1, 10):
        house.shop.put("orders", order(number))
    house.sync_well()
    house.shop.requests.clear()
    house.sync_well()
    house.sync_well()
    assert fetched(house) == []
    assert house.problems() == []


def ask_for(house: House, *wanted: str) -> None:
    with house.hub.database.write() as tx:
        inbox.add(tx, [("shop", "orders", one) for one in wanted], "webhook orders/deleted", house.clock())


def test_an_empty_answer_by_id_is_not_believed_unless_something_else_is_shown(whole: House) -> None:
    """T028: a remote in trouble answers a read by id with nothing, too."""
    hide(whole, away=True)
    ask_for(whole, "7", "8")
    report = whole.sync()
    assert ["nothing else that is known either" in str(error) for error in report.errors] == [True]
    assert gone(whole) == []
    with whole.hub.database.read() as tx:
        assert inbox.wanted(tx, "shop", "orders") == ["7", "8"]
    hide(whole)
    whole.sync_well()
    assert gone(whole) == []


def test_an_empty_answer_is_believed_where_a_witness_is_shown(whole: House) -> None:
    for number in ids(1, 12):
        del whole.shop.tables["orders"][number]
    ask_for(whole, *ids(1, 12))
    whole.sync_well()
    assert gone(whole) == sorted(ids(1, 12))


def test_where_everything_was_deleted_no_witness_is_left_and_the_answer_is_believed(
    open_house: Callable[[], House],
) -> None:
    house = open_house()
    for number in ids(1, 3):
        house.shop.put("orders", order(number))
    house.sync_well()
    house.shop.tables["orders"].clear()
    ask_for(house, *ids(1, 3))
    house.sync_well()
    assert gone(house) == ids(1, 3)
