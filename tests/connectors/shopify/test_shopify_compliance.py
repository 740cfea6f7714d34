"""What Shopify demands by law of every app: verified, answered, and a problem until a person has met it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from shopify_house import START, ShopifyHouse, build

from connectors.shopify.compliance import TOPICS, demands
from connectors.shopify.sandbox import ShopifySandbox
from connectors.shopify.sandbox.hooks import Hooks
from hub.api import Hook
from hub.operations.problem import close_problem, queue_replay
from hub.queries.problem import Owner, problem_groups
from hub.queries.status import status
from hub.store import inbox, problems
from hub.web.server import open_app

SHOP = {"shop_id": 954889, "shop_domain": "sandbox.myshopify.com"}
PERSON = {"id": 191167, "email": "john@example.com", "phone": "555-625-1199"}
BODIES: dict[str, Any] = {
    "customers/data_request": {**SHOP, "customer": PERSON, "orders_requested": [1], "data_request": {"id": 9999}},
    "customers/redact": {**SHOP, "customer": PERSON, "orders_to_redact": [1]},
    "shop/redact": SHOP,
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ShopifyHouse]:
    """A store whose calls are signed with the app's secret."""
    built = build(tmp_path, ShopifySandbox(lambda: START), {"client_id": "app", "client_secret": "hush"})
    yield built
    built.hub.database.close()


def call(house: ShopifyHouse, topic: str, secret: str = "hush", event: str = "event-1") -> int:
    hook = Hooks(secret).signed(topic, orjson.dumps(BODIES[topic]), event)
    return deliver(house, hook)


def deliver(house: ShopifyHouse, hook: Hook) -> int:
    async def post() -> int:
        async with (
            open_app(house.hub) as app,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub") as client,
        ):
            answer = await client.post("/webhooks/shop", content=hook.body, headers=dict(hook.headers))
            return answer.status_code

    return asyncio.run(post())


def open_problems(house: ShopifyHouse) -> list[problems.Problem]:
    with house.hub.database.read() as tx:
        return problems.listing(tx)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_demand_becomes_a_problem_with_an_owner_and_a_next_step(house: ShopifyHouse, topic: str) -> None:
    """A person is told what to do, and by when."""
    assert call(house, topic) == 200
    (group,) = problem_groups(house.hub.database)
    assert (group.newest.kind, group.newest.owner, group.newest.connection) == ("demand", Owner.MERCHANT, "shop")
    assert "30 days" in group.newest.hint
    assert "sandbox.myshopify.com" in group.newest.message
    needs = [need.sentence for need in status(house.hub.database, house.hub.plugins, now=house.at).needs]
    assert "1 demand that a person must meet" in needs


@pytest.mark.parametrize("topic", TOPICS)
def test_nobody_is_believed_without_a_signature(house: ShopifyHouse, topic: str) -> None:
    """T010."""
    assert call(house, topic, secret="wrong") == 401
    assert open_problems(house) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_a_demand_that_comes_again_is_one_problem_and_none_once_it_is_met(house: ShopifyHouse, topic: str) -> None:
    """T001: the store calls until it is answered."""
    assert [call(house, topic), call(house, topic)] == [200, 200]
    (problem,) = open_problems(house)
    close_problem(house.hub.database, problem, "erased", house.at)
    assert call(house, topic) == 200
    assert open_problems(house) == []


@pytest.mark.parametrize("topic", TOPICS)
def test_only_a_person_can_meet_a_demand(house: ShopifyHouse, topic: str) -> None:
    call(house, topic)
    assert queue_replay(house.hub.database, house.hub.plugins, open_problems(house), house.at) == []
    house.sync()
    assert len(open_problems(house)) == 1


@pytest.mark.parametrize("topic", TOPICS)
def test_a_demand_keeps_no_personal_data(house: ShopifyHouse, topic: str) -> None:
    call(house, topic)
    (problem,) = open_problems(house)
    said = f"{problem.subject} {problem.message} {problem.hint} {problem.context} {problem.document}"
    assert "john" not in said
    assert "555" not in said


def test_whoever_must_be_erased_is_read_again(house: ShopifyHouse) -> None:
    call(house, "customers/redact")
    with house.hub.database.read() as tx:
        assert inbox.wanted(tx, "shop", "customers") == ["191167"]


def test_two_buyers_are_two_problems() -> None:
    first, second = ({**SHOP, "customer": {"id": number}} for number in (1, 2))
    assert [one.subject for body in (first, second) for one in demands("customers/redact", body)] == [
        "customers/redact 1",
        "customers/redact 2",
    ]


def test_a_demand_that_names_nobody_is_still_told() -> None:
    (demand,) = demands("customers/redact", {})
    assert "unknown" in demand.message
