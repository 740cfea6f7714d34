"""Whether the hub lives, and whether it can do its work."""

from __future__ import annotations

from typing import Any

import httpx

from hub import __version__
from hub.store import schema


def asked(porch: Any, path: str) -> tuple[int, dict[str, Any]]:
    async def get(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get(path)

    answer = porch.visit(get)
    return answer.status_code, answer.json()


def test_a_hub_that_is_well_is_ready(porch: Any) -> None:
    well = {"live": True, "ready": True, "version": __version__, "database": True, "webhooks": True}
    assert asked(porch, "/health") == asked(porch, "/health/ready") == (200, well)
    assert asked(porch, "/health/live") == (200, {"live": True})


def test_a_database_of_another_version_is_told_without_saying_more(porch: Any) -> None:
    with porch.house.hub.database.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert schema.version(porch.house.hub.database) == "9999"
    status, said = asked(porch, "/health")
    assert (status, said["ready"], said["database"]) == (503, False, False)
    assert "hub.db" not in str(said)
    assert asked(porch, "/health/live") == (200, {"live": True})
