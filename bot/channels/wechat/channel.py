"""The 服务号 as a channel: what app wires."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from bot.channels.photos import LARGEST_FILE, PhotoStore
from bot.channels.pictures import Pictures
from bot.channels.progress import Progress
from bot.channels.settling import Settle
from bot.channels.text_parts import cut, rendered
from bot.channels.wechat.account import Account
from bot.channels.wechat.api import Api
from bot.channels.wechat.callback import Callback
from bot.channels.wechat.codes import create_lasting_code
from bot.channels.wechat.inbound import Heard
from bot.channels.wechat.menu import Says, SubMenu, create_menu
from bot.channels.wechat.notices import Notices
from bot.channels.wechat.quota import AFTER_A_MESSAGE, QuotaLedger
from bot.channels.wechat.reply import LONGEST_TEXT
from bot.clock import Clock
from bot.messaging import (
    Answer,
    Attachment,
    Button,
    Capabilities,
    InboundMessage,
    OutboundMessage,
    PermanentFailure,
    QuotaUsedUp,
    Receive,
    RecipientGone,
    TemporaryFailure,
    WindowClosed,
)
from bot.notebook import Notebook
from bot.upkeep import Finding

_NO_ADDRESS = 40201  # the return code where no address has been given to the platform


class OfficialAccount:
    """Answers travel in the platform's own request; everything else is a 客服消息, or a notice.

    `settle` learns what a passive reply carried, and what is left over for the outbox to send.
    """

    capabilities = Capabilities(
        answers_inline=True,
        longest_text=LONGEST_TEXT,
        window=AFTER_A_MESSAGE.lasts,
        replies=AFTER_A_MESSAGE.messages,
    )

    def __init__(
        self,
        account: Account,
        *,
        notebook: Notebook,
        clock: Clock,
        settle: Settle,
        photos: PhotoStore | None = None,
    ) -> None:
        """Without `photos`, pictures are only mentioned to the bot, not kept."""
        self.name = account.name
        self.api = Api(account, notebook=notebook, clock=clock)
        self.quota = QuotaLedger(notebook, clock)
        self.notices = Notices(
            self.api,
            notebook=notebook,
            clock=clock,
            subscription=account.subscription,
            template=account.template,
        )
        self._pictures = Pictures(self._picture, photos) if photos else None
        self._progress = Progress(notebook, clock)
        self._account = account
        self._notebook = notebook
        self._clock = clock
        self._settle = settle
        self._callbacks: list[Callback] = []

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        async def take(message: InboundMessage) -> Answer:
            if message.attachments and self._pictures is not None:
                message = await self._pictures.keep(message)
            return await receive(message)

        callback = Callback(
            self._account,
            take,
            heard=self._note,
            settle=self._settle,
            notebook=self._notebook,
            clock=self._clock,
        )
        self._callbacks.append(callback)
        return [Route("/wechat", callback)]

    async def send(self, message: OutboundMessage) -> None:
        """Where no 客服消息 may be sent (any more), the brief goes as a notice."""
        if message.address.is_group:
            raise PermanentFailure("a 服务号 cannot be in groups")

        openid = message.address.chat

        async def send_part(part: str, _number: int) -> None:
            await self._send_text(openid, part)

        try:
            await self._progress.send(message.id, cut(rendered(message), LONGEST_TEXT), send_part)
        except (WindowClosed, QuotaUsedUp):
            if message.brief is None or not await self.notices.send(
                openid, message.brief, message_id=message.id
            ):
                raise

    async def check(self) -> Sequence[Finding]:
        """How many 客服消息 calls are left today, and whether the platform finds the address it calls."""
        await self.api.check_secret()
        answer = await self.api.call("openapi/quota/get", {"cgi_path": "/cgi-bin/message/custom/send"})
        findings = [Finding("channel_wechat", {"remain": answer["quota"]["remain"]})]
        try:
            await self.api.call("callback/check", {"action": "dns", "check_operator": "DEFAULT"})
        except PermanentFailure as failure:
            if failure.code != _NO_ADDRESS:
                raise
            findings.append(Finding("channel_wechat_40201", is_wrong=True))
        return findings

    async def link_to(self, place: str) -> str:
        return (await create_lasting_code(self.api, place)).url

    async def set_menu(self, items: Sequence[Button], more: str, further: Sequence[Button]) -> None:
        await create_menu(self.api, [*_says(items), SubMenu(more, _says(further))])

    async def close(self) -> None:
        for callback in self._callbacks:
            await callback.finish()
        await self.quota.write()
        await self.api.close()

    async def _picture(self, attachment: Attachment) -> bytes:
        """By media id, not by the address in the message: so nobody can make us call other addresses."""
        return await self.api.media(attachment.reference, largest=LARGEST_FILE)

    async def _send_text(self, openid: str, text: str) -> None:
        if not await self.quota.take(openid):
            raise QuotaUsedUp("no 客服消息 left until the person writes again")
        try:
            await self.api.call(
                "message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": text}}
            )
        except (WindowClosed, QuotaUsedUp, RecipientGone):
            self.quota.close(openid)
            raise
        except (TemporaryFailure, PermanentFailure):
            await self.quota.give_back(openid)
            raise

    async def _note(self, heard: Heard) -> None:
        if heard.opens is not None:
            self.quota.open(heard.sender, heard.opens)
        if heard.has_left:
            self.quota.close(heard.sender)
        if heard.consents:
            await self.notices.note_consents(heard)


def _says(items: Sequence[Button]) -> tuple[Says, ...]:
    return tuple(Says(item.label, item.says) for item in items)
