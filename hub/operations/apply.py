"""`hub apply`: brings what is configured to what hub.toml says, with a plan that is shown first."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import islice

from hub.config import Config, located_error
from hub.errors import ConfigError, LockedError
from hub.operations.check import Known, check
from hub.operations.plan import Action, Change, Plan, compare
from hub.operations.problem import queue_replay, waiting_for_table
from hub.operations.setting import FILE, Kind, Settings, ValueRow, put, read_settings, remove
from hub.operations.wish import wanted_settings
from hub.plugins import Plugins
from hub.store import links, outbox, overview, records
from hub.store.database import Database, Transaction
from hub.store.schedules import Schedule
from hub.store.settings import ConnectionRow, CustomFieldRow, MerchantRow, RouteRow
from hub.sync.routing import legs

CHUNK = 500


def plan_apply(database: Database, plugins: Plugins, config: Config) -> Plan:
    """Plan what a hub.toml changes; ConfigError names every line of it that cannot be."""
    with database.read() as tx:
        return _plan(tx, plugins, config)


def apply(database: Database, plugins: Plugins, config: Config, shown: Plan, now: datetime) -> None:
    """Do what was planned, all of it or nothing; LockedError when the plan is no longer the one that was shown.

    Records are judged again by routes that are new or other than before, and what waited for a value is freed.
    """
    with database.write() as tx:
        if _plan(tx, plugins, config) != shown:
            raise LockedError("somebody changed the configuration meanwhile", hint="Run `hub apply` again.")
        for change in shown.changes:
            (remove if change.action is Action.REMOVE else put)(tx, change.row)
        kept = [change.row for change in shown.changes if change.action is not Action.REMOVE]
        for row in kept:
            if isinstance(row, RouteRow):
                judge_again(tx, row, now)
        tables = {(row.connection, row.table) for row in kept if isinstance(row, ValueRow)}
        waiting = [problem for place in sorted(tables) for problem in waiting_for_table(tx, *place)]
    queue_replay(database, plugins, waiting, now)


def judge_again(tx: Transaction, route: RouteRow, now: datetime) -> None:
    """Owe every record that a route may carry to its targets; what does not differ there is not written."""
    rows = iter(records.of_entity(tx, route.entity, merchant=route.merchant))
    going = legs([route])
    while chunk := [row.id for row in islice(rows, CHUNK)]:
        linked = links.of_records(tx, chunk)
        sources = {record: {link.connection for link in found} for record, found in linked.items()}
        owed = [(leg.target, leg.target_stream, i) for leg in going for i in chunk if leg.source in sources.get(i, ())]
        outbox.owe(tx, owed, now)


def _plan(tx: Transaction, plugins: Plugins, config: Config) -> Plan:
    current = read_settings(tx)
    known = _known(plugins, current)
    streams, mistakes = check(config, known)
    if mistakes.found:
        raise located_error(config.path, mistakes.found)
    merchant_of = {name: row.merchant for name, row in (known.connections or {}).items()}
    merchant_of |= {name: one.merchant for name, one in config.connections.items()}
    plan = compare(current, wanted_settings(config, streams, merchant_of))
    for change in plan.changes:
        if change.action is Action.REMOVE:
            _refuse_if_used(change, current)
        elif change.kind is Kind.CONNECTION and change.action is Action.CHANGE:
            _refuse_to_hand_over(tx, change)
    return plan


def _refuse_to_hand_over(tx: Transaction, change: Change) -> None:
    """A connection's records are its merchant's, and their ids its system's: neither can become another's."""
    lost = next((field for field in change.fields if field.name in ("merchant", "connector")), None)
    if lost and any(name == change.name for name, _ in overview.count_links(tx)):
        raise ConfigError(
            f"connection {change.name} has records already, so its {lost.name} cannot become {lost.after}",
            hint=f"Put {lost.before} back, and give the other one a connection of its own.",
        )


def _known(plugins: Plugins, current: Settings) -> Known:
    """List what the file may refer to beside itself: what was made by other doors."""
    others = [row for row in current.values() if row.managed_by != FILE]
    custom: dict[str, set[str]] = defaultdict(set)
    for row in others:
        if isinstance(row, CustomFieldRow):
            custom[row.entity].add(row.name)
    return Known(
        plugins,
        merchants=[row.name for row in others if isinstance(row, MerchantRow)],
        connections={row.name: row for row in others if isinstance(row, ConnectionRow)},
        custom=custom,
    )


def _refuse_if_used(change: Change, current: Settings) -> None:
    """A connection that hub.toml no longer has may still be used by what an operator made elsewhere."""
    for (kind, name), row in current.items():
        if row.managed_by != FILE and change.name in _uses(row) and isinstance(change.row, ConnectionRow | MerchantRow):
            raise ConfigError(
                f"{change.kind} {change.name} is gone from hub.toml, but {kind} {name}, made by hand, uses it",
                hint=f"Put {change.name} back, or remove the {kind} first.",
            )


def _uses(row: object) -> tuple[str, ...]:
    if isinstance(row, RouteRow):
        return row.source, row.target, row.merchant
    if isinstance(row, Schedule):
        return (row.connection,)
    return (row.merchant,) if isinstance(row, ConnectionRow) else ()
