"""What is due goes out once; every other outcome waits, is given up, or asks a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from hub.clock import utc_text
from hub.connector import Attempt, Channel, Delivery
from hub.errors import ConfigError
from hub.notify.dispatch import MOST_ATTEMPTS, MOST_IN_A_ROW, Tally, send_due
from hub.notify.news import Outlet
from hub.notify.plan import plan_notice
from hub.notify.release import drop_held, release_held, send_again
from hub.notify.rules import ConsentRule, NoticeRules
from hub.notify.status import LOOKS
from hub.store import notices
from hub.store.database import Database
from hub.store.leases import acquire
from hub.testing.clock import ManualClock

RULES = NoticeRules(sender="Acme <shop@acme.example>", languages=("en", "de"), statuses=frozenset(LOOKS))
Put = Callable[..., None]
States = Callable[[], dict[str, str]]
FAILED = Attempt(Delivery.FAILED, "451 later")


class Office:
    """One merchant's notices: plan, send, look."""

    def __init__(self, database: Database, clock: ManualClock, channel: Channel, put: Put) -> None:
        self.database, self.clock, self.channel, self.put = database, clock, channel, put
        self.rules = RULES
        put("order", "order-1")

    def plan(self, status: str, shipment: str = "ship-1", *, before: str = "label_created", **changes: object) -> str:
        at = utc_text(self.clock.now())
        data = {"order": "order-1", "status": status, "events": [{"id": "1", "status": status, "at": at}], **changes}
        self.put("shipment", shipment, **data)
        with self.database.write() as tx:
            notice = plan_notice(
                tx,
                self.rules,
                merchant="acme",
                shipment_id=shipment,
                data=data,
                before=before,
                after=status,
                world=self.clock.world(),
            )
        assert notice is not None
        return notice.id

    def send(self, *, holder: str = "here:1:1", stopping: Callable[[], bool] = lambda: False) -> Tally:
        outlets = {"acme": Outlet(rules=self.rules, shop="Acme", channels={"email": self.channel})}
        return send_due(
            self.database, outlets, holder=holder, world=self.clock.world(), is_dead=lambda _: False, stopping=stopping
        )

    def notice(self, notice_id: str) -> notices.Notice:
        with self.database.read() as tx:
            found = notices.get(tx, notice_id)
        assert found is not None
        return found

    def attempts(self, notice_id: str) -> list[tuple[str, str]]:
        with self.database.read() as tx:
            return [(delivery, detail) for _, delivery, detail in notices.attempts(tx, notice_id)]


@pytest.fixture
def office(database: Database, clock: ManualClock, post_office: Channel, put: Put) -> Office:
    return Office(database, clock, post_office, put)


def test_a_planned_notice_is_sent_once(office: Office, post_office, states: States) -> None:  # type: ignore[no-untyped-def]
    notice_id = office.plan("in_transit")
    assert office.send()["sent"] == 1
    assert office.send()["sent"] == 0
    assert states() == {"in_transit": "sent"}
    assert [message.recipient for message in post_office.sent] == ["ana@buyer.example"]
    assert post_office.sent[0].id == "ship-1/in_transit/email/buyer"
    assert office.attempts(notice_id) == [("sent", "250 ok")]


def test_sending_is_committed_before_the_channel_is_called(office: Office, post_office, states: States) -> None:  # type: ignore[no-untyped-def]
    seen: list[dict[str, str]] = []
    post_office.during = lambda: seen.append(states())
    office.plan("in_transit")
    office.send()
    assert seen == [{"in_transit": "sending"}]


