"""The state of the hub on one page, problems in groups, runs that add up."""

from __future__ import annotations

import pytest
from office import CONNECTIONS, ROUTES, Office, customer, order

from hub.api import Lane, Window
from hub.errors import ConfigError
from hub.operations.connection import pause
from hub.queries.connection import connections
from hub.queries.problem import find_problem, problem_groups, problem_page
from hub.queries.run import run_list, run_page
from hub.queries.status import status
from hub.sync.backfill import backfill


def filled(office: Office) -> None:
    office.apply(CONNECTIONS + ROUTES)
    office.shop.put("customers", customer())
    for number in "123":
        office.shop.put("orders", order(number))
    office.shop.put("orders", order("8", status="lost"))
    office.shop.put("orders", order("9", status="lost"))


def test_a_status_counts_what_is_there_and_what_is_still_to_be_done(office: Office) -> None:
    filled(office)
    office.sync("shop")
    view = status(office.database, office.plugins, now=office.clock())
    streams = {(one.name, stream.name): stream for one in view.connections for stream in one.streams}
    assert view.records == {"customer": 1, "order": 3}
    assert view.problems == {"dead_letter": 2}
    assert (streams["shop", "orders"].records, streams["shop", "orders"].lag) == (3, 600.0)
    assert (streams["erp", "orders"].to_write, streams["erp", "orders"].synced_at) == (3, None)
    assert [(need.sentence, need.command) for need in view.needs] == [
        ("2 records could not be processed", "hub problems list")
    ]


def test_what_refers_to_another_systems_own_does_not_count_as_waiting(office: Office) -> None:
    """Nothing brings the shop's customer to the ERP, so its order never goes; where a route may, it waits."""
    customers, orders = ROUTES.split("\n\n")
    only_back = customers.replace("shop", "x").replace("erp", "shop").replace("x", "erp")
    office.apply(CONNECTIONS + only_back + "\n\n" + orders)
    office.shop.put("customers", customer())
    office.shop.put("orders", order("1"))
    office.sync()
    assert waiting(office) == (0, 1)
    barred = customers + '\nexcept = [{field = "first_name", is = "Ada"}]'
    office.apply(CONNECTIONS + barred + "\n\n" + orders)
    office.sync()
    assert waiting(office) == (1, 0)


def waiting(office: Office) -> tuple[int, int]:
    view = status(office.database, office.plugins, now=office.clock())
    [found] = [
        stream for one in view.connections for stream in one.streams if (one.name, stream.name) == ("erp", "orders")
    ]
    return found.waiting, found.foreign


def test_reading_the_past_does_not_make_a_stream_fresh(office: Office) -> None:
    filled(office)
    office.sync("shop")
    office.clock.forward(hours=1)
    backfill(office.hub, "shop", "orders", Window(None, office.clock(), lane=Lane.BACKFILL))
    [shop] = [
        one for one in status(office.database, office.plugins, now=office.clock()).connections if one.name == "shop"
    ]
    assert [stream.lag for stream in shop.streams if stream.name == "orders"] == [4200.0]


def test_a_status_names_what_needs_a_person_and_where_to_start(office: Office) -> None:
    office.apply(CONNECTIONS)
    pause(office.database, "erp", office.clock(), "stocktaking")
    needs = status(office.database, office.plugins, now=office.clock()).needs
    assert [(need.sentence, need.command) for need in needs] == [
        ("erp is paused: stocktaking", "hub connect resume erp")
    ]


def test_a_status_names_what_no_schedule_reads(office: Office) -> None:
    """A schedule that only reconciles does not count."""
    syncs = '[[schedules]]\nconnection = "shop"\nstreams = ["orders"]\nevery = "5m"\n'
    proves = '[[schedules]]\nconnection = "erp"\ncron = "0 3 * * *"\ndoes = "reconcile"\n'
    office.apply(CONNECTIONS)
    assert status(office.database, office.plugins, now=office.clock()).unscheduled == ("erp", "shop")
    office.apply(CONNECTIONS + syncs + proves)
    assert status(office.database, office.plugins, now=office.clock()).unscheduled == ("erp",)


def test_a_connection_whose_connector_is_gone_is_broken_and_not_fatal(office: Office) -> None:
    office.apply(CONNECTIONS)
    plugins = type(office.plugins)(connectors={"shop": office.plugins.connectors["shop"]})
    found = {view.name: (view.state, view.streams) for view in connections(office.database, plugins)}
    assert found["erp"] == ("broken", ())
    assert {one.state for one in status(office.database, plugins, now=office.clock()).connections} == {"ok", "broken"}


def test_problems_with_one_reason_stand_together(office: Office) -> None:
    filled(office)
    office.sync("shop")
    [group] = problem_groups(office.database)
    assert (group.count, sorted(group.subjects)) == (2, ["8", "9"])


def test_a_problem_is_found_by_the_end_of_its_id(office: Office) -> None:
    filled(office)
    office.sync("shop")
    first = problem_groups(office.database)[0].newest
    assert find_problem(office.database, first.id[-4:]).id == first.id
    page = problem_page(office.database, first.id)
    assert page.document["status"] == "lost"
    for wrong in ("0", "nowhere"):
        with pytest.raises(ConfigError, match=f"no problem ends in {wrong}"):
            find_problem(office.database, wrong)


def test_the_numbers_of_a_run_add_up(office: Office) -> None:
    """T132: read 5, written 3, parked 2 is partial, not a success."""
    filled(office)
    office.sync("shop")
    orders = next(run for run in run_list(office.database) if run.stream == "orders")
    assert (orders.read, orders.written, orders.parked, orders.state) == (5, 3, 2, "partial")
    assert run_page(office.database, orders.id[-4:]).run.id == orders.id
    with pytest.raises(ConfigError, match="no run ends in nowhere"):
        run_page(office.database, "nowhere")
