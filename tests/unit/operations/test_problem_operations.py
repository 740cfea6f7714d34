"""Problems that are replayed with today's data, and values that free what waited for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from office import CONNECTIONS, Office, customer, order

from hub.errors import ConfigError, RejectedError
from hub.operations import record as record_operation
from hub.operations.problem import close_problem, close_settled, queue_replay
from hub.operations.table import set_value, unset_value
from hub.plugins import Plugins
from hub.queries.problem import find_problem, problem_groups, problem_page
from hub.store import outbox, overview, problems
from hub.store.cause import cause_of
from hub.store.problems import Place, Problem


def stuck_order(office: Office, **more: str) -> None:
    office.apply()
    office.shop.put("customers", customer())
    office.shop.put("orders", order("1", **more))
    office.sync()


def test_a_replay_reads_the_record_as_it_is_now(office: Office) -> None:
    """T129: the retry of an old error uses current data."""
    stuck_order(office, status="lost")
    [problem] = office.problems()
    office.shop.put("orders", {"id": "1", "status": "completed", "total": "12.00"})
    assert queue_replay(office.database, office.plugins, [problem], office.clock()) == []
    office.sync("shop")
    assert office.problems() == []
    assert office.record("shop", "orders", "1").total == "12.00"


def test_a_replay_that_fails_again_leaves_the_problem_open_and_counts(office: Office) -> None:
    stuck_order(office, status="lost")
    queue_replay(office.database, office.plugins, office.problems(), office.clock())
    office.sync("shop")
    assert [problem.attempts for problem in office.problems()] == [3]  # the overlapping window read it, too


def test_a_refused_write_is_written_again(office: Office) -> None:
    office.apply()
    office.shop.put("customers", customer(first="refuse"))
    office.erp.normalize = lambda document: document
    office.shop.put("orders", order("1", payment="cash"))
    office.sync("shop")
    set_value(office.database, office.plugins, "shop", "payments", "cash", "cash", office.clock())
    office.sync()
    [problem] = office.problems()
    assert (problem.connection, problem.direction, problem.context["value"]) == ("erp", "push", "cash")
    done = set_value(office.database, office.plugins, "erp", "payments", "K", "cash", office.clock())
    assert (done.freed, done.before) == (1, None)
    office.sync("erp")
    assert office.problems() == []
    assert [row["payment"] for row in office.erp.tables["orders"].values()] == ["K"]


def test_a_value_frees_what_waited_for_it(office: Office) -> None:
    stuck_order(office, payment="cod")
    done = set_value(office.database, office.plugins, "shop", "payments", "cod", "cash", office.clock())
    assert done.freed == 1
    office.sync("shop")
    assert office.problems() == []


def test_a_value_that_was_taken_out_holds_back_what_comes_next_and_leaves_what_was_read(office: Office) -> None:
    stuck_order(office, payment="cod")
    set_value(office.database, office.plugins, "shop", "payments", "cod", "cash", office.clock())
    office.sync("shop")
    unset_value(office.database, "shop", "payments", "cod")
    office.shop.put("orders", order("2", payment="cod"))
    office.sync("shop")
    [problem] = office.problems()
    assert (problem.subject, problem.context["value"]) == ("2", "cod")
    assert '"payment_method":"cash"' in office.record("shop", "orders", "1").data


def test_taking_a_value_out_tells_what_else_is_written_for_the_same_and_what_waits(office: Office) -> None:
    stuck_order(office, payment="cod")
    for word in ("barzahlung", "bar"):
        set_value(office.database, office.plugins, "shop", "payments", word, "cash", office.clock())
    first = unset_value(office.database, "shop", "payments", "barzahlung")
    assert (first.canonical, first.others, first.waiting) == ("cash", ("bar",), 1)
    assert unset_value(office.database, "shop", "payments", "bar").others == ()


def test_a_value_that_is_not_there_cannot_be_taken_out(office: Office) -> None:
    office.apply()
    set_value(office.database, office.plugins, "shop", "payments", "cod", "cash", office.clock())
    with pytest.raises(ConfigError, match="there is no code in the table payments of shop") as caught:
        unset_value(office.database, "shop", "payments", "code")
    assert caught.value.hint == 'Did you mean "cod"?'
    with pytest.raises(ConfigError, match="there is no value table tax"):
        unset_value(office.database, "shop", "tax", "cod")


def test_a_value_of_hub_toml_is_taken_out_there(office: Office) -> None:
    office.apply(CONNECTIONS + "[connections.shop.tables.payments]\ncod = 'cash'\n")
    with pytest.raises(ConfigError, match="says what cod is") as caught:
        unset_value(office.database, "shop", "payments", "cod")
    assert "`hub apply`" in caught.value.hint


def test_an_unknown_table_is_told_with_those_there_are(office: Office) -> None:
    office.apply()
    with pytest.raises(ConfigError, match="there is no value table tax") as caught:
        set_value(office.database, office.plugins, "shop", "tax", "a", "b", office.clock())
    assert caught.value.hint == 'Did you mean "taxes"?'


def test_a_closed_problem_is_not_replayed(office: Office) -> None:
    stuck_order(office, status="lost")
    [problem] = office.problems()
    close_problem(office.database, problem, "it was a test order", office.clock())
    assert office.problems() == []
    with office.database.read() as tx:
        closed = problems.get(tx, problem.id)
    assert closed is not None
    assert closed.note == "it was a test order"
    with pytest.raises(ConfigError, match="closed already"):
        queue_replay(office.database, office.plugins, [closed], office.clock())


def test_a_write_with_nothing_left_to_write_closes_its_problem(office: Office) -> None:
    stuck_order(office)
    [place] = [("erp", "orders", office.record("shop", "orders", "1").id)]
    office.sync()
    problem = _report(office, place[2])
    queue_replay(office.database, office.plugins, [problem], office.clock())
    with office.database.write() as tx:
        outbox.drop(tx, *place, "pending")
    close_settled(office.database, [problem], office.clock())
    assert office.problems() == []


def _report(office: Office, record: str) -> Problem:
    with office.database.write() as tx:
        place = Place("default", "erp", "orders", "push", record)
        problems.report(tx, place, RejectedError("no"), problem_id="p-1", now=office.clock())
    return office.problems()[0]


def test_a_record_is_pulled_and_pushed_by_hand(office: Office) -> None:
    stuck_order(office)
    record_id = office.record("shop", "orders", "1").id
    office.shop.tables["orders"]["1"]["note"] = "changed where no cursor sees it"
    assert record_operation.queue_pull_everywhere(office.database, record_id, office.clock()) == ["erp", "shop"]
    office.sync()
    assert "no cursor" in office.record("shop", "orders", "1").data
    assert record_operation.queue_push(office.database, record_id, "order", office.clock(), None) == ["erp"]
    with pytest.raises(ConfigError, match="no route carries this order to shop"):
        record_operation.queue_push(office.database, record_id, "order", office.clock(), "shop")


def test_what_is_not_here_is_asked_for_elsewhere(office: Office) -> None:
    office.apply()
    office.shop.put("orders", order("4711", number="A-4711"))
    asked = record_operation.ask_remotes(office.hub, "4711")
    assert asked.asked == ("erp", "shop")
    assert [(h.connection, h.stream, h.external_id, h.name, h.record) for h in asked.hits] == [
        ("shop", "orders", "4711", "A-4711", None)
    ]
    record_operation.queue_pull(office.database, "shop", "orders", ["4711"], office.clock())
    office.clock.forward(days=-400)
    office.sync("shop")
    assert office.record("shop", "orders", "4711").number == "A-4711"


def test_the_same_mistake_in_thousands_of_records_is_one_group_with_one_replay(office: Office) -> None:
    office.apply()
    for number in range(3, 303):
        office.shop.put("orders", order(str(number), status="lost", customer=None))
    office.shop.put("orders", order("1", status="gone", customer=None))
    office.sync("shop")
    big, small = sorted(problem_groups(office.database), key=lambda group: -group.count)
    assert (big.count, small.count) == (300, 1)
    assert big.newest.message.endswith("is not among the values of the mapping; known are processing, completed")
    assert big.newest.owner == "integrator"
    with office.database.read() as tx:
        alike = problems.like(tx, find_problem(office.database, big.newest.id))
    for row in office.shop.tables["orders"].values():
        row["status"] = "completed"
    queue_replay(office.database, office.plugins, alike, office.clock())
    office.sync("shop")
    with office.database.read() as tx:
        assert problems.still_open(tx, [one.id for one in alike]) == []
        assert {one.note for one in problems.like(tx, replace(alike[0], state="closed"))} == {"Read without a problem."}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("product 17 has no SKU 'A-1'", "product 9999 has no SKU 'B'", True),
        ("customer x3k9 is archived", "customer y8 is archived", True),
        ("the note is too long", "the name is too long", False),
    ],
)
def test_what_is_different_in_each_record_does_not_part_a_group(one: str, other: str, alike: bool) -> None:
    assert (cause_of(RejectedError(one)) == cause_of(RejectedError(other))) is alike


def test_what_is_only_tracked_is_taken_in_again_as_it_was_received(office: Office) -> None:
    """A carrier's parcels are never fetched by id: a row in the inbox would wait for ever."""
    stuck_order(office, status="lost")
    [problem] = office.problems()
    spec = office.plugins.connectors["shop"]
    tracked = [replace(stream, reads=False, tracks=True) for stream in spec.streams]
    plugins = Plugins(connectors={"shop": replace(spec, streams=tracked)})
    assert queue_replay(office.database, plugins, [problem], office.clock()) == [problem]


def test_one_bad_record_of_a_hundred_is_parked_with_what_is_wrong_and_what_to_do(office: Office) -> None:
    """T125: 99 come in; the 57th is named with field, value, reason and next step."""
    office.apply()
    for number in range(1, 101):
        status = "wat" if number == 57 else "processing"
        office.shop.put("orders", order(str(number), status=status, customer=None))
    office.sync("shop")
    [group] = problem_groups(office.database)
    assert (group.count, group.newest.subject, group.newest.owner) == (1, "57", "integrator")
    page = problem_page(office.database, group.newest.id)
    assert page.context == {"path": "status", "field": "status", "value": "wat"}
    assert "'wat' is not among the values of the mapping" in page.problem.message
    assert page.problem.hint.startswith("Correct it in the remote system")
    with office.database.read() as tx:
        assert overview.count_records(tx)["order"] == 99
