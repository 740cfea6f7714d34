"""The scheduler of a simulation: each actor is a thread, and only the one that holds the baton runs.

It is handed on at seams only. Which actor goes on, and how much time passes, is drawn from one seeded source; so the
same script gives the same history.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

STAY = 0.6
"""How often an actor goes on at a seam although others could."""
LATENCY = 0.08  # the most seconds that pass at a seam
MOST_ACTORS = 64


class Crash(BaseException):
    """The process dies here: nothing of the hub may catch this."""


@dataclass(slots=True, eq=False)
class Actor:
    """A thread that acts. `dead`: every further seam of its process raises; `turn` is released when it may go on."""

    name: str
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    wake_at: float = 0.0
    waits_for_lock: bool = False
    dead: bool = False
    process: str = ""
    work: Future[None] | None = None


Trap = Callable[[Actor, str], None]
"""Asked at each seam: it may raise Crash or let the actor sleep."""


class Baton:
    """Hands the one right to run from actor to actor. `now` is the virtual time in seconds.

    The thread that makes it is the first actor.
    """

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.now = 0.0
        self.trap: Trap = lambda _actor, _seam: None
        self.told: Callable[[str], None] = lambda _line: None
        self.me = Actor("stage")
        self._actors: list[Actor] = [self.me]
        self._all: list[Actor] = []
        self._pool = ThreadPoolExecutor(MOST_ACTORS)
        self._writer: Actor | None = None

    def spawn(self, name: str, work: Callable[[], None], process: str = "") -> Actor:
        """Start an actor; it runs when the baton comes to it. Actors of one process die together."""
        actor = Actor(name, wake_at=self.now, process=process)
        self._actors.append(actor)
        self._all.append(actor)
        actor.work = self._pool.submit(self._act, actor, work)
        return actor

    def seam(self, name: str) -> None:
        """Come to a seam: the actor may die or freeze here, and another may go on."""
        me = self.me
        if me.dead:
            raise Crash
        self.trap(me, name)
        if self._writer is me:  # others would wait for the database's lock: nothing can happen in between
            return
        self.now += self.chance.random() * LATENCY
        if self.chance.random() >= STAY:
            self._hand_on(self._next(but=me))
        if me.dead:
            raise Crash

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass for the actor that holds the baton."""
        me = self.me
        if me.dead:
            raise Crash
        me.wake_at = self.now + seconds
        self._hand_on(self._next())
        if me.dead:
            raise Crash

    def lock(self) -> None:
        """Wait until nobody else writes to the database, then be the writer."""
        me = self.me
        while self._writer is not None:
            me.waits_for_lock = True
            self._hand_on(self._next())
            if me.dead:
                raise Crash
        self._writer = me

    def unlock(self) -> None:
        """Be the writer no longer."""
        if self._writer is self.me:
            self._writer = None
            for actor in self._actors:
                actor.waits_for_lock = False

    def processes(self) -> set[str]:
        """Tell which processes are at work, beside the one that began."""
        return {actor.process for actor in self._actors[1:] if actor.process}

    def kill(self, process: str) -> None:
        """Let every actor of a process die: at its next seam, whatever it waits for."""
        for actor in self._actors:
            if actor.process == process:
                self._die(actor)

    def is_dying(self) -> bool:
        """Tell whether somebody has been killed and has not come to a seam since."""
        return any(actor.dead for actor in self._actors)

    def end(self) -> None:
        """Let everybody else die, and wait for the threads."""
        for actor in self._actors:
            if actor is not self.me:
                self._die(actor)
        while len(self._actors) > 1:
            self.me.wake_at = self.now
            self._hand_on(self._next(but=self.me))
        self._pool.shutdown()

    def acts(self, actor: Actor) -> bool:
        """Tell whether an actor has not come to its end."""
        return actor in self._actors

    def failures(self) -> Iterator[tuple[str, BaseException]]:
        """Tell which actors ended by an error that nobody expected."""
        for actor in self._all:
            if actor.work and actor.work.done() and (error := actor.work.exception()):
                yield actor.name, error

    def _die(self, actor: Actor) -> None:
        actor.dead, actor.wake_at, actor.waits_for_lock = True, self.now, False

    def _act(self, actor: Actor, work: Callable[[], None]) -> None:
        actor.turn.acquire()
        try:
            work()
        except Crash:
            return
        finally:
            self._actors.remove(actor)
            self._go(self._next())

    def _next(self, but: Actor | None = None) -> Actor:
        able = [actor for actor in self._actors if not actor.waits_for_lock]
        ready = [actor for actor in able if actor.wake_at <= self.now and actor is not but]
        if not ready:
            if but is not None:
                return but
            self.now = min(actor.wake_at for actor in able)
            ready = [actor for actor in able if actor.wake_at <= self.now]
        return ready[0] if len(ready) == 1 else self.chance.choice(ready)

    def _hand_on(self, actor: Actor) -> None:
        me = self.me
        if actor is me:
            return
        self._go(actor)
        me.turn.acquire()

    def _go(self, actor: Actor) -> None:
        self.me = actor
        actor.turn.release()
