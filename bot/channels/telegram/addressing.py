"""Whom a line of a chat is addressed to, and what it says besides."""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import MessageEntity

_MOST_ENTITIES = 100  # in one message; the platform's own limit


@dataclass(frozen=True, slots=True)
class Myself:
    """The bot itself. `username` is needed in groups only: without it, no @ is recognised there."""

    id: int
    username: str | None = None

    def is_called(self, name: str) -> bool:
        return self.username is not None and name.lower() == self.username.lower()


class Addressing:
    """Takes a line apart: the command at its start, whom it is for, and the rest of its words."""

    def __init__(self, written: str, entities: Sequence[MessageEntity], myself: Myself) -> None:
        """Raises the errors of the types that `entities` should have been made of."""
        self.command = ""
        self.is_for_us = False
        self.is_for_another_bot = False
        units = written.encode("utf-16-le", "surrogatepass")  # what the platform counts places in
        for entity in sorted(entities[:_MOST_ENTITIES], key=lambda one: -one.offset):
            start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
            words = units[start:end].decode("utf-16-le", "replace")
            if entity.type == MessageEntity.BOT_COMMAND and start == 0:
                self.command, _, name = words.partition("@")
                self.is_for_us |= myself.is_called(name)
                self.is_for_another_bot = bool(name and myself.username) and not myself.is_called(name)
            elif _names(entity, words, myself):
                self.is_for_us = True
            else:
                continue
            units = units[:start] + units[end:]
        self.text = units.decode("utf-16-le", "surrogatepass").strip()


def _names(entity: MessageEntity, words: str, myself: Myself) -> bool:
    """People without a user name are mentioned by a link to them."""
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == myself.id
    return entity.type == MessageEntity.MENTION and myself.is_called(words.removeprefix("@"))
