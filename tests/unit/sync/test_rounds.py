"""A sync goes round until nothing moves any more, and not once more."""

from __future__ import annotations

import pytest
from house import STREAMS, House, order

from hub.api import AuthError, ConfigError, Lane, UnavailableError, Window, Write
from hub.store import outbox, runs, settings
from hub.store.runs import RunState
from hub.sync.backfill import backfill
from hub.sync.execute import Kind, ordered, sync
from hub.testing.memory import MemoryConnector, MemoryRemote, memory_spec


def started(house: House) -> int:
    with house.hub.database.read() as tx:
        return len(runs.listing(tx, limit=10_000))


def test_a_quiet_sync_reads_each_stream_once(house: House) -> None:
    house.sync_well()
    before = started(house)
    report = house.sync_well()
    assert started(house) - before == len(report.results) == 2 * len(STREAMS)
    assert {result.kind for result in report.results} == {Kind.PULL}


def test_what_cannot_be_done_now_does_not_keep_the_sync_busy(house: House) -> None:
    """What is owed to a stream that is not written, and what a person was asked about."""
    house.swap("erp", MemoryConnector, writes=False)
    house.shop.put("orders", order("1"))
    house.sync_well()
    assert len(house.sync_well().results) <= 4 * len(STREAMS)
    assert house.owed()["erp", "orders"] == (1, 0, 0)


def test_an_edit_behind_a_write_whose_outcome_is_unknown_waits_in_peace(house: House) -> None:
    """T004."""

    class Mute(MemoryConnector):
        find = None  # type: ignore[assignment]
        fetch = None  # type: ignore[assignment]

    def lose(when: str, write: Write) -> None:
        if when == "before" and "number" in write.document:
            raise UnavailableError("reset", hint="Wait.")

    house.swap("erp", Mute)
    house.shop.put("orders", order("1"))
    house.erp.fail = lose
    house.sync()
    house.shop.put("orders", {"id": "1", "note": "edited"})
    house.sync()
    assert house.owed()["erp", "orders"] == (1, 0, 1)
    assert len(house.sync_well().results) <= 4 * len(STREAMS)


def test_only_the_streams_that_were_asked_for_are_synced(house: House) -> None:
    house.shop.put("customers", {"id": "7", "email": "a@example.com"})
    house.shop.put("orders", order("1", customer="7"))
    report = sync(house.hub, ["shop", "erp"], ["customers"])
    assert {result.stream for result in report.results} == {"customers"}
    assert "orders" not in house.erp.tables
    assert len(house.erp.tables["customers"]) == 1


def test_streams_come_after_those_that_they_refer_to() -> None:
    spec = memory_spec("shop", MemoryRemote(), STREAMS[::-1], {})
    names = [stream.name for stream in ordered(spec)]
    for stream in STREAMS:
        assert all(names.index(before) < names.index(stream.name) for before in stream.after)
    assert len(names) == len(STREAMS)
    assert [stream.name for stream in ordered(spec, ["orders", "customers"])] == ["customers", "orders"]
    with pytest.raises(ConfigError, match="has no stream 'invoices'") as caught:
        ordered(spec, ["invoices"])
    assert "customers" in caught.value.hint


def test_an_unknown_connection_is_named_with_those_that_exist(house: House) -> None:
    with pytest.raises(ConfigError, match="no connection 'shopp'") as caught:
        sync(house.hub, ["shopp"])
    assert caught.value.hint == "There are: erp, shop."


def test_a_paused_connection_is_left_out_and_what_is_owed_to_it_is_kept(house: House) -> None:
    with house.hub.database.write() as tx:
        settings.set_connection_state(tx, "erp", "paused", "stocktaking", house.clock())
    house.shop.put("orders", order("1"))
    report = house.sync_well()
    assert {result.connection for result in report.results} == {"shop"}
    assert house.owed()["erp", "orders"] == (1, 0, 0)
    with pytest.raises(ConfigError, match="erp is paused: stocktaking"):
        house.sync("erp")
    with house.hub.database.write() as tx:
        settings.set_connection_state(tx, "erp", "ok", None, house.clock())
    house.sync_well("erp")
    assert house.owed() == {}


class Down(MemoryConnector):
    """Gives no answer."""

    def read(self, stream, window):  # type: ignore[no-untyped-def]
        """Fail."""
        raise UnavailableError("no answer", hint="Wait.")


class Refused(MemoryConnector):
    """Does not know our key."""

    def read(self, stream, window):  # type: ignore[no-untyped-def]
        """Fail."""
        raise AuthError("401", hint="Ask for a new key.")


