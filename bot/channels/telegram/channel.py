"""Telegram as a channel: what app wires."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from starlette.routing import BaseRoute, Route
from telegram import Update

from bot.channels.lease import Lease
from bot.channels.photos import PhotoStore
from bot.channels.pictures import Pictures
from bot.channels.progress import Progress
from bot.channels.telegram.account import Account, Mode
from bot.channels.telegram.addressing import Myself
from bot.channels.telegram.api import Api, Profile
from bot.channels.telegram.buttons import Buttons
from bot.channels.telegram.groups import Groups
from bot.channels.telegram.inbound import decode, is_from_group, start_link
from bot.channels.telegram.pacing import Limits, Pacer
from bot.channels.telegram.polling import insist, poll
from bot.channels.telegram.reply import MOST_BYTES, cut
from bot.channels.telegram.webhook import Webhook
from bot.clock import Clock
from bot.messaging import (
    Address,
    Capabilities,
    DeliveryFailure,
    Moved,
    OutboundMessage,
    Receive,
    RecipientGone,
    TemporaryFailure,
)
from bot.notebook import Notebook
from bot.upkeep import Finding

log = logging.getLogger(__name__)

_FETCH_WITHIN = 15.0  # seconds for a picture; the platform waits longer than that for us
_PERSON = re.compile(r"[1-9][0-9]{0,18}")
_GROUP = re.compile(r"-[1-9][0-9]{0,18}")


class Telegram:
    """Nobody can be written to who has not written first, so a group does not open a private chat."""

    capabilities = Capabilities(groups=True, buttons=True, longest_text=MOST_BYTES, per_minute=60)

    def __init__(
        self,
        account: Account,
        *,
        notebook: Notebook,
        clock: Clock,
        photos: PhotoStore,
        limits: Limits | None = None,
    ) -> None:
        """`limits`: the platform's own, unless it is another platform."""
        self.name = account.name
        self._account = account
        self._clock = clock
        self._api = Api(account)
        self._pacer = Pacer(limits)
        self._buttons = Buttons(notebook, clock)
        self._groups = Groups(notebook, clock)
        self._progress = Progress(notebook, clock)
        self._pictures = Pictures(
            lambda picture: self._api.file(picture.reference), photos, within=_FETCH_WITHIN
        )
        self._lease = Lease("poll", notebook=notebook, clock=clock, span=account.span)
        self._profile: Profile | None = None

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        if self._account.mode is Mode.POLLING:
            return []
        take = partial(self._take, receive=receive)
        return [Route(f"/telegram/{self.name}", Webhook(self._account.webhook_secret, take))]

    async def run(self, receive: Receive) -> None:
        if self._account.mode is Mode.POLLING:
            take = partial(self._take, receive=receive)
            fetch = partial(poll, self._api, take, wait=self._account.poll_for, pauses=self._account.pauses)
            await self._lease.do_while_held(fetch)  # the platform lets only one fetch
        elif self._account.webhook_url:
            tell = partial(
                self._api.call_me_at, self._account.webhook_url, secret=self._account.webhook_secret
            )
            await insist(tell, pauses=self._account.pauses)

    async def send(self, message: OutboundMessage) -> None:
        address = message.address
        if not (_GROUP if address.is_group else _PERSON).fullmatch(address.chat):
            # Nobody's private chat; least of all may it be a group, where everybody would read it.
            raise RecipientGone("no such chat")
        parts = cut(message.text)
        rows = await self._buttons.rows(message.buttons)

        async def send_part(text: str, number: int) -> None:
            await self._send_part(address, text, rows if number == len(parts) else ())

        await self._progress.send(message.id, parts, send_part)

    async def check(self) -> Sequence[Finding]:
        profile, webhook = await self._api.profile(), await self._api.webhook()
        findings = [Finding("channel_telegram", {"name": profile.username})]
        if not profile.reads_groups:
            findings.append(Finding("channel_telegram_privacy"))
        if self._account.mode is Mode.WEBHOOK and not webhook.url:
            findings.append(Finding("channel_telegram_no_webhook", is_wrong=True))
        if webhook.complaint:
            values = {"reason": webhook.complaint, "waiting": webhook.waiting}
            findings.append(Finding("channel_telegram_webhook", values, is_wrong=True))
        return findings

    async def link_to(self, place: str) -> str:
        return start_link((await self._api.profile()).username, place)

    async def close(self) -> None:
        await self._api.close()

    # -- below ------------------------------------------------------------------------------------

    async def _send_part(self, address: Address, text: str, rows: Sequence[tuple[str, str]]) -> None:
        chat = await self._groups.id_now(address.chat) if address.is_group else address.chat
        try:
            await self._send_to(chat, text, rows, is_group=address.is_group)
        except Moved as moved:
            await self._groups.moved(chat, moved.chat)
            await self._send_to(moved.chat, text, rows, is_group=address.is_group)

    async def _send_to(
        self, chat: str, text: str, rows: Sequence[tuple[str, str]], *, is_group: bool
    ) -> None:
        async with self._pacer.turn(chat, is_group=is_group):
            try:
                await self._api.send_text(int(chat), text, rows=rows)
            except TemporaryFailure as failure:
                if failure.retry_after is not None:
                    self._pacer.hold(chat, seconds=failure.retry_after, is_group=is_group)
                raise

    async def _take(self, update: Update, *, receive: Receive) -> None:
        """Returns when what the update says is durable. Raises MalformedUpdateError, and StoreAway."""
        myself = Myself(self._account.bot_id, await self._username() if is_from_group(update) else None)
        heard = decode(update, channel=self.name, myself=myself, now=self._clock.now())
        if heard.moved is not None:
            await self._groups.moved(*heard.moved)
        if heard.message is None:
            return
        message = await self._groups.as_known(heard.message)
        if heard.press is not None:
            message = replace(message, text=await self._buttons.says(heard.press))
        if message.mentioned or not message.is_group:
            # What people show each other in a group, and not to us, is none of our business.
            message = await self._pictures.keep(message)
        await receive(message)
        if heard.press is not None:
            await self._acknowledge(heard.press.id)

    async def _username(self) -> str | None:
        if self._profile is None:
            try:
                self._profile = await self._api.profile()
            except DeliveryFailure as failure:
                # What is said in the group counts more than knowing that it is said to us.
                log.warning("own name unknown", extra={"channel": self.name, "reason": str(failure)})
                return None
        return self._profile.username

    async def _acknowledge(self, press_id: str) -> None:
        try:
            await self._api.acknowledge(press_id)
        except DeliveryFailure as failure:
            # The button goes on waiting a moment longer; what it says has arrived.
            log.info("press not acknowledged", extra={"channel": self.name, "reason": str(failure)})
