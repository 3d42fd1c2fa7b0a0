"""Fetching what customers said to 微信客服, without losing or skipping anything.

The cursor is written down only after everything before it has been received durably. Where a process dies in
between, the same things come again, with the same ids.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom.corp import Api
from bot.channels.wecom.kf_inbound import Item, Ring, decode_item
from bot.clock import Clock
from bot.messaging import DeliveryFailure, PermanentFailure, StoreAway
from bot.notebook import Entry, Notebook

log = logging.getLogger(__name__)

_PAGE = 1000
_CURSOR_KEPT = timedelta(days=30)  # the platform itself keeps messages for three days
_TRY_AGAIN_AFTER = 2.0  # seconds
_TRIES = 30

TakePage = Callable[[Sequence[Item]], Awaitable[None]]
"""Returns after everything in it was received durably. Raises StoreAway."""


class Sync:
    """Fetches for one account at a time only once at a time; what rings meanwhile is fetched afterwards."""

    def __init__(self, api: Api, take: TakePage, *, channel: str, notebook: Notebook, clock: Clock) -> None:
        self._api = api
        self._take = take
        self._channel = channel
        self._notebook = notebook
        self._clock = clock
        self._rings: dict[str, str] = {}  # account -> the newest token
        self._going_on: dict[str, asyncio.Task[None]] = {}

    def ring(self, ring: Ring) -> None:
        """Fetch in the background."""
        self._rings[ring.account] = ring.token
        if ring.account not in self._going_on:
            task = asyncio.get_running_loop().create_task(self._fetch_while_it_rings(ring.account))
            self._going_on[ring.account] = task
            task.add_done_callback(lambda _task: self._going_on.pop(ring.account))

    async def fetch(self, account: str, token: str) -> None:
        """Everything that is new. Raises DeliveryFailure, StoreAway."""
        key = f"cursor/{account}"
        has_more = True
        while has_more:
            entry = await self._notebook.get(key)
            before = entry.value if entry else ""
            answer = await self._ask(account, token, cursor=before)
            await self._take(self._items(answer.get("msg_list")))
            cursor = answer.get("next_cursor")
            if not isinstance(cursor, str) or cursor in {"", before}:
                return
            await self._notebook.put({key: Entry(cursor, self._clock.now() + _CURSOR_KEPT)})
            has_more = answer.get("has_more") == 1

    async def finish(self, *, within: float) -> None:
        """Give what still goes on a last while, in seconds."""
        if self._going_on:
            await asyncio.wait(self._going_on.values(), timeout=within)

    async def _fetch_while_it_rings(self, account: str) -> None:
        tries = 0
        while (token := self._rings.pop(account, None)) is not None and tries < _TRIES:
            try:
                await self.fetch(account, token)
                tries = 0
            except (DeliveryFailure, StoreAway) as failure:
                reason = f"{type(failure).__name__}: {failure}"[:100]
                log.warning("not fetched", extra={"channel": self._channel, "reason": reason})
                tries += 1
                self._rings.setdefault(account, token)
                await asyncio.sleep(_TRY_AGAIN_AFTER)

    async def _ask(self, account: str, token: str, *, cursor: str) -> Mapping[str, Any]:
        question = {"open_kfid": account, "limit": _PAGE, "voice_format": 0}
        if token:
            question["token"] = token
        try:
            return await self._api.call("kf/sync_msg", {**question, "cursor": cursor})
        except PermanentFailure:
            if not cursor:
                raise
        # A cursor that the platform no longer knows: from the oldest that it has, once more.
        return await self._api.call("kf/sync_msg", question)

    def _items(self, nodes: object) -> list[Item]:
        items = []
        for node in nodes if isinstance(nodes, list) else ():
            try:
                items.append(decode_item(node, channel=self._channel))
            except MalformedMessageError:
                # Nothing that comes after it may wait for it.
                log.warning(
                    "something of a form that the platform never uses", extra={"channel": self._channel}
                )
        return items
