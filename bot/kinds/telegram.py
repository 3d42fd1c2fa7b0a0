"""Telegram's bots."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from bot.channels.photos import PhotoStore
from bot.channels.telegram import account as telegram
from bot.channels.telegram.channel import Telegram
from bot.kinds.base import Options, Parts, WebAddress
from bot.messaging import Channel


def _bot_token(value: str) -> str:
    if re.fullmatch(r"[0-9]{1,16}:[A-Za-z0-9_-]{1,100}", value) is None:
        raise PydanticCustomError("setting_unreadable", "not a number, a colon and a secret")
    return value


def _needed_to_be_called(value: str, info: ValidationInfo) -> str:
    """Without it, anybody could call."""
    if info.data.get("mode") == "webhook" and not value:
        raise PydanticCustomError("setting_missing", "needed where the platform calls")
    if re.fullmatch(r"[A-Za-z0-9_-]{0,256}", value) is None:
        raise PydanticCustomError("setting_unreadable", "not letters, digits, _ and -")
    return value


class TelegramOptions(Options):
    """A Telegram bot; see docs/channels/telegram.md."""

    token: Annotated[str, AfterValidator(_bot_token)]
    mode: Literal["webhook", "polling"] = "webhook"
    webhook_secret: Annotated[str, AfterValidator(_needed_to_be_called), Field(validate_default=True)] = ""
    webhook_url: WebAddress | None = None
    api_base: WebAddress = telegram.API_BASE


def bot(name: str, options: TelegramOptions, parts: Parts) -> Channel:
    account = telegram.Account(
        name=name,
        token=options.token,
        webhook_secret=options.webhook_secret,
        mode=telegram.Mode(options.mode),
        webhook_url=options.webhook_url or "",
        api_base=options.api_base,
    )
    return Telegram(
        account, notebook=parts.notebook(name), clock=parts.clock, photos=PhotoStore(parts.photos)
    )
