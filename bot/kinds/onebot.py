"""OneBot 12 gateways."""

from pydantic import Field

from bot.channels.onebot import channel as onebot
from bot.channels.photos import PhotoStore
from bot.kinds.base import Options, Parts
from bot.messaging import Channel


class OneBotOptions(Options):
    """A gateway of the operator's own; see docs/channels/onebot.md."""

    access_token: str = Field(min_length=1)


def gateway(name: str, options: OneBotOptions, parts: Parts) -> Channel:
    return onebot.OneBot(
        onebot.Account(name, options.access_token),
        notebook=parts.notebook(name),
        clock=parts.clock,
        photos=PhotoStore(parts.photos),
    )
