"""Parts of a record in a read-back: variants are recognized, once each."""

from __future__ import annotations

from typing import Any

import pytest

from hub.sync.agreeing.part import adopt, pair, pair_new


def product(*parts: tuple[str | None, str | None]) -> dict[str, Any]:
    return {"name": "Sock", "variants": [{"id": part_id, "sku": sku} for part_id, sku in parts]}


@pytest.mark.parametrize(
    ("mine", "new", "pairs"),
    [
        ([("a", "1"), ("b", "2")], [("x", "2"), ("y", "1")], {"x": "b", "y": "a"}),  # by SKU, in any order
        ([("a", None), ("b", None)], [("x", None), ("y", None)], {"x": "a", "y": "b"}),  # by place
        ([("a", "1"), ("b", None)], [("x", "1"), ("y", "9")], {"x": "a", "y": "b"}),  # one by SKU, the rest by place
        ([("a", "1"), ("b", "2")], [("x", "9")], {}),  # another count and no SKU: nobody knows
        ([("a", "1")], [("x", "1"), ("y", "2")], {"x": "a"}),  # the remote has more
        ([("a", "1"), ("b", "2")], [("x", "2")], {"x": "b"}),  # the remote has fewer
        ([], [("x", "1")], {}),
    ],
)
def test_parts_are_paired(mine: list[Any], new: list[Any], pairs: dict[str, str]) -> None:
    assert pair("product", product(*mine), product(*new)) == pairs


def test_a_sku_that_two_variants_have_pairs_nobody() -> None:
    """T076: the same SKU on two variants is never matched by SKU."""
    assert pair("product", product(("a", "1")), product(("x", "1"), ("y", "1"))) == {}
    assert pair("product", product(("a", "1"), ("b", "1")), product(("x", "1"))) == {}


def test_parts_that_are_linked_already_keep_their_identity_when_skus_change_places() -> None:
    """T078: a SKU is renamed, the link by id holds."""
    assert pair("product", product(("a", "1"), ("b", "2")), product(("a", "2"), ("b", "1"))) == {}
    assert pair("product", product(("a", "1"), ("b", "2")), product(("x", "9"), ("a", "1"))) == {"x": "b"}


@pytest.mark.parametrize("seed", range(30))
def test_no_part_is_ever_paired_twice(seed: int) -> None:
    import random

    chance = random.Random(seed)
    mine = [(f"m{n}", chance.choice(["1", "2", "3", None])) for n in range(chance.randint(0, 4))]
    new = [
        (chance.choice([f"m{n}", f"n{n}"]), chance.choice(["1", "2", "3", None])) for n in range(chance.randint(0, 4))
    ]
    found = pair("product", product(*mine), product(*new))
    adopted = [part["id"] for part in adopt("product", product(*new), found)["variants"]]
    assert len(set(adopted)) == len(adopted)


def test_adopting_changes_ids_only() -> None:
    decoded = product(("x", "1"), ("y", "2"))
    assert adopt("product", decoded, {"x": "a"}) == product(("a", "1"), ("y", "2"))
    assert decoded == product(("x", "1"), ("y", "2"))


def test_a_part_without_an_id_is_left_to_validation() -> None:
    assert pair("product", product(("a", "1")), product((None, "1"))) == {}
    assert adopt("product", {"variants": [{"sku": "1"}]}, {"x": "a"}) == {"variants": [{"sku": "1"}]}
    assert adopt("product", {"variants": None}, {}) == {"variants": []}


def test_records_without_parts_have_nothing_to_pair() -> None:
    order = {"lines": [{"id": "1", "sku": "A"}]}
    assert pair("order", order, order) == {}
    assert adopt("order", order, {"1": "2"}) == order


def test_a_part_that_a_remote_has_got_by_itself_is_recognized_by_its_sku() -> None:
    """T077: only where the remote had none for it; T076: and only where exactly one has that SKU."""
    mine, now = product(("a", "1"), ("b", "2")), product(("a", "1"), ("x", "2"))
    assert pair_new("product", mine, now, product(("a", "1"))) == {"x": "b"}
    assert pair_new("product", mine, now, product(("a", "1"), ("b", "2"))) == {}
    assert pair_new("product", mine, now, product(("a", "1"), ("x", "9"))) == {}
    assert pair_new("product", mine, product(("a", "1"), ("x", "2 ")), product(("a", "1"))) == {}
    assert pair_new("product", mine, product(("x", "2"), ("y", "2")), {}) == {}
