"""The doubles are strict: what a real remote would not take, they do not take either."""

from __future__ import annotations

import httpx
import orjson
import pytest

from hub.testing.simulation.counter import answer
from hub.testing.simulation.dialect import Dialect
from hub.testing.simulation.double import FIELDS
from hub.testing.simulation.gate import LIFE, Gate
from hub.testing.simulation.remote import Remote

CUSTOMER = {"company": "b1", "email": "c@town.test", "first": " Ada "}


def remote(dialect: Dialect | None = None) -> Remote:
    return Remote("erp", dialect or Dialect(), lambda: 100.0, FIELDS, lambda _line: None)


def ask(double: Remote, method: str, path: str, document: object = None, **headers: str) -> httpx.Response:
    signed = {"Authorization": "Bearer token-0", **headers}
    body = orjson.dumps(document) if document is not None else None
    return answer(double, httpx.Request(method, f"https://erp.test{path}", content=body, headers=signed))


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/customers", {**CUSTOMER, "shoe_size": "42"}),
        ("/customers", {**CUSTOMER, "note": "poison"}),
        ("/orders", {"total": 19.99}),
        ("/orders", {"total": "19.9"}),
        ("/orders", {"total": "19.90", "customer": "77"}),
    ],
)
def test_what_does_not_fit_is_refused_and_not_kept(path: str, document: object) -> None:
    double = remote()
    ask(double, "POST", "/customers", CUSTOMER)
    assert ask(double, "POST", path, document).status_code == 422
    assert [len(table) for table in double.tables.values()] == [1]


def test_a_key_is_good_for_one_document() -> None:
    double = remote(Dialect(keyed=True))
    first, again = (ask(double, "POST", "/customers", CUSTOMER, **{"Idempotency-Key": "k"}) for _ in range(2))
    other = ask(double, "POST", "/customers", {**CUSTOMER, "first": "Bo"}, **{"Idempotency-Key": "k"})
    assert first.json()["id"] == again.json()["id"]
    assert other.status_code == 422


def test_one_that_does_not_honor_keys_makes_a_second_record() -> None:
    double = remote(Dialect(keyed=False))
    ids = {ask(double, "POST", "/customers", CUSTOMER, **{"Idempotency-Key": "k"}).json()["id"] for _ in range(2)}
    assert len(ids) == 2


def test_it_keeps_texts_as_it_likes_them() -> None:
    assert ask(remote(Dialect(makes="upper")), "POST", "/customers", CUSTOMER).json()["first"] == "ADA"


def test_nobody_comes_in_without_a_good_token() -> None:
    assert ask(remote(), "GET", "/customers/1", Authorization="Bearer guessed").status_code == 401


def test_a_refresh_token_works_until_the_access_token_that_it_gave_is_used() -> None:
    gate = Gate()
    first = gate.give("code-0", 0)
    assert first is not None
    assert gate.give("code-0", 0) is not None, "the answer may have been lost"
    assert gate.lets_in(first[0], 1)
    assert gate.give("code-0", 2) is None
    assert not gate.lets_in(first[0], LIFE + 1)