def test_a_failure_is_tried_again_with_growing_waits_and_given_up_in_the_end(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    post_office.answers = [FAILED] * MOST_ATTEMPTS
    notice_id = office.plan("in_transit")
    minutes: list[int] = []
    for minute in range(12 * 60):
        if sum(office.send().counts.values()):
            minutes.append(minute)
        office.clock.advance(60)
    waits = [later - earlier for earlier, later in pairwise(minutes)]
    assert len(post_office.sent) == MOST_ATTEMPTS
    assert waits == sorted(waits)
    assert waits[0] <= 2 < 180 <= waits[-1]
    assert office.notice(notice_id).state == "failed"
    assert office.attempts(notice_id) == [("failed", "451 later")] * MOST_ATTEMPTS


def test_a_server_that_is_away_does_not_use_up_the_attempts_of_all(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    post_office.answers = [FAILED] * 99
    for number in range(12):
        office.plan("in_transit", f"ship-{number}")
    assert office.send()["pending"] == MOST_IN_A_ROW
    assert len(post_office.sent) == MOST_IN_A_ROW


def test_a_refusal_is_final(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    post_office.answers = [Attempt(Delivery.REFUSED, "550 no such user")]
    notice_id = office.plan("in_transit")
    office.send()
    office.clock.advance(86400)
    office.send()
    assert len(post_office.sent) == 1
    assert (office.notice(notice_id).state, office.notice(notice_id).reason) == ("refused", "550 no such user")


def test_an_unknown_outcome_is_never_sent_again_by_itself(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    """T094"""
    post_office.answers = [Attempt(Delivery.UNKNOWN, "timed out")]
    notice_id = office.plan("in_transit")
    for _ in range(5):
        office.send()
        office.clock.advance(3600)
    assert len(post_office.sent) == 1
    assert office.notice(notice_id).state == "unknown"


def test_an_operator_may_send_an_unknown_one_again(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    post_office.answers = [Attempt(Delivery.UNKNOWN, "timed out")]
    notice_id = office.plan("in_transit")
    office.send()
    office.clock.advance(86400)
    with office.database.write() as tx:
        send_again(tx, notice_id, now=office.clock.now())
    office.send()
    assert [message.id for message in post_office.sent] == ["ship-1/in_transit/email/buyer"] * 2
    assert [delivery for delivery, _ in office.attempts(notice_id)] == ["unknown", "sent"]


def test_what_is_on_its_way_cannot_be_sent_again(office: Office) -> None:
    notice_id = office.plan("in_transit")
    for wrong in (notice_id, "no-such-notice"):
        with office.database.write() as tx, pytest.raises(ConfigError):
            send_again(tx, wrong, now=office.clock.now())


class Crash(BaseException):
    """The process dies."""


def test_what_a_dead_process_was_sending_is_unknown(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    """T133"""
    notice_id = office.plan("in_transit")
    _die_while_sending(office, post_office)
    assert office.notice(notice_id).state == "sending"
    assert office.send(holder="here:2:2")["unknown"] == 1
    assert office.notice(notice_id).state == "unknown"
    assert [delivery for delivery, _ in office.attempts(notice_id)] == ["unknown"]
    assert len(post_office.sent) == 0


def _die_while_sending(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    def die() -> None:
        raise Crash

    post_office.during = die
    with pytest.raises(Crash):
        office.send()
    post_office.during = lambda: None


def test_while_another_process_is_sending_nothing_is_touched(office: Office, states: States) -> None:
    office.plan("in_transit")
    acquire(office.database, "notices", holder="other:9:9", now=office.clock.now(), is_dead=lambda _: False)
    assert dict(office.send().counts) == {}
    assert states() == {"in_transit": "pending"}


def test_an_answer_that_comes_after_we_were_given_up_is_still_the_truth(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    notice_id = office.plan("in_transit")

    def another_takes_over() -> None:
        post_office.during = lambda: None
        office.clock.advance(600)
        assert office.send(holder="here:2:2")["unknown"] == 1

    post_office.during = another_takes_over
    office.send()
    assert office.notice(notice_id).state == "sent"


def test_the_buyer_who_opted_out_before_the_sending_is_left_alone(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    """T093"""
    notice_id = office.plan("in_transit")
    with office.database.write() as tx:
        notices.add_opt_out(tx, "acme", "email", "Ana@Buyer.example", now=office.clock.now())
    assert office.send()["skipped"] == 1
    assert post_office.sent == []
    assert office.notice(notice_id).reason == "the buyer does not want notices"


@pytest.mark.parametrize(
    ("rule", "state", "is_sent"),
    [
        (ConsentRule.TRANSACTIONAL, "withdrawn", True),
        (ConsentRule.WITHDRAWN, "withdrawn", False),
        (ConsentRule.WITHDRAWN, "never_asked", True),
        (ConsentRule.GRANTED, "never_asked", False),
        (ConsentRule.GRANTED, "granted", True),
        (ConsentRule.GRANTED, None, False),
    ],
)
def test_each_country_has_its_rule_of_consent(
    office: Office, put: Put, rule: ConsentRule, state: str | None, is_sent: bool
) -> None:
    """T093"""
    office.rules = replace(RULES, consent={"DE": rule, "*": ConsentRule.GRANTED})
    put("customer", "cust-1", consents=[{"id": "email", "state": state}] if state else [])
    put("order", "order-1", customer="cust-1")
    office.plan("in_transit")
    assert office.send()["sent" if is_sent else "skipped"] == 1


def test_a_later_status_that_was_sent_silences_the_earlier(office: Office, post_office, states: States) -> None:  # type: ignore[no-untyped-def]
    post_office.answers = [FAILED]
    office.plan("in_transit")
    office.send()
    office.plan("delivered", before="in_transit")
    office.send()
    office.clock.advance(3600)
    office.send()
    assert states() == {"in_transit": "skipped", "delivered": "sent"}


def test_every_accepted_status_is_told_in_its_order(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    for before, status in (
        ("label_created", "in_transit"),
        ("in_transit", "out_for_delivery"),
        ("out_for_delivery", "delivered"),
    ):
        office.plan(status, before=before)
    assert office.send()["sent"] == 3
    assert [m.id.split("/")[1] for m in post_office.sent] == ["in_transit", "out_for_delivery", "delivered"]


def test_news_that_grew_old_while_the_server_was_down_is_not_sent(office: Office, post_office, states: States) -> None:  # type: ignore[no-untyped-def]
    post_office.answers = [FAILED]
    office.plan("out_for_delivery")
    office.send()
    office.clock.advance(13 * 3600)
    assert office.send()["skipped"] == 1
    assert states() == {"out_for_delivery": "skipped"}


def test_a_notice_waits_for_its_order(office: Office, put: Put, post_office) -> None:  # type: ignore[no-untyped-def]
    notice_id = office.plan("in_transit", order="order-2")
    assert office.send()["waiting"] == 1
    assert office.notice(notice_id).reason == "waits for its order"
    put("order", "order-2", email="bob@buyer.example", language="de")
    office.clock.advance(600)
    assert office.send()["sent"] == 1
    assert (post_office.sent[0].recipient, post_office.sent[0].language) == ("bob@buyer.example", "de")


def test_a_record_that_cannot_be_read_fails_its_own_notice_only(office: Office, put: Put, states: States) -> None:
    office.plan("in_transit")
    office.plan("delivered", "ship-2")
    put("shipment", "ship-1", status="no such status")
    office.send()
    assert states() == {"in_transit": "failed", "delivered": "sent"}


def test_a_request_to_stop_is_heard_between_two_notices(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    office.plan("in_transit")
    office.plan("in_transit", "ship-2")
    office.send(stopping=lambda: len(post_office.sent) == 1)
    assert len(post_office.sent) == 1
    assert office.send()["sent"] == 1


def test_a_burst_is_held_until_an_operator_releases_it(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    office.rules = replace(RULES, usual_at_least=2)
    for number in range(7):
        office.plan("in_transit", f"ship-{number}")
    assert office.send()["held"] == 7
    assert post_office.sent == []
    with office.database.write() as tx:
        assert release_held(tx, now=office.clock.now(), merchant="acme") == 7
    assert office.send()["sent"] == 7
    office.plan("in_transit", "ship-7")
    assert office.send()["sent"] == 1, "what was released does not count towards the next burst"


def test_what_is_usual_is_learned_from_the_days_before(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    office.rules = replace(RULES, usual_at_least=1)
    for day in range(4):
        for number in range(3):
            office.plan("in_transit", f"day-{day}-{number}")
        office.send()
        office.clock.advance(86401)
    sent = len(post_office.sent)
    for number in range(9):
        office.plan("in_transit", f"today-{number}")
    assert office.send()["sent"] == 9
    office.plan("in_transit", "today-9")
    assert office.send()["held"] == 1
    assert len(post_office.sent) == sent + 9


def test_an_operator_may_drop_what_is_held(office: Office, states: States) -> None:
    office.rules = replace(RULES, usual_at_least=0)
    office.plan("in_transit")
    office.send()
    with office.database.write() as tx:
        assert drop_held(tx, now=office.clock.now()) == 1
    assert office.send()["sent"] == 0
    assert states() == {"in_transit": "skipped"}


def test_a_release_overrules_age_but_never_the_buyer(office: Office, post_office) -> None:  # type: ignore[no-untyped-def]
    office.rules = replace(RULES, usual_at_least=0)
    office.plan("in_transit")
    opted_out = office.plan("in_transit", "ship-2", order="order-2")
    office.put("order", "order-2", email="bob@buyer.example")
    office.send()
    office.clock.advance(86400)
    with office.database.write() as tx:
        release_held(tx, now=office.clock.now())
        notices.add_opt_out(tx, "acme", "email", "bob@buyer.example", now=office.clock.now())
    office.send()
    assert [message.recipient for message in post_office.sent] == ["ana@buyer.example"]
    assert office.notice(opted_out).state == "skipped"


def test_notices_of_a_merchant_without_an_outlet_stay_where_they_are(office: Office, states: States) -> None:
    office.plan("in_transit")
    tally = send_due(office.database, {}, holder="here:1:1", world=office.clock.world())
    assert tally["sent"] == 0
    assert states() == {"in_transit": "pending"}
