"""Turns that a platform waits for only so long."""

import asyncio
from collections.abc import Callable, Coroutine

from bot.messaging import Answer, InboundMessage, StoreAway

_TRY_AGAIN_AFTER = 1.0  # seconds
_LAST_WHILE = 5.0  # seconds

Take = Callable[[InboundMessage], Coroutine[None, None, Answer]]


class LateTurns:
    """Lets a turn that is too slow for its request go on by itself. `late` gets its answer in the end."""

    def __init__(self, take: Take, late: Callable[[Answer], None]) -> None:
        self._take = take
        self._late = late
        self._going_on: set[asyncio.Task[None]] = set()  # keeps them from being collected

    async def answer(self, message: InboundMessage, *, deadline: float) -> Answer | None:
        """None where there was no answer at `deadline` (the loop's time), and only once it is durable.

        Until then the platform is told nothing, so that it brings the message again if this process dies.
        Raises what the turn raises before the deadline.
        """
        loop = asyncio.get_running_loop()
        turn = loop.create_task(self._take(message))
        await asyncio.wait((turn,), timeout=deadline - loop.time())
        if turn.done():
            return turn.result()
        task = loop.create_task(self._finish(turn, message))
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)
        await asyncio.shield(task)
        return None

    async def finish(self) -> None:
        """Give what still goes on a last while."""
        if self._going_on:
            await asyncio.wait(self._going_on, timeout=_LAST_WHILE)

    async def _finish(self, turn: asyncio.Task[Answer], message: InboundMessage) -> None:
        answer = None
        while answer is None:
            try:
                answer = await turn
            except StoreAway:
                await asyncio.sleep(_TRY_AGAIN_AFTER)
                turn = asyncio.get_running_loop().create_task(self._take(message))
        self._late(answer)
