"""政民沟通 as a channel: what residents and grid workers report with WeCom's own pages and robots.

WeCom lets us read these orders and nothing else: they are answered by staff, in WeCom.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.channels.lease import Lease
from bot.channels.photos import LARGEST_FILE, PhotoStore
from bot.channels.pictures import Pictures
from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom.corp import Api, Corp
from bot.channels.wecom.report_orders import Kind, Order, decode_order
from bot.clock import Clock
from bot.messaging import (
    Attachment,
    Capabilities,
    DeliveryFailure,
    InboundMessage,
    OutboundMessage,
    PermanentFailure,
    Receive,
    StoreAway,
    TemporaryFailure,
)
from bot.notebook import Entry, Notebook
from bot.upkeep import Finding

log = logging.getLogger(__name__)

_LOOK_EVERY = timedelta(minutes=1)
_LOOK_BACK = timedelta(hours=1)
"""How far before the newest known order to look again: whether orders appear in the order of their times is
not documented."""

_PAGE = 50
_KEPT = timedelta(days=366)
_NOT_ALLOWED = 48002  # the return code where the application may not read one kind of orders
_FETCH_WITHIN = 20.0  # seconds for a picture; nobody waits here


@dataclass(slots=True)
class _Watch:
    """What this process knows of one kind of orders."""

    next_look: datetime
    handed_in: set[str] = field(default_factory=set)  # of those that are looked at again
    complaint: str = ""  # said once, not every minute


class Reports:
    """Every order becomes one letter. The watermark is written down only after everything before it has been
    received durably; what comes again has the same id."""

    capabilities = Capabilities(is_read_only=True)

    def __init__(
        self, corp: Corp, *, notebook: Notebook, clock: Clock, photos: PhotoStore | None = None
    ) -> None:
        """Without `photos`, pictures are only mentioned to the bot, not kept."""
        self.name = corp.name
        self._api = Api(corp, notebook=notebook, clock=clock)
        self._api_base = corp.api_base.rstrip("/")
        self._notebook = notebook
        self._clock = clock
        self._lease = Lease("look", notebook=notebook, clock=clock)
        self._pictures = Pictures(self._picture, photos, within=_FETCH_WITHIN) if photos else None
        self._watches = {kind: _Watch(clock.now()) for kind in Kind}

    async def run(self, receive: Receive) -> None:
        while True:
            if await self._lease.hold():
                await self.look(receive)
            await asyncio.sleep(self._lease.renew_every)

    async def look(self, receive: Receive) -> None:
        """Hand in what is new, of the kinds whose time has come."""
        for kind, watch in self._watches.items():
            if self._clock.now() < watch.next_look:
                continue
            pause = _LOOK_EVERY
            try:
                await self._look_at(kind, watch, receive)
                watch.complaint = ""
            except (DeliveryFailure, StoreAway) as failure:
                self._complain(kind, watch, failure)
                if isinstance(failure, TemporaryFailure) and failure.retry_after:
                    pause = max(pause, timedelta(seconds=failure.retry_after))
            watch.next_look = self._clock.now() + pause

    async def send(self, message: OutboundMessage) -> None:
        raise PermanentFailure("nothing can be said here; staff answer the order in WeCom")

    async def check(self) -> Sequence[Finding]:
        """Each kind of orders is allowed by itself; it is enough to use one."""
        await self._api.check_secret()
        findings: list[Finding] = []
        for kind in Kind:
            try:
                answer = await self._api.get(f"report/{kind}/get_grid_info", {})
            except DeliveryFailure as failure:
                is_last = kind is list(Kind)[-1]
                if failure.code != _NOT_ALLOWED or (is_last and not findings):
                    raise
            else:
                number = len(answer.get("grid_list") or [])
                findings.append(Finding(f"channel_wecom_report_{kind}", {"number": number}))
        return findings

    async def close(self) -> None:
        await self._api.close()

    async def _look_at(self, kind: Kind, watch: _Watch, receive: Receive) -> None:
        since = newest = await self._since(kind)
        seen = set()
        async for order in self._orders(kind, since - _LOOK_BACK):
            number = order.letter.id
            seen.add(number)
            if not order.is_over and number not in watch.handed_in:
                await receive(await self._with_pictures(order.letter))
                watch.handed_in.add(number)
            # A clock that is wrong must not hide what is reported from now on.
            newest = max(newest, min(order.letter.received_at, self._clock.now()))
        watch.handed_in &= seen
        if newest > since:
            await self._note_since(kind, newest)

    async def _orders(self, kind: Kind, since: datetime) -> AsyncIterator[Order]:
        question = {"begin_create_time": int(since.timestamp()), "limit": _PAGE}
        cursor, cursors = "", set()
        while cursor not in cursors:  # a page that leads back to itself is the last
            cursors.add(cursor)
            page = await self._api.call(f"report/{kind}/get_order_list", {**question, "cursor": cursor})
            for value in page.get("order_list") or []:
                try:
                    yield decode_order(value, kind, channel=self.name)
                except MalformedMessageError:
                    # Nothing that comes after it may wait for it.
                    log.warning(
                        "an order of a form that the platform never uses", extra={"channel": self.name}
                    )
            cursor = str(page.get("next_cursor") or "")

    async def _since(self, kind: Kind) -> datetime:
        """When the newest order known was made. At the very beginning: now, for what is older is in hand."""
        entry = await self._notebook.get(f"since/{kind}")
        if entry is not None:
            return datetime.fromtimestamp(int(entry.value), UTC)
        now = self._clock.now()
        await self._note_since(kind, now)
        return now

    async def _note_since(self, kind: Kind, moment: datetime) -> None:
        entry = Entry(str(int(moment.timestamp())), self._clock.now() + _KEPT)
        await self._notebook.put({f"since/{kind}": entry})

    async def _with_pictures(self, letter: InboundMessage) -> InboundMessage:
        return await self._pictures.keep(letter) if self._pictures else letter

    async def _picture(self, attachment: Attachment) -> bytes:
        if not attachment.url.startswith(("https://", f"{self._api_base}/")):
            raise PermanentFailure("a picture at an address that WeCom does not use")
        return await self._api.file(attachment.url, largest=LARGEST_FILE)

    def _complain(self, kind: Kind, watch: _Watch, failure: Exception) -> None:
        complaint = f"{type(failure).__name__}: {failure}"[:100]
        if complaint != watch.complaint:
            watch.complaint = complaint
            log.warning("not looked", extra={"channel": self.name, "reason": f"{kind}: {complaint}"})
