"""What the kinds of channels share: the parts they are made of, and values that several are set to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from bot.channels.pages import Pages
from bot.clock import Clock
from bot.engine import Engine
from bot.messaging import Address, OutboundMessage
from bot.storage.notebook import StoredNotebook


@dataclass(frozen=True, slots=True)
class Parts:
    """What channels are made of."""

    engine: Engine
    mailbox: Callable[[Address, str], Any]
    channel_mailbox: Callable[[str], Callable[[str], Any]]
    move_clock: Callable[[datetime], Any]
    notebook: Callable[[str], StoredNotebook]
    settle: Callable[[Sequence[OutboundMessage], Sequence[OutboundMessage]], Any]
    pages: Pages
    photos: Path
    clock: Clock


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: str


def fits_aes(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9+/]{43}", value) is None:
        raise PydanticCustomError("setting_aes_key", "not 43 letters and digits")
    return value


def _has_scheme(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise PydanticCustomError("setting_web_address", "not a web address")
    return value


AesKey = Annotated[str, AfterValidator(fits_aes)]
WebAddress = Annotated[str, AfterValidator(_has_scheme)]
