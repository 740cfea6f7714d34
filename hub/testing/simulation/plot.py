"""Draws a script from a seed: the remotes' manners, what people do and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from hub.testing.simulation.backup import RESTORED
from hub.testing.simulation.dialect import Dialect
from hub.testing.simulation.people import WORDS
from hub.testing.simulation.remote import POISON
from hub.testing.simulation.script import HOUR, Edit, Fault, Script

SYSTEMS = ("north", "south", "erp", "carrier")
SHOPS = ("north", "south")
CROWDED = 0.25
"""How often all customers are in one system from the beginning, so that its lists have several pages."""
SETTLED = 0.4
"""How often the troubles begin when all that is there from the beginning is linked already, and parcels are packed."""
PUT_BACK = 0.4
"""How often a backup is put back, of the quarter of all simulations in which no system renews its tokens."""
FORGETS_ALL, FIRST = 0.7, 300.0
"""How often a backup is made in the first seconds, so that most of what there is was created since."""
HUMANE = 0.25
"""How often a person decides a field that both sides have changed, of all simulations that put back no backup."""
AIMED = 0.5
"""How often something waits for the one moment at which it does the most harm."""
DAWN = 900.0
PACKED = 300.0  # after the first sync in peace


def draw(seed: int) -> Script:
    """Draw everything that one simulation needs."""
    chance = Random(f"plot {seed}")
    length = chance.choice((0.2, 0.35, 0.6)) * HOUR
    dawn = DAWN if chance.random() < SETTLED else 0.0
    dialects = {name: _dialect(chance, name) for name in SYSTEMS}
    edits, restored = list(_edits(chance, dawn, length)), list(_restored(seed, dialects, dawn, length))
    decisions = [] if restored else list(_disputes(seed, edits, dawn, length))
    return Script(
        seed=seed,
        dialects=dialects,
        edits=(*edits, *decisions),
        faults=tuple(_later(fault, dawn) for fault in (*_faults(chance, length), *restored, *_aimed(seed, length))),
        workers=chance.choice((1, 2, 2)),
        skews={"worker-2": chance.choice((0.0, 0.0, 1.5, -1.5))},
        length=length,
        dawn=dawn,
        remaps=chance.random() < 0.2,
        humane=bool(decisions),
    )


def _disputes(seed: int, edits: list[Edit], dawn: float, length: float) -> Iterator[Edit]:
    """Two systems change at about the same time what a person must decide, and an operator looks at it sometime."""
    chance = Random(f"human {seed}")
    customers = [edit.thing for edit in edits if edit.what == "create" and edit.stream == "customers"]
    if not customers or chance.random() >= HUMANE:
        return
    for number in range(chance.randint(1, 4)):
        at, thing = dawn + chance.uniform(0.3, 0.9) * length, chance.choice(customers)
        for where in chance.sample((*SHOPS, "erp"), 2):
            said = f"q{7500 + 10 * number + SYSTEMS.index(where)}q {chance.choice(WORDINGS)}"
            yield Edit(round(at + chance.uniform(0, 90), 1), where, "change", "customers", thing, "phone", said)
        later = at + chance.choice((60.0, 300.0, 900.0))
        yield Edit(round(later, 1), "erp", "decide", "", 0)


def _aimed(seed: int, length: float) -> Iterator[Fault]:
    """People who act just when the hub has written or read, and workers that sleep longer than their leases last."""
    chance = Random(f"aim {seed}")
    if chance.random() >= AIMED:
        return
    for kind, (least, most) in {"overwritten": (0, 3), "crossing": (1, 4), "freeze_with_writes": (0, 4)}.items():
        for _ in range(chance.randint(least, most)):
            yield AIMS[kind](chance, kind, round(chance.random() * length, 1))


def _restored(seed: int, dialects: Mapping[str, Dialect], dawn: float, length: float) -> Iterator[Fault]:
    """The database is put back from a backup, be it from before the troubles began.

    Not where tokens are renewed, which would be used up then.
    """
    chance = Random(f"restore {seed}")
    if chance.random() < PUT_BACK and not any(dialect.tokens for dialect in dialects.values()):
        back = chance.uniform(0.2, 0.7) * length
        early, late = chance.uniform(0.0, FIRST) - dawn, chance.uniform(-dawn, 0.8 * back)
        at = round(min(early if chance.random() < FORGETS_ALL else late, 0.8 * back), 1)
        yield Fault(at, RESTORED, "hub", seconds=round(back - at, 1))


def _later(fault: Fault, dawn: float) -> Fault:
    return replace(fault, at=fault.at + dawn)


def _dialect(chance: Random, name: str) -> Dialect:
    tells_time = chance.random() < 0.8
    return Dialect(
        pages=chance.random() < 0.6,
        keyed=chance.random() < 0.3,
        finds=chance.random() < 0.8,
        bare=chance.random() < 0.3,
        hooks=chance.random() < 0.5,
        blind=name != "carrier" and chance.random() < 0.25,
        tokens=chance.random() < 0.3,
        tells_time=tells_time,
        exclusive=chance.random() < 0.3,
        skew=chance.choice((0.0, 0.0, -200.0, 200.0, 30.0) if tells_time else (0.0, 10.0, -10.0)),
        grain=chance.choice((1.0, 1.0, 60.0, 0.001)),
        late=chance.choice((0.0, 0.0, 6.0, 40.0)),
        size=chance.choice((1, 2, 3, 5)),
        batch=chance.choice((1, 2, 5)),
        makes="same" if name == "carrier" else chance.choice(("same", "trim", "upper", "plain", "short")),
    )


def _edits(chance: Random, dawn: float, length: float) -> list[Edit]:
    made: list[Edit] = []
    customers: list[tuple[str, int]] = []
    orders: list[tuple[str, int]] = []
    shipments: list[int] = []
    thing = 0

    def when(first: float = 0.0, last: float = 1.0) -> float:
        return round(dawn + chance.uniform(first, last) * length, 1)

    early = 0.8 if dawn else 0.4
    crowd = chance.choice((*SHOPS, "erp")) if chance.random() < CROWDED else ""
    for _ in range(chance.randint(3, 6) if crowd else chance.randint(1, 4)):
        thing += 1
        where = crowd or chance.choice((*SHOPS, "erp"))
        customers.append((where, thing))
        at = 0.0 if crowd or chance.random() < early else when(0, 0.5)
        made.append(Edit(at, where, "create", "customers", thing, "", chance.choice(WORDINGS)))
    for _ in range(chance.randint(1, 5)):
        shoppers = [(where, number) for where, number in customers if where in SHOPS]
        if shoppers:
            thing += 1
            where, buyer = chance.choice(shoppers)
            orders.append((where, thing))
            is_old = made[[number for _, number in customers].index(buyer)].at == 0.0
            at = 0.0 if is_old and chance.random() < max(early, 0.7) else when(0.1, 0.8)
            made.append(Edit(at, where, "create", "orders", thing, str(buyer), _amount(chance)))
    for _, order in orders:
        if chance.random() < 0.8:
            thing += 1
            shipments.append(thing)
            made += _journey(chance, thing, order, dawn, length)
    if chance.random() < 0.2:
        made += _rotation(chance, dawn, length)
    word = 7000
    for _ in range(chance.randint(3, 14)):
        word += 1
        kind = chance.choice(("customers", "orders"))
        things = {"customers": customers, "orders": orders}[kind]
        if things:
            made.append(_change(chance, kind, *chance.choice(things), when(0.1), word))
    return made


def _rotation(chance: Random, dawn: float, length: float) -> list[Edit]:
    """A remote withdraws the hub's token; the operator brings the new one later."""
    at, where = dawn + chance.uniform(0.2, 0.8) * length, chance.choice(SYSTEMS)
    later = at + chance.uniform(30, 900)
    return [Edit(round(at, 1), where, "rotate", "", 0, "", "token-1"), Edit(round(later, 1), where, "renew", "", 0)]


