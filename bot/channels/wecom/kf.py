"""微信客服 as a channel: residents open it from a link or a QR code in WeChat, without following anything."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from starlette.routing import BaseRoute, Route

from bot.channels.lease import Lease
from bot.channels.photos import LARGEST_FILE, PhotoStore
from bot.channels.pictures import Pictures
from bot.channels.progress import Progress
from bot.channels.wechat_codec import find_ciphertext, spend_parsing_time
from bot.channels.wecom.callback import Callback, Reply, Wire
from bot.channels.wecom.corp import Api, CallbackKeys, Corp
from bot.channels.wecom.kf_inbound import Happening, Item, Ring, decode_ring
from bot.channels.wecom.kf_ledger import LASTS, MESSAGES, Ledger
from bot.channels.wecom.kf_links import create_link
from bot.channels.wecom.kf_sending import LONGEST_TEXT, Sender
from bot.channels.wecom.kf_sessions import WITH_PEOPLE, state_of
from bot.channels.wecom.kf_sync import Sync
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
    WindowClosed,
)
from bot.notebook import Entry, Notebook
from bot.upkeep import Finding

log = logging.getLogger(__name__)

_LOOK_EVERY = timedelta(minutes=5)  # for what was rung about while nobody of us was there
_LAST_WHILE = 5.0  # seconds


class CustomerService:
    """Customers are known by their ids; which of our accounts they speak with is remembered."""

    capabilities = Capabilities(
        buttons=True, tells_repeats=True, longest_text=LONGEST_TEXT, window=LASTS, replies=MESSAGES
    )

    def __init__(
        self,
        corp: Corp,
        keys: CallbackKeys,
        *,
        notebook: Notebook,
        clock: Clock,
        photos: PhotoStore | None = None,
    ) -> None:
        """Without `photos`, pictures are only mentioned to the bot, not kept."""
        self.name = corp.name
        self.api = Api(corp, notebook=notebook, clock=clock)
        self._corp_id = corp.corp_id
        self._keys = keys
        self._notebook = notebook
        self._clock = clock
        self._ledger = Ledger(notebook, clock)
        self.sync = Sync(self.api, self._take, channel=self.name, notebook=notebook, clock=clock)
        self._lease = Lease("look", notebook=notebook, clock=clock)
        self._pictures = Pictures(self._picture, photos) if photos else None
        self._sender = Sender(self.api, self._ledger, Progress(notebook, clock))
        self._receive: Receive | None = None

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        self._receive = receive

        async def hear(ring: Ring | None, _deadline: float) -> Reply:
            # The messages stay with the platform until they are fetched, so nothing can be lost by now.
            if ring is not None:
                self.sync.ring(ring)
            return Reply()

        def read(plain: bytes) -> Ring | None:
            return decode_ring(plain, corp_id=self._corp_id)

        wire = Wire(find_ciphertext, read, spend_parsing_time)
        callback = Callback(self._keys, receiver=self._corp_id, wire=wire, hear=hear, clock=self._clock)
        return [Route("/wecom/kf", callback)]

    async def run(self, receive: Receive) -> None:
        """Look now and then for what no ring was heard of."""
        self._receive = receive
        next_look = self._clock.now()
        while True:
            if await self._lease.hold() and self._clock.now() >= next_look:
                next_look = self._clock.now() + _LOOK_EVERY
                await self._look()
            await asyncio.sleep(self._lease.renew_every)

    async def send(self, message: OutboundMessage) -> None:
        if message.address.is_group:
            raise PermanentFailure("微信客服 cannot be in groups")
        person = message.address.chat
        account = await self._account_of(person)
        await self._sender.send(account, person, message)

    async def check(self) -> Sequence[Finding]:
        await self.api.check_secret()
        number = len(await self._accounts())
        if number == 0:
            return [Finding("channel_wecom_kf_none", is_wrong=True)]
        return [Finding("channel_wecom_kf", {"number": number})]

    async def link_to(self, place: str) -> str:
        """To the first of the accounts."""
        accounts = await self._accounts()
        if not accounts:
            raise PermanentFailure("no account of 微信客服 may be served")
        return await create_link(self.api, accounts[0], place=place)

    async def close(self) -> None:
        await self.sync.finish(within=_LAST_WHILE)
        await self.api.close()

    # -- what comes in --------------------------------------------------------------------------

    async def _look(self) -> None:
        try:
            for account in await self._accounts():
                await self.sync.fetch(account, "")
        except (DeliveryFailure, StoreAway) as failure:
            reason = f"{type(failure).__name__}: {failure}"[:100]
            log.warning("not looked", extra={"channel": self.name, "reason": reason})

    async def _accounts(self) -> list[str]:
        answer = await self.api.call("kf/account/list", {"offset": 0, "limit": 100})
        return [str(account["open_kfid"]) for account in answer.get("account_list", [])]

    async def _take(self, items: Sequence[Item]) -> None:
        """Everything of one customer in its order, customers side by side."""
        await self._ledger.note(items)
        by_person: dict[str, list[Item]] = {}
        for item in items:
            by_person.setdefault(item.person, []).append(item)
        ends = await asyncio.gather(
            *(self._take_in_order(theirs) for theirs in by_person.values()), return_exceptions=True
        )
        for end in ends:
            if end is not None:
                raise end

    async def _take_in_order(self, items: Sequence[Item]) -> None:
        ends = [number for number, item in enumerate(items) if item.happening is Happening.SERVED_NO_MORE]
        for number, item in enumerate(items):
            await self._take_one(item, ends_later=any(number < end for end in ends))

    async def _take_one(self, item: Item, *, ends_later: bool) -> None:
        """`ends_later`: a conversation with a servicer, if there is one, ends only after this."""
        match item.happening:
            case Happening.SAID:
                if item.message is not None and not await self._is_served(item, ends_later=ends_later):
                    scene = await self._ledger.scene(item.person)
                    await self._hand_in(replace(item.message, place_hint=scene))
            case Happening.ENTERED:
                # Without a code that is still good, nothing could be said in greeting.
                is_welcome = item.welcome_code and await self._ledger.welcome_code(item.person)
                if item.message is not None and is_welcome:
                    await self._hand_in(replace(item.message, place_hint=item.scene or None))
            case Happening.SERVED:
                await self._note_served(item.person, is_served=True)
            case Happening.SERVED_NO_MORE:
                await self._note_served(item.person, is_served=False)
            case Happening.NOT_DELIVERED:
                log.warning("not shown", extra={"channel": self.name, "message_id": item.failed_id[:32]})
                await self._ledger.close(item.person)

    async def _hand_in(self, message: InboundMessage) -> None:
        assert self._receive is not None, "only what is served or run takes anything"
        if message.attachments and self._pictures is not None:
            message = await self._pictures.keep(message)
        await self._receive(message)

    async def _picture(self, attachment: Attachment) -> bytes:
        return await self.api.media(attachment.reference, largest=LARGEST_FILE)

    async def _is_served(self, item: Item, *, ends_later: bool) -> bool:
        """Whether a servicer talks with them. Asked where one did, because the end may have been missed."""
        if await self._notebook.get(f"served/{item.person}") is None:
            return False
        if ends_later:
            return True
        is_served = await state_of(self.api, item.account, item.person) in WITH_PEOPLE
        if not is_served:
            await self._note_served(item.person, is_served=False)
        return is_served

    async def _note_served(self, person: str, *, is_served: bool) -> None:
        now = self._clock.now()
        until = now + LASTS if is_served else now
        await self._notebook.put({f"served/{person}": Entry("1", until)})

    async def _account_of(self, person: str) -> str:
        account = await self._ledger.account(person)
        if account is None:
            raise WindowClosed("the customer has not spoken for a long time, or never")
        return account
