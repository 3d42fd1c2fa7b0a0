"""Calls to the platform. Each raises the failures of the seam and nothing else."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.account import Account
from bot.channels.telegram.failures import platform_failures
from bot.channels.telegram.request import AiohttpRequest
from bot.messaging import PermanentFailure

UPDATES = ("message", "callback_query")
"""What the platform is asked to tell us."""

_ACKNOWLEDGE_WITHIN = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Profile:
    """The bot as the platform knows it. `reads_groups`: it hears every line of a group, not only its own."""

    username: str
    reads_groups: bool


@dataclass(frozen=True, slots=True)
class WebhookState:
    """Where the platform calls, how many updates wait, and its last complaint."""

    url: str
    waiting: int
    complaint: str


class Api:
    def __init__(self, account: Account) -> None:
        # The library's own switch; without it, it warns at every “too many requests”.
        os.environ.setdefault("PTB_TIMEDELTA", "1")
        base = account.api_base.rstrip("/")
        self._updates_url = f"{base}/bot{account.token}/getUpdates"
        self._call_within = account.call_within
        self._request = AiohttpRequest(read_timeout=account.call_within)
        self._bot = Bot(
            account.token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    async def profile(self) -> Profile:
        with platform_failures():
            user = await self._bot.get_me()
            return Profile(str(user.username), bool(user.can_read_all_group_messages))

    async def send_text(self, chat: int, text: str, *, rows: Sequence[tuple[str, str]] = ()) -> None:
        """`rows`: one button each, as its label and what the platform sends back when it is pressed."""
        keyboard = InlineKeyboardMarkup(
            [[InlineKeyboardButton(label, callback_data=data)] for label, data in rows]
        )
        with platform_failures():
            await self._bot.send_message(chat, text, reply_markup=keyboard if rows else None)

    async def acknowledge(self, press_id: str) -> None:
        """Let the pressed button stop waiting."""
        with platform_failures():
            await self._bot.answer_callback_query(press_id, read_timeout=_ACKNOWLEDGE_WITHIN)

    async def file(self, file_id: str) -> bytes:
        with platform_failures():
            found = await self._bot.get_file(file_id)
            if not found.file_path:
                raise PermanentFailure("the platform does not hand this file out")
            return await self._request.retrieve(found.file_path)

    async def updates(self, offset: int, *, wait: int) -> list[dict[str, Any]]:
        """Updates from number `offset` on; none after `wait` seconds without any.

        Undecoded: the library would give up on all of them if it cannot read one.
        """
        query = urlencode({"offset": offset, "timeout": wait, "allowed_updates": json.dumps(UPDATES)})
        with platform_failures():
            found = await self._request.post(
                f"{self._updates_url}?{query}", read_timeout=self._call_within + wait
            )
            if not isinstance(found, list):
                raise TypeError("not a list of updates")
            return [update for update in found if isinstance(update, dict)]

    async def call_me_at(self, url: str, *, secret: str) -> None:
        with platform_failures():
            await self._bot.set_webhook(url, secret_token=secret, allowed_updates=UPDATES)

    async def do_not_call_me(self) -> None:
        with platform_failures():
            await self._bot.delete_webhook()

    async def webhook(self) -> WebhookState:
        with platform_failures():
            info = await self._bot.get_webhook_info()
            return WebhookState(info.url, info.pending_update_count, info.last_error_message or "")

    async def close(self) -> None:
        await self._request.shutdown()
