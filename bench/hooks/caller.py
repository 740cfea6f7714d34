"""Calls a hub at a steady rate, whatever its answers take; a call without an answer is made again, as shops do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hub.api import Hook

ANSWER_SECONDS = 10.0
AGAIN_SECONDS = 0.2
SLOW = 0.1


@dataclass
class Measured:
    """Seconds from the moment when each call was due to its answer.

    `first`: answered at the first attempt. `again`: those that got no answer before. `refused`: other than 200.
    """

    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    slow: list[tuple[float, float]] = field(default_factory=list)
    """When calls that took longer than a tenth of a second were due, in seconds from the beginning, and how long."""


@dataclass
class Caller:
    """Keeps connections to one hub open and uses them in turn."""

    port: int
    measured: Measured = field(default_factory=Measured)
    _began: float = 0.0
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def storm(self, make: Callable[[int], Hook], rate: float, seconds: float) -> Measured:
        """Make calls for a while and wait until each is answered."""
        began = self._began = time.monotonic()
        calls = []
        for number in range(int(rate * seconds)):
            due = began + number / rate
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            calls.append(asyncio.create_task(self._deliver(make(number), due)))
        await asyncio.gather(*calls)
        for _, writer in self._idle:
            writer.close()
        return self.measured

    async def _deliver(self, hook: Hook, due: float) -> None:
        attempts = 0
        while True:
            attempts += 1
            try:
                status = await asyncio.wait_for(self._post(hook), ANSWER_SECONDS)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                status = 0
            if status == 200:
                took = time.monotonic() - due
                (self.measured.first if attempts == 1 else self.measured.again).append(took)
                if took > SLOW and attempts == 1:
                    self.measured.slow.append((due - self._began, took))
                return
            if status:
                self.measured.refused.append(status)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _post(self, hook: Hook) -> int:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self.port)
        headers = "".join(f"{name}: {value}\r\n" for name, value in hook.headers.items())
        head = f"POST /webhooks/shop HTTP/1.1\r\nhost: hub\r\ncontent-length: {len(hook.body)}\r\n{headers}\r\n"
        try:
            writer.write(head.encode() + hook.body)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = next((line for line in answer.split("\r\n") if line.startswith("content-length:")), ":0")
            await reader.readexactly(int(length.split(":")[1]))
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        return int(answer.split()[1])
