"""The sending loop of a process: claim, send side by side, note how it went."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.messaging import (
    Channel,
    NotYet,
    OutboundMessage,
    PermanentFailure,
    TemporaryFailure,
    UnclearOutcome,
)
from bot.outbox.deliver import Courier, Outcome, Result
from bot.outbox.policy import LEASE
from bot.storage.database import why_away
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds, for what other processes leave behind
_AT_ONCE = 32  # sends in flight per channel
_MOST_CLAIMED = 256  # on their way or waiting for a place
_FEWEST_CLAIMED = 128  # a claim costs about the same for few as for many
_STORE_AWAY = 2.0  # seconds until the store is asked again
_LAST_WHILE = 5.0  # seconds that what is on its way has to arrive when the process ends

# Together less than the lease: a message must not be taken over by another process while it is being sent.
_WAIT_WITHIN = LEASE.total_seconds() * 0.4
_SEND_WITHIN = LEASE.total_seconds() * 0.5


def drain_queue(tenant: int) -> str:
    """The queue of a community's drain jobs."""
    return f"outbox/{tenant}"


class Delivery:
    """Drains the outbox of one community until it is stopped. A slow platform holds up nobody else's."""

    def __init__(
        self,
        *,
        courier: Courier,
        channels: Mapping[str, Channel],
        writer: Writer,
        tenant: int,
        clock: Clock,
        on: Callable[[], Collection[str]] | None = None,
        count: Callable[[str, Outcome], None] = lambda _channel, _outcome: None,
    ) -> None:
        """`on`: the channels to send on at the moment, where other processes send on the rest. `count` is
        told how each try to send ended."""
        self._courier = courier
        self._channels = channels
        self._writer = writer
        self._tenant = tenant
        self._clock = clock
        self._on = on
        self._count = count
        self._wake = asyncio.Event()
        self._places = {name: asyncio.Semaphore(_AT_ONCE) for name in channels}
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._ended: list[Result] = []
        self._left_over: list[OutboundMessage] = []
        self._next_at: datetime | None = None
        self._is_stopped = False

    def wake(self) -> None:
        """There may be something new to send."""
        self._wake.set()

    async def run(self) -> None:
        """Send until `stop`; then wait a last while for what is on its way."""
        while not self._is_stopped:
            self._wake.clear()
            try:
                claimed = await self._step()
            except SQLAlchemyError as failure:
                log.warning("store away, delivery waits", extra={"reason": why_away(failure)})
                await asyncio.sleep(_STORE_AWAY)
                continue
            if not claimed:
                await self._sleep()
        if self._on_their_way:
            await asyncio.wait(self._on_their_way, timeout=_LAST_WHILE)

    def stop(self) -> None:
        """Begin nothing further."""
        self._is_stopped = True
        self.wake()

    async def finish(self) -> None:
        """Note what is not noted yet, when nothing can end any more."""
        self._is_stopped = True
        try:
            await self._step()
        except SQLAlchemyError as failure:
            log.warning("store away, some sends are not noted", extra={"reason": type(failure).__name__})

    def settle(self, carried: Sequence[OutboundMessage], left_over: Sequence[OutboundMessage]) -> None:
        """A reply in the platform's own request went out: note what it carried, send what is left over."""
        self._ended += [Result(message.id, Outcome.SENT) for message in carried]
        self._left_over += left_over
        self.wake()

    async def drain(self) -> int:
        """Send all that may go out now, and wait for it; how many messages that were."""
        claimed = await self._step()
        while self._on_their_way or self._ended:
            if self._on_their_way:
                await asyncio.wait(self._on_their_way, return_when=asyncio.FIRST_COMPLETED)
            claimed += await self._step()
        return claimed

    async def _step(self) -> int:
        """Note how sends have ended and begin further ones, as many as there is room for."""
        ended, self._ended = self._ended, []
        left_over, self._left_over = self._left_over, []
        on = self._on() if self._on else None
        is_idle = self._is_stopped or (on is not None and not on)
        room = 0 if is_idle else _MOST_CLAIMED - len(self._on_their_way)
        if room < _FEWEST_CLAIMED:
            room = 0
        if is_idle and not ended and not left_over:
            return 0

        def work(tx: Transaction) -> list[OutboundMessage]:
            now = self._clock.now()
            self._courier.settle(tx, ended, now)
            self._courier.release(tx, left_over, now)
            claimed = self._courier.claim(tx, now, most=room, on=on) if room > 0 else []
            self._next_at = None if claimed else self._courier.next_moment(tx, now)
            return claimed

        try:
            claimed = await self._writer.do(self._tenant, work)
        except SQLAlchemyError:
            self._ended = ended + self._ended
            self._left_over = left_over + self._left_over
            raise
        for message in claimed:
            task = asyncio.create_task(self._carry(message))
            self._on_their_way.add(task)
            task.add_done_callback(self._on_their_way.discard)
        return len(claimed)

    async def _sleep(self) -> None:
        """Until there is something new to send, or something that waits has its time."""
        until = (self._next_at - self._clock.now()).total_seconds() if self._next_at else _LOOK_EVERY
        try:
            await asyncio.wait_for(self._wake.wait(), max(0.0, min(until, _LOOK_EVERY)))
        except TimeoutError:
            return

    async def _carry(self, message: OutboundMessage) -> None:
        place = self._places[message.address.channel]
        try:
            async with asyncio.timeout(_WAIT_WITHIN):
                await place.acquire()
        except TimeoutError:  # the platform is slow, and others come first
            result = Result(message.id, Outcome.HELD)
        else:
            result = await self._send(message)
            place.release()
        self._ended.append(result)
        self._count(message.address.channel, result.outcome)
        self.wake()

    async def _send(self, message: OutboundMessage) -> Result:
        try:
            async with asyncio.timeout(_SEND_WITHIN):
                await self._channels[message.address.channel].send(message)
        except NotYet as held:
            return Result(message.id, Outcome.HELD, retry_after=timedelta(seconds=held.retry_after or 1))
        except TemporaryFailure as failure:
            pause = timedelta(seconds=failure.retry_after) if failure.retry_after else None
            return self._failed(message, Outcome.RETRY, failure, pause)
        except PermanentFailure as failure:
            return self._failed(message, Outcome.IMPOSSIBLE, failure)
        except (UnclearOutcome, TimeoutError) as failure:
            return self._failed(message, Outcome.UNCLEAR, failure)
        except Exception as failure:  # one broken channel must not stop the others
            log.exception("a channel failed unexpectedly", extra={"channel": message.address.channel})
            return self._failed(message, Outcome.UNCLEAR, failure)
        return Result(message.id, Outcome.SENT)

    def _failed(
        self, message: OutboundMessage, outcome: Outcome, failure: Exception, pause: timedelta | None = None
    ) -> Result:
        log.warning(
            "not delivered",
            extra={"channel": message.address.channel, "outbox_id": message.id, "outcome": str(outcome)},
        )
        return Result(message.id, outcome, str(failure) or type(failure).__name__, pause)
