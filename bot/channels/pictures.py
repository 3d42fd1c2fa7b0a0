"""Pictures that people send: fetched while the platform still has them, kept as photos."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.channels.photos import PhotoRefused, PhotoStore
from bot.messaging import Attachment, AttachmentKind, DeliveryFailure, InboundMessage

log = logging.getLogger(__name__)

_FETCH_WITHIN = 2.5  # seconds; where the platform waits five, the turn itself still has to be done in them


class Pictures:
    """`fetch` gives the bytes of a picture, or raises DeliveryFailure; `within` seconds, or it is left."""

    def __init__(
        self,
        fetch: Callable[[Attachment], Awaitable[bytes]],
        store: PhotoStore,
        *,
        within: float = _FETCH_WITHIN,
    ) -> None:
        self._fetch = fetch
        self._store = store
        self._within = within

    async def keep(self, message: InboundMessage) -> InboundMessage:
        """The message with its pictures as photos. One that cannot be had stays a mere attachment: what is
        said counts more than what is shown."""
        kept = []
        for attachment in message.attachments:
            if attachment.kind is not AttachmentKind.PICTURE:
                continue
            try:
                async with asyncio.timeout(self._within):
                    content = await self._fetch(attachment)
                kept.append(await asyncio.to_thread(self._store.keep, content))
            except (DeliveryFailure, PhotoRefused, TimeoutError, OSError) as failure:
                log.warning("picture not kept", extra={"reason": type(failure).__name__})
        return replace(message, photos=tuple(kept)) if kept else message
