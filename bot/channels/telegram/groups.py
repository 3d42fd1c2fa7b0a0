"""Groups that became supergroups. The platform gives them another id; to us they keep their first one, so
that what is known of the group, and what was begun in it, goes on."""

from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.messaging import InboundMessage
from bot.notebook import Entry, Notebook

_FOR_EVER = timedelta(days=36500)


class Groups:
    def __init__(self, notebook: Notebook, clock: Clock) -> None:
        self._notebook = notebook
        self._clock = clock
        self._known: dict[str, str] = {}  # by key; a group that has not moved may do so any time

    async def moved(self, old: str, new: str) -> None:
        first = await self.first_id(old)
        until = self._clock.now() + _FOR_EVER
        await self._notebook.put({f"now/{first}": Entry(new, until), f"first/{new}": Entry(first, until)})
        self._known |= {f"now/{first}": new, f"first/{new}": first}

    async def id_now(self, first: str) -> str:
        """Where to send what is meant for the group."""
        return await self._look_up(f"now/{first}", first)

    async def first_id(self, now: str) -> str:
        """What the group is called here."""
        return await self._look_up(f"first/{now}", now)

    async def as_known(self, message: InboundMessage) -> InboundMessage:
        if not message.is_group:
            return message
        return replace(message, chat=await self.first_id(message.chat))

    async def _look_up(self, key: str, chat: str) -> str:
        if key not in self._known:
            entry = await self._notebook.get(key)
            if entry is None:
                return chat
            self._known[key] = entry.value
        return self._known[key]
