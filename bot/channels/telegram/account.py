"""The bot as its operator configures it."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.channels.lease import SPAN

API_BASE = "https://api.telegram.org"


class Mode(StrEnum):
    WEBHOOK = "webhook"
    POLLING = "polling"  # for development: no public address is needed


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is the channel's name in the configuration, and part of the webhook's path.

    `span`: within two of them, another process goes on polling for one that has gone.
    With `webhook_url` the bot tells the platform by itself where to call; without it the operator does.
    """

    name: str
    token: str = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    mode: Mode = Mode.WEBHOOK
    webhook_url: str = ""
    api_base: str = API_BASE
    call_within: float = 10.0  # seconds that the platform has to answer a call of ours
    poll_for: int = 50  # seconds that the platform holds an empty answer to a poll
    pauses: tuple[float, ...] = (
        1,
        2,
        5,
        10,
        30,
    )  # seconds after the first failure, …

    span: timedelta = SPAN

    def __post_init__(self) -> None:
        if not self.token.partition(":")[0].isdecimal():
            raise ValueError(f"channel {self.name}: the token does not begin with the bot's number")
        if self.mode is Mode.WEBHOOK and not self.webhook_secret:
            # An empty secret would let anybody speak as anybody.
            raise ValueError(f"channel {self.name}: webhook_secret is empty")

    @property
    def bot_id(self) -> int:
        return int(self.token.partition(":")[0])
