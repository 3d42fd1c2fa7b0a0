"""The phones of the town: a channel that shows every message to whoever holds the phone."""

import random
from collections.abc import Callable

from bot.messaging import Capabilities, OutboundMessage, TemporaryFailure

CHANNEL = "phones"


class Phones:
    """Keeps nothing but a count: what was said lies in the store, and a month must fit into memory."""

    name = CHANNEL
    capabilities = Capabilities(groups=True, buttons=True, private_from_group=True)

    def __init__(
        self, arrived: Callable[[OutboundMessage], None], *, failing: float, chance: random.Random
    ) -> None:
        """`failing`: the share of sends that fail for the moment."""
        self._arrived = arrived
        self._failing = failing
        self._chance = chance
        self.delivered = 0

    async def send(self, message: OutboundMessage) -> None:
        if self._chance.random() < self._failing:
            raise TemporaryFailure("no line just now")
        self.delivered += 1
        self._arrived(message)

    async def close(self) -> None:
        """Nothing is held open."""