WORDINGS = ("plain", "  two  spaces ", "<b>bold</b> & co", "Ünïcödé 漢字 🙂", "a rather long text that goes on and on")


def _change(chance: Random, kind: str, home: str, thing: int, at: float, number: int) -> Edit:
    where = chance.choice((*SHOPS, "erp")) if kind == "customers" else chance.choice((home, "erp"))
    if kind == "orders" and chance.random() < 0.2:
        return Edit(at, "erp", "change", kind, thing, "status", chance.choice(("done", "off", "processing")))
    field = chance.choice((*WORDS[kind], "note"))
    words = POISON if field == "note" and chance.random() < 0.05 else chance.choice(WORDINGS)
    return Edit(at, where, "change", kind, thing, field, f" q{number}q {words}")


def _journey(chance: Random, thing: int, order: int, dawn: float, length: float) -> list[Edit]:
    """A shipment that the ERP makes of an order, as soon as it has it, and its way."""
    at, first = dawn + chance.uniform(0.0, 0.4) * length, chance.choice(("waiting", "packed", "packed"))
    looks = [*([PACKED] if dawn else []), *(at + again * length / 5 for again in range(3))]
    made = [Edit(round(look, 1), "erp", "ship", "shipments", thing, str(order), first) for look in looks]
    if first == "waiting":
        at += chance.uniform(10, 900)
        made.append(Edit(round(at, 1), "erp", "change", "shipments", thing, "status", "packed"))
    for _ in range(chance.choice((0, 1, 3, 3, 5))):
        at += chance.uniform(20, length / 5)
        made.append(Edit(round(at, 1), "carrier", "move", "shipments", thing))
    return made


