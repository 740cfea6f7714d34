"""Judges whether a buyer may be told: pure functions that answer with the reason against it, empty for none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from hub.model import Consent, ConsentState, ShipmentStatus
from hub.notify.address import address_problem
from hub.notify.rules import ConsentRule, NoticeRules
from hub.notify.status import FINAL, is_earlier

EMAIL = "email"
AHEAD = timedelta(minutes=15)
"""How far a carrier's clock may be ahead of ours when it says that something happened before a moment."""


def why_not_planned(
    status: ShipmentStatus,
    *,
    before: ShipmentStatus | None,
    happened: datetime | None,
    told: Iterable[ShipmentStatus],
    rules: NoticeRules,
    now: datetime,
    restored: datetime | None = None,
) -> str:
    """Say why a status change is not worth a notice; `before` None means that the shipment was never seen before.

    `restored`: when the database was put back, if it was lately. Nobody knows what buyers were told before that.
    """
    known = list(told)
    if status not in rules.statuses:
        return f"this shop does not tell {status}"
    if restored and (happened is None or happened < restored + AHEAD):
        return "history: it happened before the database was restored, or nothing tells when"
    if before is None and status in FINAL:
        return f"history: the shipment was already {status} when it was first seen"
    if before is None and happened is None:
        return "history: the shipment is new here, and nothing tells when this happened"
    if reason := too_old(status, happened, rules, now):
        return f"history: {reason}"
    if status is ShipmentStatus.CANCELLED and not known:
        return "the buyer was never told of this delivery"
    return superseded(status, known)


def too_old(status: ShipmentStatus, happened: datetime | None, rules: NoticeRules, now: datetime) -> str:
    """Say that the news is stale; news of an unknown time are as fresh as their arrival."""
    if happened is None or now - happened <= rules.age_allowed(status):
        return ""
    return f"it happened {_hours(now - happened)} ago; {status} is told for {_hours(rules.age_allowed(status))}"


def superseded(status: ShipmentStatus, told: Iterable[ShipmentStatus]) -> str:
    """Say that the buyer knows of a later status; notices never go back."""
    known = list(told)
    later = next((other for other in known if is_earlier(status, [other])), None)
    return f"the buyer already knows a later status: {later}" if later else ""


def why_not_sent(recipient: str | None, *, opted_out: bool, consents: Iterable[Consent], rule: ConsentRule) -> str:
    """Say why nobody may be written to, judged at the moment of sending."""
    if problem := address_problem(recipient):
        return problem
    if opted_out:
        return "the buyer does not want notices"
    state = next((consent.state for consent in consents if consent.id == EMAIL), None)
    if rule is not ConsentRule.TRANSACTIONAL and state is ConsentState.WITHDRAWN:
        return "the buyer withdrew the consent to e-mail"
    if rule is ConsentRule.GRANTED and state is not ConsentState.GRANTED:
        return "the buyer never gave the consent to e-mail, which this country's rule asks for"
    return ""


def _hours(age: timedelta) -> str:
    hours = age / timedelta(hours=1)
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
