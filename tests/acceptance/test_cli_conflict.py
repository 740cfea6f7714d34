"""A person settles at the command line what two shops cannot agree on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.woocommerce.sandbox import WooSandbox
from connectors.woocommerce.sandbox.customers import blank
from hub.cli.program import run
from hub.testing.serve import serve

TOML = """
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
direction = "two-way"

[policies]
"customer.first_name" = "human"
"""


class Desk:
    """Two shops with one customer, whose first name is another in each of them, and an operator."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.shop, self.outlet = WooSandbox(), WooSandbox()
        self._capsys = capsys

    def __call__(self, words: str, code: int = 0) -> str:
        self._capsys.readouterr()
        ended = run(words.split())
        said = self._capsys.readouterr()
        assert ended == code, said
        return said.out + said.err

    def name(self, shop: WooSandbox, new: str | None = None) -> str:
        [customer] = shop.store.customers.values()
        customer["first_name"] = new or customer["first_name"]
        return str(customer["first_name"])

    def problem(self) -> str:
        [problem] = json.loads(self("problems list --json"))["problems"]
        return str(problem["id"])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    one = Desk(capsys)
    one.shop.store.customers[7] = blank(one.shop.store, 7, "ada@example.com", "ada") | {"first_name": "Ada"}
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    monkeypatch.setenv("SHOP_KEY", "ck_sandbox")
    (tmp_path / "secret").write_text("cs_sandbox", encoding="utf-8")
    with serve(one.shop) as shop_url, serve(one.outlet) as outlet_url:
        (tmp_path / "hub.toml").write_text(TOML.format(shop=shop_url, outlet=outlet_url), encoding="utf-8")
        one("apply --yes")
        one("sync")
        one.name(one.shop, "Augusta")
        one.name(one.outlet, "Adelaide")
        one("record pull shop customers 7")
        one("record pull ada@example.com")
        yield one


def test_a_conflict_is_shown_with_both_sides_and_decided(desk: Desk) -> None:
    """T118."""
    problem = desk.problem()
    assert "first_name: shop and outlet both changed it." in " ".join(desk("problems list").split())
    page = " ".join(desk(f"problems show {problem}").split())
    assert 'Agreed "Ada"' in page
    assert 'Ours "Augusta" (from shop, since' in page
    assert 'Theirs "Adelaide" (from outlet, since' in page
    assert f"hub problems decide {problem[-6:]} ours" in page
    assert "What counts?" in desk(f"problems decide {problem}", code=2)
    assert "somebody decides it" in desk(f"problems close {problem}", code=2)
    assert (desk.name(desk.shop), desk.name(desk.outlet)) == ("Augusta", "Adelaide")
    assert 'first_name is "Adelaide" from now on.' in desk(f"problems decide {problem} theirs")
    assert (desk.name(desk.shop), desk.name(desk.outlet)) == ("Adelaide", "Adelaide")
    assert "No problems." in desk("problems list")


def test_a_value_of_ones_own_settles_it_as_well(desk: Desk) -> None:
    said = json.loads(desk(f"problems decide {desk.problem()} --value Countess --json"))
    assert (said["field"], said["value"], said["state"]) == ("first_name", "Countess", "closed")
    assert (desk.name(desk.shop), desk.name(desk.outlet)) == ("Countess", "Countess")


def test_who_cannot_be_told_of_a_decision_now_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = desk.problem()
    monkeypatch.delenv("SHOP_KEY")
    said = desk(f"problems decide {problem} ours")
    assert 'first_name is "Augusta" from now on.' in said
    assert "the environment variable SHOP_KEY is not set" in said
    monkeypatch.setenv("SHOP_KEY", "ck_sandbox")
    desk("sync")
    assert (desk.name(desk.shop), desk.name(desk.outlet)) == ("Augusta", "Augusta")


def test_a_record_is_unlinked_and_created_anew(desk: Desk) -> None:
    """T124."""
    desk.outlet.store.customers.clear()
    assert "both stay as they are" in desk("record unlink ada@example.com outlet")
    assert "not linked in outlet" in desk("record unlink ada@example.com outlet", code=2)
    desk("record push ada@example.com outlet")
    assert desk.name(desk.outlet) == "Augusta"
    assert "does not ask" in desk(f"problems close {closed(desk)} --as 12", code=2)


def closed(desk: Desk) -> str:
    return str(json.loads(desk("problems list --closed --json"))["problems"][0]["id"])
