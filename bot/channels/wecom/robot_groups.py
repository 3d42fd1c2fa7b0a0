"""The ids of groups, which nothing but a message in them tells."""

import logging

from bot.messaging import InboundMessage

log = logging.getLogger(__name__)


class GroupsMet:
    """Writes each group's id into the log once: the operator needs it for the community's files."""

    def __init__(self) -> None:
        self._chats: set[str] = set()

    def meet(self, message: InboundMessage) -> None:
        if message.is_group and message.chat not in self._chats:
            self._chats.add(message.chat)
            log.info("a group speaks to us", extra={"channel": message.channel, "chat": message.chat})
