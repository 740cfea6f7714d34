"""What a merchant wants buyers to be told, and when a notice may not go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from hub.config import Notices, parse_duration
from hub.errors import ConfigError
from hub.model import ShipmentStatus
from hub.notify.address import named_mailbox
from hub.notify.status import told_as

EVERYWHERE = "*"


class ConsentRule(StrEnum):
    """Whose word it takes to write to a buyer about their own order."""

    TRANSACTIONAL = "transactional"
    """Nobody's: only who opted out of notices is left alone."""
    WITHDRAWN = "withdrawn"
    """Who withdrew the consent to e-mail is left alone, too."""
    GRANTED = "granted"
    """Only who granted the consent to e-mail is written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRules:
    """A merchant's rules; the first language is the fallback. `consent` is by country of the buyer, "*" elsewhere.

    Until `usual_at_least` notices a day no day counts as a burst, however quiet the days before were.
    """

    sender: str
    languages: tuple[str, ...] = ("en",)
    statuses: frozenset[ShipmentStatus] = frozenset()
    max_age: timedelta = timedelta(hours=12)
    max_ages: Mapping[ShipmentStatus, timedelta] = field(default_factory=dict)
    consent: Mapping[str, ConsentRule] = field(default_factory=dict)
    usual_at_least: int = 100

    def age_allowed(self, status: ShipmentStatus) -> timedelta:
        """Tell how old the news of a status may be."""
        return self.max_ages.get(status, self.max_age)

    def consent_in(self, country: str | None) -> ConsentRule:
        """Tell the rule of a country."""
        return self.consent.get(country or EVERYWHERE) or self.consent.get(EVERYWHERE, ConsentRule.TRANSACTIONAL)


def rules_of(notices: Notices) -> NoticeRules:
    """Take the rules out of the [notices] of hub.toml; ConfigError names what cannot work."""
    if named_mailbox(notices.sender) is None:
        raise ConfigError("the notices' sender is no e-mail address", hint='Write it like "Acme <shop@acme.tld>".')
    return NoticeRules(
        sender=notices.sender,
        languages=notices.languages,
        statuses=_statuses(notices.statuses),
        max_age=notices.max_age,
    )


def read_rules(table: Mapping[str, object]) -> NoticeRules:
    """Take the rules out of a merchant's stored [notices]: sender, languages, statuses, and max_age like "12h"."""
    defaults = Notices(sender=str(table.get("sender", "")), smtp=str(table.get("smtp", "")))
    age = table.get("max_age")
    return rules_of(
        Notices(
            sender=defaults.sender,
            smtp=defaults.smtp,
            languages=_texts(table.get("languages")) or defaults.languages,
            statuses=_texts(table.get("statuses")) or defaults.statuses,
            max_age=(parse_duration(age) if isinstance(age, str) else None) or defaults.max_age,
        )
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()


def _statuses(names: tuple[str, ...]) -> frozenset[ShipmentStatus]:
    told = {status.value: told for status in ShipmentStatus if (told := told_as(status))}
    for name in names:
        if name not in told:
            raise ConfigError(f"notices cannot tell {name!r}", hint=f"They can tell: {', '.join(told)}.")
    return frozenset(told[name] for name in names)
