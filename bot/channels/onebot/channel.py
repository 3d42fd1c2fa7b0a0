"""OneBot 12 as a channel: what app wires."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import partial

from starlette.routing import BaseRoute, WebSocketRoute

from bot.channels.onebot.gateway import Gateway, Json
from bot.channels.onebot.inbound import MalformedEventError, Self, account_of, decode
from bot.channels.onebot.turns import Turns
from bot.channels.photos import PhotoStore
from bot.channels.pictures import Pictures
from bot.channels.progress import Progress
from bot.channels.text_parts import cut, rendered
from bot.clock import Clock
from bot.messaging import (
    Attachment,
    Capabilities,
    InboundMessage,
    OutboundMessage,
    PermanentFailure,
    Receive,
    StoreAway,
    TemporaryFailure,
)
from bot.notebook import Notebook

log = logging.getLogger(__name__)

LONGEST_TEXT = 4000
"""Bytes of one message. The standard names no limit; this much every platform shows."""

_FETCH_WITHIN = 10.0  # seconds for a picture


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is the channel's name in the configuration, and part of the address to connect to."""

    name: str
    access_token: str = field(repr=False)
    call_within: float = 10.0  # seconds that the gateway has for an action
    try_again_after: float = 1.0  # seconds, while the store is away

    def __post_init__(self) -> None:
        if not self.access_token:
            # Without one, anybody could speak as anybody.
            raise ValueError(f"channel {self.name}: access_token is empty")


class OneBot:
    """One gateway with one account. Whether it may write to somebody met in a group is for its platform to
    say, so we do not count on it."""

    capabilities = Capabilities(groups=True, longest_text=LONGEST_TEXT)

    def __init__(self, account: Account, *, notebook: Notebook, clock: Clock, photos: PhotoStore) -> None:
        self.name = account.name
        self._account = account
        self._clock = clock
        self._progress = Progress(notebook, clock)
        self._pictures = Pictures(self._fetch, photos, within=_FETCH_WITHIN)
        self._turns = Turns()
        self._myself: Self | None = None
        self._gateways: list[Gateway] = []

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        gateway = Gateway(
            access_token=self._account.access_token,
            hear=partial(self._hear, receive=receive),
            call_within=self._account.call_within,
        )
        self._gateways.append(gateway)
        return [WebSocketRoute(f"/onebot/{self.name}", gateway)]

    @property
    def is_held_here(self) -> bool:
        return any(gateway.is_connected for gateway in self._gateways)

    async def send(self, message: OutboundMessage) -> None:
        kind, key = ("group", "group_id") if message.address.is_group else ("private", "user_id")

        async def send_part(text: str, _number: int) -> None:
            segments = [{"type": "text", "data": {"text": text}}]
            params = {"detail_type": kind, key: message.address.chat, "message": segments}
            await self._call("send_message", params)

        await self._progress.send(message.id, cut(rendered(message), LONGEST_TEXT), send_part)

    async def close(self) -> None:
        for gateway in self._gateways:
            await gateway.close()
        await self._turns.finish()

    # -- below ------------------------------------------------------------------------------------

    async def _call(self, action: str, params: Json) -> object:
        if not self._gateways:
            raise TemporaryFailure("nobody can connect yet")
        myself = asdict(self._myself) if self._myself is not None else None
        return await self._gateways[-1].call(action, params, myself=myself)

    async def _hear(self, event: Json, *, receive: Receive) -> None:
        try:
            message = self._understood(event)
        except MalformedEventError:
            log.warning("an event could not be read", extra={"channel": self.name})
            return
        if message is not None:
            await self._turns.add(message.chat, self._take(message, receive))

    def _understood(self, event: Json) -> InboundMessage | None:
        whose = account_of(event)
        if event.get("detail_type") == "connect":  # always the first on a connection
            self._myself = None
        if self._myself is None:
            self._myself = whose
        if whose is None or self._myself is None:
            return None
        if whose != self._myself:
            # Two accounts in one group would both answer there.
            log.warning("an event of another account is left alone", extra={"channel": self.name})
            return None
        return decode(event, channel=self.name, myself=whose, now=self._clock.now())

    async def _take(self, message: InboundMessage, receive: Receive) -> None:
        """The gateway does not repeat itself: what it said must not be lost."""
        if message.mentioned or not message.is_group:
            # What people show each other in a group, and not to us, is none of our business.
            message = await self._pictures.keep(message)
        while True:
            try:
                await receive(message)
            except StoreAway:
                await asyncio.sleep(self._account.try_again_after)
            else:
                return

    async def _fetch(self, picture: Attachment) -> bytes:
        """As data, not by an address: so nobody can make us call other addresses."""
        found = await self._call("get_file", {"file_id": picture.reference, "type": "data"})
        data = found.get("data") if isinstance(found, dict) else None
        if not isinstance(data, str):
            raise PermanentFailure("the gateway does not hand this file out")
        try:
            return base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise PermanentFailure("the file is not in base64") from error
