"""Fetching what people write instead of being called: for development, where nobody can call us."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from telegram import Update

from bot.channels.telegram.api import Api
from bot.channels.telegram.inbound import MalformedUpdateError, read_update
from bot.messaging import DeliveryFailure, StoreAway, TemporaryFailure

log = logging.getLogger(__name__)

T = TypeVar("T")

Take = Callable[[Update], Awaitable[None]]


async def poll(api: Api, take: Take, *, wait: int, pauses: Sequence[float]) -> None:
    """For ever. What was fetched counts as arrived at the next fetch, so nothing is lost by a crash.

    The platform keeps the place, not we: what it was not told of comes again, to whoever asks, and the inbox
    knows it. A place of our own could lie ahead of it, for after a quiet week it numbers anew.
    """
    await insist(api.do_not_call_me, pauses=pauses)
    offset = 0
    while True:
        fetched = await insist(partial(api.updates, offset, wait=wait), pauses=pauses)
        offset = 0  # told; from the first that does not count as arrived
        for raw in fetched:
            await _take_surely(raw, take, pause=pauses[0])
            number = raw.get("update_id")
            offset = max(offset, number + 1) if isinstance(number, int) else offset


async def insist(call: Callable[[], Awaitable[T]], *, pauses: Sequence[float]) -> T:
    """The call's answer, however often it takes; `pauses` in seconds, the last one again and again."""
    failures = 0
    while True:
        try:
            return await call()
        except DeliveryFailure as failure:
            pause = pauses[min(failures, len(pauses) - 1)]
            if isinstance(failure, TemporaryFailure) and failure.retry_after is not None:
                pause = max(pause, failure.retry_after)
            failures += 1
            log.warning("platform does not answer", extra={"reason": str(failure), "pause": pause})
            await asyncio.sleep(pause)


async def _take_surely(raw: dict[str, Any], take: Take, *, pause: float) -> None:
    while True:
        try:
            await take(read_update(raw))
        except MalformedUpdateError:
            log.warning("an update could not be read")
        except StoreAway:
            log.warning("store away, polling waits")
            await asyncio.sleep(pause)
            continue
        return
