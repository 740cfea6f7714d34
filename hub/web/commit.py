"""Commits calls in groups: those that come while one group is written form the next, and each waits for its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from typing import TypeAlias

from hub.errors import HubError, UnavailableError
from hub.sync.connection.webhook import Call, Outcome, keep
from hub.sync.hub import Hub

GROUP = 500
WAITING = 10_000
"""More calls than this that wait for the database are sent away: their remotes come again."""
log = logging.getLogger(__name__)

Answer: TypeAlias = "asyncio.Future[Outcome] | None"
Waiting: TypeAlias = tuple[Call, Answer]
Answered: TypeAlias = tuple[Answer, Outcome | HubError]


class GroupCommit:
    """A thread that writes calls down. It belongs to the event loop that it answers."""

    def __init__(self, hub: Hub, loop: asyncio.AbstractEventLoop) -> None:
        self._hub, self._loop = hub, loop
        self._waiting: list[Waiting] = []
        self._news = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="webhooks", daemon=True)
        self._thread.start()

    async def keep(self, call: Call) -> Outcome:
        """Write a call down; gives how it ended once that is committed. Raises what the database says."""
        answer: asyncio.Future[Outcome] = self._loop.create_future()
        self._add((call, answer))
        return await answer

    def note(self, call: Call) -> None:
        """Count a call that nobody waits for."""
        try:
            self._add((call, None))
        except UnavailableError:
            log.warning("too busy to count a call to %s", call.connection)

    def is_well(self) -> bool:
        """Tell whether calls are being written."""
        return not self._stopping and len(self._waiting) < WAITING

    def close(self) -> None:
        """Write what waits, then end."""
        with self._news:
            self._stopping = True
            self._news.notify()
        self._thread.join()

    def _add(self, one: Waiting) -> None:
        with self._news:
            if len(self._waiting) >= WAITING or self._stopping:
                raise UnavailableError("Too many webhooks wait for the database.", hint="They come again.")
            self._waiting.append(one)
            self._news.notify()

    def _work(self) -> None:
        group: list[Waiting] = []
        try:
            while group := self._next_group():
                self._write(group)
        finally:  # a bug must not leave anybody waiting
            with self._news:
                self._stopping = True
                group += self._waiting
            self._tell([(answer, UnavailableError("The hub keeps no webhooks any more.")) for _, answer in group])

    def _write(self, group: Sequence[Waiting]) -> None:
        try:
            with self._hub.database.write() as tx:
                calls = [call for call, _ in group]
                ended = keep(tx, calls, now=self._hub.world.now(), new_id=self._hub.world.new_id)
        except HubError as error:
            log.error("webhooks could not be kept: %s %s", error.message, error.hint)
            self._tell([(answer, error) for _, answer in group])
        else:
            self._tell([(answer, end) for (_, answer), end in zip(group, ended, strict=True)])

    def _next_group(self) -> list[Waiting]:
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._stopping)
            group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
        return group

    def _tell(self, answers: Sequence[Answered]) -> None:
        self._loop.call_soon_threadsafe(_answer, answers)


def _answer(answers: Sequence[Answered]) -> None:
    for answer, ended in answers:
        if answer is None or answer.done():  # nobody waits, or the caller has hung up
            continue
        if isinstance(ended, HubError):
            answer.set_exception(ended)
        else:
            answer.set_result(ended)
