"""Keeping a robot's long connection: one process at a time, again after every end, politely."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from bot.channels.lease import SPAN, Lease, until_one_ends
from bot.channels.wecom.robot_line import Line, Tidings
from bot.clock import Clock
from bot.messaging import DeliveryFailure, NotYet, StoreAway, TemporaryFailure
from bot.notebook import Entry, Notebook

log = logging.getLogger(__name__)

URL = "wss://openws.work.weixin.qq.com"

_CONNECT_WITHIN = 10.0  # seconds
_CLOSE_WITHIN = 2.0  # seconds
_LARGEST_FRAME = 1024 * 1024
_LONGEST_PAUSE = 60.0  # seconds between two tries to connect
_STAY_AWAY = timedelta(minutes=10)  # after another program took over the connection


Use = Callable[[Line], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class RobotAccount:
    """`first_pause`: seconds until the first try to connect again; it doubles with each that fails.
    `span`: within two of them, another process follows one that has gone."""

    name: str
    bot_id: str
    secret: str = field(repr=False)
    url: str = URL
    ping_every: float = 30.0  # seconds
    acknowledged_within: float = 5.0  # seconds
    first_pause: float = 1.0
    span: timedelta = SPAN


class Displaced(Exception):
    """Another connection of the same robot took over: coming back at once would only take it away again."""


class Connection:
    """`hear` is told of everything that comes in and may raise Displaced."""

    def __init__(
        self,
        account: RobotAccount,
        hear: Callable[[Line, Tidings], None],
        *,
        notebook: Notebook,
        clock: Clock,
    ) -> None:
        self._account = account
        self._hear = hear
        self._notebook = notebook
        self._clock = clock
        self._lease = Lease("connection", notebook=notebook, clock=clock, span=account.span)
        self._is_ours = False
        self._line: Line | None = None

    @property
    def line(self) -> Line:
        """The open line. Raises NotYet where another process has it, TemporaryFailure where nobody does."""
        if self._line is not None:
            return self._line
        if self._is_ours:
            raise TemporaryFailure("the robot is not connected")
        raise NotYet("another process keeps the robot's connection", retry_after=self._lease.renew_every)

    @property
    def is_ours(self) -> bool:
        """Whether it is for this process to keep the connection."""
        return self._is_ours

    async def keep(self) -> None:
        """Until cancelled."""
        pause = self._account.first_pause
        while True:
            self._is_ours = not await self._is_displaced() and await self._lease.hold()
            if not self._is_ours:
                await asyncio.sleep(self._lease.renew_every)
                continue
            if await self._stay_connected():
                pause = self._account.first_pause
            # Jitter, so that many robots do not come back at the same moment.
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def try_once(self) -> None:
        """Connect and leave again. Raises the failure whose words say what to mend."""

        async def let_in(_line: Line) -> None:
            return None

        try:
            await self._with_line(let_in)
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed) as failure:
            raise TemporaryFailure(f"no connection: {type(failure).__name__}") from failure

    async def _stay_connected(self) -> bool:
        """Hold a connection until it ends; whether the platform let us in at all."""
        was_let_in = is_displaced = False

        async def stay(line: Line) -> None:
            nonlocal was_let_in
            was_let_in, self._line = True, line
            await until_one_ends(line.ping(), self._lease.lost())

        try:
            await self._with_line(stay)
        except Displaced:
            is_displaced = True
        except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, DeliveryFailure) as failure:
            reason = f"{type(failure).__name__}: {failure}"[:100]
            log.warning("connection ended", extra={"channel": self._account.name, "reason": reason})
        finally:
            self._line = None
        if is_displaced:
            log.error("another program took the robot's connection", extra={"channel": self._account.name})
            await self._note_displaced()
        return was_let_in

    async def _is_displaced(self) -> bool:
        """Also where the store cannot tell: two that take it from each other help nobody."""
        try:
            return await self._notebook.get("displaced") is not None
        except StoreAway:
            return True

    async def _note_displaced(self) -> None:
        entry = Entry(uuid4().hex, self._clock.now() + _STAY_AWAY)
        while True:
            try:
                return await self._notebook.put({"displaced": entry})
            except StoreAway:  # until it is written down, we stay away too
                await asyncio.sleep(self._lease.renew_every)

    async def _with_line(self, use: Use) -> None:
        """Connect, subscribe and listen, for as long as `use` takes or the platform lets us."""
        async with connect(
            self._account.url,
            open_timeout=_CONNECT_WITHIN,
            close_timeout=_CLOSE_WITHIN,
            ping_interval=None,  # the platform's pings are frames of its own
            max_size=_LARGEST_FRAME,
        ) as websocket:
            line = Line(
                websocket,
                ping_every=self._account.ping_every,
                acknowledged_within=self._account.acknowledged_within,
            )

            async def subscribe_and_use() -> None:
                credentials = {"bot_id": self._account.bot_id, "secret": self._account.secret}
                await line.request("aibot_subscribe", credentials)
                await use(line)

            await until_one_ends(line.listen(lambda tidings: self._hear(line, tidings)), subscribe_and_use())
