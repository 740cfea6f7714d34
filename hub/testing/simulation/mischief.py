"""What goes wrong, and when: the faults of a script, each waiting for its seam."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from hub.testing.simulation.baton import Actor, Baton, Crash
from hub.testing.simulation.script import Fault

ANY = frozenset({"storm", "busy", "broken", "dropped", "html", "cut", "slow", "slow_way"})
"""Faults of any request."""
ON_WRITES = frozenset({"lost", "hidden", "html_after", "twice"})
"""Faults of a request that changes something: it is done, and the answer says otherwise."""
ON_UPDATES = ON_WRITES | {"overwritten"}
"""No answer comes, and somebody changes at once what has been written."""
LASTING = frozenset({"down", "hooks_lost", "hooks_late", "hooks_twice"})
"""Faults that last for `seconds`."""
OF_PAGING = frozenset({"shift"})
"""A record that has just been listed is saved again by somebody: it leaves the window, and the others move up."""
OF_READING = frozenset({"crossing"})
"""What was listed is changed in another system, and a second process syncs that before the first keeps what it read."""
OF_MAIL = frozenset({"mail_failed", "mail_refused", "mail_kept", "mail_lost"})
OF_WORKERS = frozenset({"crash", "freeze"})
CRASH = frozenset({"crash"})
AIMED = {
    "smtp after": frozenset({"crash_at_mail"}),
    "before begin": frozenset({"freeze_to_begin"}),
    "after commit": frozenset({"crash_after_commit"}),
    "after commit of a launch": frozenset({"freeze_with_writes"}),
}
"""Deaths and freezes that wait for one kind of seam, where what has been done and what is known of it differ."""
NEVER_FROZEN = ("after begin", "before commit", "send POST", "send PUT")
"""Who freezes in a transaction keeps everybody from writing; who freezes with a request in hand cannot be fenced."""


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    skip: int
    left: int


class Mischief:
    """Gives out the faults of a script as their seams come. `asleep` hears of who freezes with writes, and how long."""

    def __init__(self, baton: Baton, faults: Collection[Fault]) -> None:
        self._baton = baton
        self._waiting: dict[str, list[_Waiting]] = defaultdict(list)
        for fault in sorted(faults, key=lambda fault: fault.at):
            self._waiting[fault.where].append(_Waiting(fault, fault.skip, fault.count))
        self.hit = 0
        self.asleep: Callable[[float], None] = lambda _seconds: None

    def add(self, fault: Fault) -> None:
        """Let something more go wrong, from now on and before everything else."""
        self._waiting[fault.where].insert(0, _Waiting(fault, fault.skip, fault.count))

    def stop(self) -> None:
        """Let nothing go wrong any more."""
        self._waiting.clear()

    def take(self, kinds: Collection[str], where: str) -> Fault | None:
        """Use up the fault that fits this seam, if there is one."""
        for waiting in self._waiting.get(where, ()):
            fault = waiting.fault
            if fault.at > self._baton.now:
                return None
            if fault.kind not in kinds:
                continue
            if waiting.skip:
                waiting.skip -= 1
                continue
            waiting.left -= 1
            if waiting.left <= 0:
                self._waiting[where].remove(waiting)
            self._note(fault)
            return fault
        return None

    def lasts(self, kind: str, where: str) -> Fault | None:
        """Tell whether a fault that lasts for a while is under way."""
        now = self._baton.now
        for waiting in self._waiting.get(where, ()):
            fault = waiting.fault
            if fault.kind == kind and fault.at <= now < fault.at + fault.seconds:
                return fault
        return None

    def trap(self, actor: Actor, seam: str) -> None:
        """Let a worker die or freeze at a seam."""
        if actor.process not in self._waiting:
            return
        kinds = CRASH if seam.startswith(NEVER_FROZEN) else OF_WORKERS
        for start, also in AIMED.items():
            kinds |= also if seam.startswith(start) else frozenset()
        fault = self.take(kinds, actor.process)
        if fault is None:
            return
        if fault.kind == "freeze_with_writes":
            self.asleep(fault.seconds)
        if fault.kind.startswith("freeze"):
            self._baton.sleep(fault.seconds)
            return
        actor.dead = True
        raise Crash

    def _note(self, fault: Fault) -> None:
        self.hit += 1
        self._baton.told(f"fault {fault.kind} {fault.where} {fault.seconds:g}")
