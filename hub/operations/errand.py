"""Runs small pieces of work beside each other, one at a time for each connection, and rests where one went wrong."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType

from hub.clock import World

THREADS = 8
log = logging.getLogger(__name__)
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rest:
    """How long a connection is left alone, and until when."""

    length: timedelta
    until: datetime


class Errands:
    """The work under way. `do` is called with a connection's name and tells whether it went well."""

    def __init__(self, do: Callable[[str], bool], world: World) -> None:
        self._do, self._world = do, world
        self._busy: set[str] = set()
        self._rests: dict[str, Rest] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="work")

    def __enter__(self) -> Errands:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def start(self, names: Iterable[str]) -> list[Future[bool]]:
        """Begin what is neither under way nor at rest."""
        now = self._world.now()
        with self._lock:
            free = [name for name in names if name not in self._busy and not self._rests_at(name, now)]
            self._busy.update(free)
        started = [self._pool.submit(self._work, name) for name in free]
        for work in started:
            work.add_done_callback(_tell_bug)
        return started

    def _work(self, name: str) -> bool:
        well = False
        try:
            well = self._do(name)
        finally:
            self._done(name, well=well)
        return well

    def _rests_at(self, name: str, now: datetime) -> bool:
        rest = self._rests.get(name)
        return rest is not None and now < rest.until

    def _done(self, name: str, *, well: bool) -> None:
        with self._lock:
            self._busy.discard(name)
            before = self._rests.pop(name, None)
            if not well:
                length = min(before.length * 2, LONGEST) if before else SHORTEST
                self._rests[name] = Rest(length, self._world.now() + length)


def _tell_bug(work: Future[bool]) -> None:
    if not work.cancelled() and (bug := work.exception()):
        log.error("work beside the schedules ended in a bug", exc_info=bug)
