"""Scenes by way of a platform: real callbacks over HTTP or WebSocket, real screens.

`python -m bot converse --through wechat FILE…` plays on them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from anyio.from_thread import start_blocking_portal

from bot.clock import MovableClock, from_local
from bot.storage.database import own_schema
from knowledge.model import Knowledge
from tests.counterparts.venues.house import House
from tests.counterparts.venues.onebot import OneBotSide
from tests.counterparts.venues.side import Side
from tests.counterparts.venues.telegram import TelegramSide
from tests.counterparts.venues.wechat import WeChatSide
from tests.counterparts.venues.wecom import WeComSide
from tests.stores import address_of

SIDES: dict[str, type[Side]] = {
    "wechat": WeChatSide,
    "wecom": WeComSide,
    "telegram": TelegramSide,
    "onebot": OneBotSide,
}


@contextmanager
def open_venue(name: str, knowledge: Knowledge, starts_at: datetime, store: str | None) -> Iterator[House]:
    """The whole bot on an empty store, with the platform of that name on the other side."""
    clock = MovableClock(from_local(starts_at))
    side = SIDES[name](knowledge, clock)
    with (
        TemporaryDirectory() as folder,
        _empty_store(store, Path(folder)) as address,
        start_blocking_portal("asyncio") as portal,
    ):
        house = House(side, knowledge, clock, address, Path(folder), portal)
        with portal.wrap_async_context_manager(house.open()):
            yield house


@contextmanager
def _empty_store(store: str | None, folder: Path) -> Iterator[str]:
    if store is None or store.startswith("sqlite"):
        yield f"sqlite:///{folder / 'scene.sqlite3'}"
        return
    with own_schema(store) as database:
        yield address_of(database)