def state(house: House, name: str) -> tuple[str, str | None]:
    with house.hub.database.read() as tx:
        row = settings.connection(tx, name)
    assert row is not None
    return row.state, row.reason


def test_an_outage_degrades_one_connection_and_the_others_go_on(house: House) -> None:
    house.swap("erp", Down)
    house.shop.put("orders", order("1"))
    report = house.sync()
    assert {r.connection for r in report.results if r.error} == {"erp"}
    assert state(house, "erp") == ("degraded", "no answer")
    assert state(house, "shop")[0] == "ok"
    house.swap("erp", MemoryConnector)
    house.sync_well()
    assert state(house, "erp") == ("ok", None)
    assert len(house.erp.tables["orders"]) == 1


def test_a_refused_key_is_another_state_than_an_outage_and_stops_the_rest(house: House) -> None:
    """T141: one refusal, no further request, the checkpoint stays."""
    house.swap("erp", Refused)
    report = house.sync("erp")
    assert len([r for r in report.results if r.error]) == 1
    assert state(house, "erp") == ("needs_reauth", "401")


def test_a_run_with_a_parked_record_is_partial_and_its_numbers_add_up(house: House) -> None:
    """T132."""
    house.shop.put("orders", order("1", status="bogus"))
    house.shop.put("orders", order("2"))
    report = house.sync_well("shop")
    [result] = [r for r in report.results if r.counts.parked]
    assert (result.state, result.counts.read, result.counts.written, result.counts.parked) == (
        RunState.PARTIAL,
        2,
        1,
        1,
    )


def test_a_failed_run_adds_up_too(house: House) -> None:
    def lose(when: str, write: Write) -> None:
        if when == "before" and write.document.get("number") == "2":
            raise UnavailableError("reset", hint="Wait.")

    for number in range(1, 8):
        house.shop.put("orders", order(str(number)))
    house.erp.fail = lose
    report = house.sync()
    [failed] = [r for r in report.results if r.state == RunState.FAILED]
    assert failed.counts.add_up()
    with house.hub.database.read() as tx:
        kept = runs.get(tx, failed.run)
    assert kept is not None
    assert (kept.read, kept.written) == (failed.counts.read, failed.counts.written)


def test_a_run_whose_process_died_is_marked_by_the_next(house: House) -> None:
    with house.hub.database.write() as tx:
        runs.start(tx, "dead", "shop", "orders", "pull", "live", house.clock())
    house.sync_well("shop")
    with house.hub.database.read() as tx:
        dead = runs.get(tx, "dead")
    assert dead is not None
    assert dead.state == RunState.CRASHED


def test_a_back_fill_leaves_the_live_lane_where_it_is(house: House) -> None:
    """T032."""
    house.sync_well()
    late = house.shop.put("orders", order("1"))
    house.shop.tables["orders"]["1"] = {**late, "updated": "2020-01-01T00:00:00Z"}
    house.sync_well()
    assert "orders" not in house.erp.tables
    result = backfill(house.hub, "shop", "orders", Window(lane=Lane.BACKFILL))
    assert (result.error, result.counts.written) == (None, 1)
    house.sync_well()
    assert len(house.erp.tables["orders"]) == 1


def test_nothing_is_owed_forever_after_everything_was_synced(house: House) -> None:
    house.route("customer", direction="two-way")
    house.route("order", direction="two-way")
    for number in range(1, 30):
        house.shop.put("orders", order(str(number), email=f"{number % 5}@example.com"))
    house.sync_well()
    with house.hub.database.read() as tx:
        assert outbox.backlog(tx) == {}
    assert sum(result.counts.written for result in house.sync_well().results) == 0


def test_a_backfill_from_an_earlier_day_is_not_taken_for_one_that_was_stopped(house: House) -> None:
    class Breaks(MemoryConnector):
        """Stops after a hundred documents."""

        def read(self, stream, window):  # type: ignore[no-untyped-def]
            """Fail at the last page."""
            for page in super().read(stream, window):
                if page.resume is None:
                    raise UnavailableError("no answer", hint="Wait.")
                yield page

    since = house.clock()
    for number in range(200, 400):
        house.shop.put("orders", order(str(number)))
    house.shop.tables["orders"]["1"] = {**order("1"), "updated": "2026-01-15T00:00:00Z"}
    house.swap("shop", Breaks)
    assert backfill(house.hub, "shop", "orders", Window(since, lane=Lane.BACKFILL)).error
    house.swap("shop", MemoryConnector)
    backfill(house.hub, "shop", "orders", Window(since.replace(month=1), lane=Lane.BACKFILL))
    assert house.data("shop", "orders", "1")["number"] == "1"
