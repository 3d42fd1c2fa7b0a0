"""The sending loop of a process: claim, send side by side, note how it went."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
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
from bot.outbox.due import Place, next_moment
from bot.outbox.policy import LEASE
from bot.storage.database import why_away
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds, for what other processes leave behind
_AT_ONCE = 32  # sends in flight per channel
_MOST_CLAIMED = 256  # being sent, or waiting for that
_FEWEST_CLAIMED = 128  # a claim costs about the same for few as for many
_NOTE_AFTER = 0.05  # seconds: what ends meanwhile is noted together, where nothing can be claimed yet
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
        self._lanes = {name: _Lane() for name in channels}
        self._on_their_way = 0
        self._ended: list[Result] = []
        self._left_over: list[OutboundMessage] = []
        self._next_at: datetime | None = None
        self._claimed_to: Place | None = None
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
        carriers = [carrier for lane in self._lanes.values() for carrier in lane.carriers]
        if carriers:
            await asyncio.wait(carriers, timeout=_LAST_WHILE)

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
            self._wake.clear()
            if not self._ended:
                await self._wake.wait()
            claimed += await self._step()
        return claimed

    async def _step(self) -> int:
        """Note how sends have ended and begin further ones, as many as there is room for."""
        if self._room() == 0 and self._on_their_way and not self._left_over:
            await asyncio.sleep(_NOTE_AFTER)
        ended, self._ended = self._ended, []
        left_over, self._left_over = self._left_over, []
        on = self._on() if self._on else None
        is_idle = self._is_stopped or (on is not None and not on)
        room = 0 if is_idle else self._room()
        if is_idle and not ended and not left_over:
            return 0

        def work(tx: Transaction) -> tuple[list[OutboundMessage], Place | None, datetime | None]:
            now = self._clock.now()
            self._courier.settle(tx, ended, now)
            self._courier.release(tx, left_over, now)
            claimed, place = (
                self._courier.claim_after(tx, self._claimed_to, now, most=room, on=on)
                if room > 0
                else ([], self._claimed_to)
            )
            is_asked_again = claimed or self._on_their_way
            return claimed, place, None if is_asked_again else next_moment(tx, now)

        try:
            claimed, self._claimed_to, self._next_at = await self._writer.do(self._tenant, work)
        except SQLAlchemyError:
            self._ended = ended + self._ended
            self._left_over = left_over + self._left_over
            raise
        self._send_off(claimed)
        return len(claimed)

    def _room(self) -> int:
        room = _MOST_CLAIMED - self._on_their_way
        return room if room >= _FEWEST_CLAIMED else 0

    def _send_off(self, messages: Sequence[OutboundMessage]) -> None:
        self._on_their_way += len(messages)
        latest = asyncio.get_running_loop().time() + _WAIT_WITHIN
        for message in messages:
            self._lanes[message.address.channel].waiting.append((message, latest))
        for channel in {message.address.channel for message in messages}:
            lane = self._lanes[channel]
            for _ in range(min(len(lane.waiting), _AT_ONCE - len(lane.carriers))):
                carrier = asyncio.create_task(self._carry(channel, lane))
                lane.carriers.add(carrier)
                carrier.add_done_callback(lane.carriers.discard)

    async def _sleep(self) -> None:
        """Until there is something new to send, or something that waits has its time."""
        until = (self._next_at - self._clock.now()).total_seconds() if self._next_at else _LOOK_EVERY
        try:
            await asyncio.wait_for(self._wake.wait(), max(0.0, min(until, _LOOK_EVERY)))
        except TimeoutError:
            return

    async def _carry(self, channel: str, lane: "_Lane") -> None:
        """Send one after the other, as long as there are any."""
        loop = asyncio.get_running_loop()
        while lane.waiting:
            message, latest = lane.waiting.popleft()
            try:
                if loop.time() > latest:  # the platform is slow, and others come first
                    result = Result(message.id, Outcome.HELD)
                else:
                    result = await self._send(message)
            finally:
                self._on_their_way -= 1
            self._ended.append(result)
            self._count(channel, result.outcome)
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


@dataclass(slots=True)
class _Lane:
    """What is to be sent on one channel, each with the loop's time until which it may wait; and who sends."""

    waiting: deque[tuple[OutboundMessage, float]] = field(default_factory=deque)
    carriers: set[asyncio.Task[None]] = field(default_factory=set)