def _amount(chance: Random) -> str:
    return chance.choice(
        ("19.99", "0.10", "1234567.89", "90071992547409.93", f"{chance.randint(1, 99999)}.{chance.randint(10, 99)}")
    )


def _faults(chance: Random, length: float) -> list[Fault]:
    if chance.random() < 0.05:
        return []
    made = []
    for _ in range(chance.randint(2, 14)):
        kind = chance.choice(KINDS)
        made.append(FAULTS[kind](chance, kind, round(chance.random() * length, 1)))
    crashes = chance.choice((0, 0, 1, 4))
    made += [_of_worker(chance, "crash", round(chance.random() * length, 1)) for _ in range(crashes)]
    return made + [FAULTS[kind](chance, kind, 0.0) for kind in SELDOM if chance.random() < 0.3]


def _of_line(chance: Random, kind: str, at: float) -> Fault:
    seconds = {"storm": (0, 2, 30, 90), "busy": (0, 5), "slow": (40, 400), "slow_way": (20, 50), "down": (60, 600)}
    return Fault(
        at,
        kind,
        chance.choice(SYSTEMS),
        skip=chance.choice((0, 0, 1, 2, 5)),
        count=chance.choice((1, 1, 2, 5)),
        seconds=float(chance.choice(seconds.get(kind, (0,)))),
    )


def _of_worker(chance: Random, kind: str, at: float) -> Fault:
    where = chance.choice(("worker-1", "worker-1", "worker-2", "web"))
    seconds = chance.choice((30.0, 400.0, 900.0)) if kind == "freeze" else 0.0
    most = {"crash_at_mail": 1, "crash_after_commit": 40}.get(kind, 80)
    return Fault(at, kind, where, skip=chance.randint(0, most), seconds=seconds)


def _of_paging(chance: Random, kind: str, at: float) -> Fault:
    return Fault(chance.choice((0.0, at)), kind, chance.choice(SYSTEMS), count=chance.choice((1, 3)))


def _of_mail(chance: Random, kind: str, at: float) -> Fault:
    return Fault(at, kind, "mail", count=chance.choice((1, 2, 3)))


def _of_hooks(chance: Random, kind: str, at: float) -> Fault:
    return Fault(at, kind, chance.choice(SYSTEMS), seconds=chance.choice((300.0, 1500.0)))


def _of_launch(chance: Random, kind: str, at: float) -> Fault:
    where = chance.choice(("worker-1", "worker-1", "worker-2"))
    return Fault(at / 2, kind, where, skip=chance.randint(0, 3), seconds=chance.choice((400.0, 900.0)))


def _of_list(chance: Random, kind: str, at: float) -> Fault:
    return Fault(at, kind, chance.choice(("north", "south", "erp")), skip=chance.choice((0, 0, 1, 2)))


AIMS = {"overwritten": _of_line, "crossing": _of_list, "freeze_with_writes": _of_launch}
LINE = (
    "lost",
    "hidden",
    "html_after",
    "twice",
    "storm",
    "busy",
    "broken",
    "dropped",
    "html",
    "cut",
    "slow",
    "slow_way",
)
FAULTS = {
    **dict.fromkeys((*LINE, "down"), _of_line),
    **dict.fromkeys(("crash", "crash_at_mail", "crash_after_commit", "freeze"), _of_worker),
    "shift": _of_paging,
    **dict.fromkeys(("mail_failed", "mail_refused", "mail_kept", "mail_lost"), _of_mail),
    **dict.fromkeys(("hooks_lost", "hooks_late", "hooks_twice"), _of_hooks),
}
SELDOM = ("mail_failed", "mail_failed", "mail_kept", "crash_at_mail", "crash_after_commit", "shift")
"""Faults whose seam comes seldom: they wait for it from the beginning."""
KINDS = (*FAULTS, *("crash",) * 4, *("freeze",) * 3, *("lost",) * 2, *("shift",) * 3)
"""What goes wrong, the worst more often."""
