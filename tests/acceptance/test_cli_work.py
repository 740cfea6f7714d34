"""An operator's day at the command line, between two shops that speak over real sockets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from connectors.woocommerce.sandbox import WooSandbox, seed
from hub.cli.program import run
from hub.testing.serve import serve

TOML = """
[merchants.acme]
name = "Acme GmbH"

[connections.shop]
connector = "woocommerce"
url = "{shop}"
key = "env:SHOP_KEY"
secret = "file:secret"

[connections.outlet]
connector = "woocommerce"
url = "{outlet}"
key = "env:SHOP_KEY"
secret = "file:secret"

[[routes]]
entity = "customer"
source = "shop"
target = "outlet"

[[schedules]]
connection = "shop"
every = "5m"
"""
LISTS = {
    "connect list": "connections",
    "connect test": "connections",
    "connectors": "connectors",
    "doctor": "checks",
    "mapping check shop orders --examples 1": "mappings",
    "notices list": "notices",
    "problems list": "problems",
    "runs": "runs",
    "table list": "values",
}


class Desk:
    """Runs commands and gives what they said."""

    def __init__(self, folder: Path, shop: WooSandbox, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.shop, self._capsys = folder, shop, capsys

    def __call__(self, words: str, code: int = 0) -> str:
        self._capsys.readouterr()
        ended = run(words.split())
        said = self._capsys.readouterr()
        assert ended == code, said
        assert "Traceback" not in said.err
        return said.out

    def json(self, words: str, code: int = 0) -> Any:
        return json.loads(self(f"{words} --json", code))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    shop, outlet = WooSandbox(), WooSandbox()
    seed(shop, 12)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    monkeypatch.setenv("SHOP_KEY", "ck_sandbox")
    (tmp_path / "secret").write_text("cs_sandbox", encoding="utf-8")
    with serve(shop) as shop_url, serve(outlet) as outlet_url:
        text = TOML.format(shop=shop_url, outlet=outlet_url)
        (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
        yield Desk(tmp_path, shop, capsys)


@pytest.fixture
def synced(desk: Desk) -> Desk:
    desk("apply --yes")
    desk("sync")
    return desk


def test_a_stranger_gets_from_nothing_to_a_first_sync(desk: Desk) -> None:
    (desk.folder / "hub.toml").rename(desk.folder / "mine.toml")
    assert "hub.toml made." in desk("init")
    assert "stays as it is" in desk("init")
    (desk.folder / "mine.toml").replace(desk.folder / "hub.toml")
    plan = desk("apply --dry-run")
    assert "+ connection shop" in plan
    assert "5 to create." in plan
    assert "Done." in desk("apply --yes")
    assert desk("apply --yes") == "Everything is as hub.toml says; nothing to change.\n"
    assert desk("connect test").count("works") == 2
    assert "12" in desk("sync")
    assert "never synced" not in desk("status")


def test_nothing_is_done_where_nobody_can_be_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("y"))
    assert "+ connection shop" in desk("apply", code=2)
    assert desk.json("connect list") == {"connections": []}


def test_a_second_sync_finds_nothing_new(synced: Desk) -> None:
    runs = synced.json("sync")["runs"]
    assert sum(run["written"] for run in runs) == 0
    assert all(run["read"] == run["written"] + run["unchanged"] + run["skipped"] + run["parked"] for run in runs)


@pytest.mark.parametrize(("words", "key"), LISTS.items())
def test_every_list_is_there_for_programs(synced: Desk, words: str, key: str) -> None:
    answer = synced.json(words)
    assert set(answer) == {key}
    assert isinstance(answer[key], list)


def test_the_status_is_there_for_programs(synced: Desk) -> None:
    view = synced.json("status")
    assert set(view) == {"at", "connections", "records", "problems", "notices", "needs", "unscheduled"}
    assert view["records"]["order"] == 12
    assert {one["name"]: one["state"] for one in view["connections"]} == {"shop": "ok", "outlet": "ok"}


def test_where_is_that_order(synced: Desk) -> None:
    """T130: one page that opens with one sentence for each system."""
    order = next(o for o in synced.shop.store.orders.values() if o["currency"] == "EUR")
    page = synced(f"record show {order['number']} --entity order")
    headline, _, first = page.splitlines()[:3]
    assert headline.startswith(f"Order {order['number']} · {order['total']} ")
    assert first.startswith(f"shop  Order {order['id']} read ")
    assert first.endswith("up to date.")
    assert "How it came to be" in page


def test_what_is_not_here_is_asked_for_in_the_shops(synced: Desk) -> None:
    answer = synced.json("record search nobody@nowhere.example", code=1)
    assert (answer["records"], answer["elsewhere"]) == ([], [])
    assert set(answer["asked"]) == {"outlet", "shop"}


def test_a_paused_connection_is_left_out_until_it_is_resumed(synced: Desk) -> None:
    assert "is paused" in synced("connect pause outlet")
    assert {one["connection"] for one in synced.json("sync")["runs"]} == {"shop"}
    assert "outlet is paused" in synced("status")
    assert "is resumed" in synced("connect resume outlet")


def test_a_wrong_key_is_told_and_the_checkpoint_kept(
    synced: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """T141: the connection needs new credentials, and goes on where it was once it has them."""
    monkeypatch.setenv("SHOP_KEY", "ck_revoked")
    capsys.readouterr()
    assert run(["sync", "shop"]) == 3
    assert "401" in capsys.readouterr().err
    assert "refuses our credentials" in synced("status")
    monkeypatch.setenv("SHOP_KEY", "ck_sandbox")
    assert "works" in synced("connect test shop")
    assert sum(one["written"] for one in synced.json("sync shop")["runs"]) == 0


def test_an_export_configures_the_same(synced: Desk) -> None:
    synced("export --to other.toml")
    assert synced("apply --config other.toml --dry-run") == "Everything is as hub.toml says; nothing to change.\n"
    assert "is there already" not in synced("export --to other.toml --force")


def test_a_connection_is_added_by_hand_once_it_works(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk("apply --yes")
    shop = next(line.split('"')[1] for line in desk("export").splitlines() if line.startswith("url"))
    desk(f"connect add market woocommerce url={shop} key=env:SHOP_KEY secret=file:secret")
    made_by = {one["name"]: one["managed_by"] for one in desk.json("connect list")["connections"]}
    assert made_by == {"shop": "file", "outlet": "file", "market": "operator"}
    assert run(["connect", "add", "other", "woocommerce", f"url={shop}", "key=ck_plain", "secret=file:secret"]) == 2
    assert "key is a secret" in capsys.readouterr().err


def test_the_doctor_sees_what_was_changed_and_not_applied(synced: Desk) -> None:
    with (synced.folder / "hub.toml").open("a", encoding="utf-8") as file:
        file.write('[custom.order]\ngift = "text"\n')
    assert "1 change in it not applied yet" in synced("doctor")


def test_the_doctor_tells_of_a_missing_secret_once(synced: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_KEY")
    failed = [one["message"] for one in synced.json("doctor", 2)["checks"] if one["verdict"] == "failed"]
    assert sum("SHOP_KEY is not set" in message for message in failed) == 2  # two connections use it


def test_the_past_is_read_in_a_lane_of_its_own(synced: Desk) -> None:
    [result] = synced.json("backfill shop orders --since 2020-01-01")["runs"]
    assert (result["read"], result["unchanged"]) == (12, 12)


def test_a_mapping_is_shown_with_the_layer_of_each_rule(synced: Desk) -> None:
    rules = synced.json("mapping show shop orders")["rules"]
    assert {rule["layer"] for rule in rules} == {"shipped"}
    assert {"number", "status", "lines"} <= {rule["ours"] for rule in rules}


def test_a_plan_is_shown_and_nothing_is_written(desk: Desk) -> None:
    """T137: the outlet gets nothing until the real sync, which then sends what the plan said."""
    desk("apply --yes")
    plan = desk.json("sync --plan")
    shown = desk("sync --plan")
    assert desk.json("status")["records"] == {}
    assert "This was a plan: nothing was written." in shown
    planned = {f"{one['connection']} {one['stream']}": one["creates"] + one["changes"] for one in plan["streams"]}
    assert planned["outlet customers"] > 0
    runs = [one for one in desk.json("sync")["runs"] if one["kind"] == "push"]
    sent: Counter[str] = Counter()
    for one in runs:
        sent[f"{one['connection']} {one['stream']}"] += one["written"] + one["parked"]
    assert +sent == planned, "one of them is refused by the outlet, which only the outlet knows"


def test_a_record_tells_where_its_values_come_from_and_what_it_was(synced: Desk) -> None:
    store = synced.shop.store
    number = next(iter(store.orders))
    store.orders[number]["customer_note"] = "By the window"
    store.touch(store.orders[number])
    synced(f"record pull shop orders {number}")
    found = synced.json(f"record show {number} --entity order --why note")
    assert found["steps"][0]["value"] == "By the window"
    assert found["rule"] == "customer_note"
    assert "customer_note" in synced(f"record show {number} --entity order --why note")
    page = synced.json(f"record show {number} --entity order")
    first = [one["event"] for one in page["past"] if not one["current"]][-1]
    assert first in synced(f"record show {number} --entity order")
    plan = synced.json(f"record replay {number} --entity order --event {first} --plan")
    assert [one["path"] for one in plan["fields"]] == ["note"]
    synced(f"record replay {number} --entity order --event {first}")
    again = synced.json(f"record show {number} --entity order --why note")
    assert again["steps"][0]["source"] == "operator"


def test_a_value_that_is_taken_out_is_told_with_what_that_means(desk: Desk) -> None:
    desk("init")
    desk("apply --yes")
    desk("table set shop payments cod cash")
    desk("table set shop payments bar cash")
    assert "cash is still written as bar." in desk("table unset shop payments cod")
    said = desk("table unset shop payments bar")
    assert "What was read with it keeps cash until it is read again." in said
    assert "No row is left by which cash is written" in said
    assert "`hub table set shop payments bar HERE`" in said
    assert desk.json("table list shop payments") == {"values": []}
    desk("table set shop payments cod cash")
    where = {"connection": "shop", "table": "payments", "remote": "cod"}
    assert desk.json("table unset shop payments cod") == {**where, "canonical": "cash", "others": [], "waiting": 0}
