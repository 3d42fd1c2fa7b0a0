"""Who of several processes does a thing that only one may do."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.messaging import StoreAway
from bot.notebook import Entry, Notebook

SPAN = timedelta(seconds=15)
_KEYS = 8  # as many spans as are ever remembered


class Lease:
    """Time is cut into spans. Who holds one may take the next before anybody else can, so the holder changes
    only where it stops asking, and nobody's time overlaps another's."""

    def __init__(self, name: str, *, notebook: Notebook, clock: Clock, span: timedelta = SPAN) -> None:
        self.renew_every = span.total_seconds() / 3  # seconds
        self._name = name
        self._span = span
        self._notebook = notebook
        self._clock = clock
        self._me = uuid4().hex

    async def hold(self) -> bool:
        """Whether it is this process's turn, for as long as this is asked every `renew_every` seconds. Where
        the store cannot tell, it is nobody's."""
        span = int(self._clock.now().timestamp() // self._span.total_seconds())
        try:
            if not await self._take(span):
                return False
            await self._take(span + 1)
        except StoreAway:
            return False
        return True

    async def _take(self, span: int) -> bool:
        until = datetime.fromtimestamp((span + 1) * self._span.total_seconds(), UTC)
        standing = await self._notebook.put_if_absent(
            f"lease/{self._name}/{span % _KEYS}", Entry(self._me, until)
        )
        return standing == Entry(self._me, until)
