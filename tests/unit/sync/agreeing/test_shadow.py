"""The two shadows of a link: kept as nothing where they equal a version of the record."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from house import House

from hub.store import records
from hub.store.links import LinkRow, LinkState
from hub.store.records import RecordRow, VersionRow
from hub.sync.agreeing.shadow import fold, made_of_ours, older_versions, unfold

RECORD = RecordRow("r1", "default", "order", 3, '{"v":3}', None, None, None, None, None, None, "t", "shop", None)
LINK = LinkRow("shop", "orders", "5", "r1", LinkState.ACTIVE, version=3)


def link(**more: object) -> LinkRow:
    return LinkRow("shop", "orders", "5", "r1", LinkState.ACTIVE, **more)  # type: ignore[arg-type]


def test_a_shadow_that_equals_the_record_is_not_written_down() -> None:
    assert fold({"v": 3}, {"v": 3}, '{"v":3}') is None
    assert fold({"v": 2}, {"v": 3}, '{"v":3}') == '{"v":2}'


def test_what_was_folded_is_unfolded() -> None:
    data = {"v": 3}
    for ours, theirs in (({"v": 3}, {"v": 3}), ({"v": 2}, {"v": 3}), ({"v": 3}, {"v": 1, "w": None})):
        kept = link(version=3, ours=fold(ours, data, RECORD.data), theirs=fold(theirs, data, RECORD.data))
        assert unfold(kept, RECORD, {}) == (ours, theirs)


def test_nothing_was_agreed_without_a_link_a_record_or_a_version() -> None:
    assert unfold(None, RECORD, {}) == ({}, {})
    assert unfold(LINK, None, {}) == ({}, {})
    assert unfold(link(version=0), RECORD, {}) == ({}, {})


def test_a_shadow_of_an_older_version_comes_from_history(open_house: Callable[[], House]) -> None:
    database = open_house().hub.database
    with database.write() as tx:
        records.put_many(tx, [RECORD])
        records.put_many(tx, [], [VersionRow("r1", n, f'{{"v":{n}}}', "t", "shop", None) for n in (1, 2)])
        for version, wanted in ((1, {("r1", 1): '{"v":1}'}), (3, {}), (0, {})):
            assert older_versions(tx, [link(version=version)], {"r1": RECORD}) == wanted
        assert older_versions(tx, [link(version=1, ours="{}", theirs="{}")], {"r1": RECORD}) == {}
        assert older_versions(tx, [link(version=1)], {}) == {}
        found = older_versions(tx, [link(version=2, theirs='{"v":9}')], {"r1": RECORD})
    assert unfold(link(version=2, theirs='{"v":9}'), RECORD, found) == ({"v": 2}, {"v": 9})


def test_what_the_remote_made_of_our_values_is_no_change_of_its_own() -> None:
    """T120, T116."""
    sent = {"name": " Ada ", "note": "", "tags": [], "email": "a@b", "phone": "1"}
    decoded = {"name": "ADA", "note": "by the ERP", "tags": ["vip"], "email": "a@b", "number": "17"}
    assert made_of_ours(sent, {}, decoded) == {"name": "ADA", "email": "a@b"}
    assert made_of_ours(sent, {"name": " Ada "}, decoded) == {"email": "a@b"}


def test_what_the_remote_keeps_empty_as_we_do_is_no_change_of_its_own() -> None:
    assert made_of_ours({"note": "", "tags": []}, {}, {"note": None, "tags": [], "phone": ""}) == {
        "note": None,
        "tags": [],
        "phone": "",
    }
    assert made_of_ours({"note": "kept"}, {"note": "kept"}, {"note": "kept"}) == {"note": "kept"}
    assert made_of_ours({"note": "kept"}, {"note": "kept"}, {"note": ""}) == {}


def test_folding_does_not_depend_on_the_order_of_keys() -> None:
    data = {"a": 1, "b": 2}
    assert fold({"b": 2, "a": 1}, data, orjson.dumps(data).decode()) is None
