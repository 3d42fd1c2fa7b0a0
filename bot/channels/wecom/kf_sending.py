"""Saying something to a customer of 微信客服, while the platform lets us."""

from collections.abc import Mapping

from bot.channels.progress import Progress
from bot.channels.text_parts import cut, rendered
from bot.channels.wechat_codec import sendable
from bot.channels.wecom.corp import Api
from bot.channels.wecom.kf_ledger import Ledger
from bot.messaging import (
    Button,
    OutboundMessage,
    PermanentFailure,
    QuotaUsedUp,
    RecipientGone,
    TemporaryFailure,
    UnclearOutcome,
    WindowClosed,
)

LONGEST_TEXT = 2048
"""Bytes of UTF-8 in one text message."""

_LONGEST_HEAD = 1024  # bytes above a menu's choices
_LONGEST_CHOICE = 128  # bytes
_MOST_CHOICES = 10

Content = Mapping[str, object]


class Sender:
    def __init__(self, api: Api, ledger: Ledger, progress: Progress) -> None:
        self._api = api
        self._ledger = ledger
        self._progress = progress

    async def send(self, account: str, person: str, message: OutboundMessage) -> None:
        async def send_part(content: Content, number: int) -> None:
            await self._send_one(account, person, {"msgid": f"linli-{message.id}-{number}", **content})

        await self._progress.send(message.id, contents(message), send_part)

    async def _send_one(self, account: str, person: str, content: Content) -> None:
        if await self._ledger.take(person):
            await self._send_in_window(account, person, content)
            return
        code = await self._ledger.welcome_code(person)
        if code is not None:
            await self._api.call("kf/send_msg_on_event", {"code": code, **content})
            await self._ledger.use_up_welcome(person, code)
            return
        if await self._ledger.is_open(person):
            raise QuotaUsedUp("no more messages until the customer speaks again")
        raise WindowClosed("48 hours since the customer last spoke")

    async def _send_in_window(self, account: str, person: str, content: Content) -> None:
        try:
            await self._api.call("kf/send_msg", {"touser": person, "open_kfid": account, **content})
        except (WindowClosed, QuotaUsedUp, RecipientGone):
            await self._ledger.close(person)
            raise
        except (TemporaryFailure, UnclearOutcome, PermanentFailure):
            # An unclear one is sent again under the same id, which counts once.
            await self._ledger.give_back(person)
            raise


def contents(message: OutboundMessage) -> list[Content]:
    """The messages of the platform that carry ours; as few as possible, because each is counted."""
    text = sendable(message.text)
    if len(text.encode()) <= _LONGEST_HEAD and _fit_on_menu(message.buttons):
        choices = [{"type": "click", "click": _choice(button)} for button in message.buttons]
        return [{"msgtype": "msgmenu", "msgmenu": {"head_content": text, "list": choices}}]
    return [{"msgtype": "text", "text": {"content": part}} for part in cut(rendered(message), LONGEST_TEXT)]


def _fit_on_menu(buttons: tuple[Button, ...]) -> bool:
    return 0 < len(buttons) <= _MOST_CHOICES and all(
        0 < len(part.encode()) <= _LONGEST_CHOICE for button in buttons for part in _choice(button).values()
    )


def _choice(button: Button) -> dict[str, str]:
    """What the platform gives back as the id is what the button says."""
    return {"id": sendable(button.says), "content": sendable(button.label)}
