"""How our messages become one passive reply."""

from collections.abc import Sequence
from dataclasses import replace

from bot.channels.text_parts import cut, rendered
from bot.messaging import OutboundMessage

LONGEST_TEXT = 2048
"""Bytes of UTF-8 in one text message. Not documented; measured by many."""

_SEPARATOR = "\n\n"


def compose(
    messages: Sequence[OutboundMessage],
) -> tuple[str, Sequence[OutboundMessage], Sequence[OutboundMessage]]:
    """One text with as many messages as it can hold; those it holds; what is left over, in order.

    Only a first message that is too long by itself is cut; its rest is left over.
    """
    text = ""
    for position, message in enumerate(messages):
        longer = f"{text}{_SEPARATOR}{rendered(message)}" if text else rendered(message)
        if len(longer.encode()) <= LONGEST_TEXT:
            text = longer
            continue
        if text:
            return text, messages[:position], messages[position:]
        first, *others = cut(longer, LONGEST_TEXT)
        rest = replace(message, text="\n".join(others), buttons=())
        return first, (), (rest, *messages[1:])
    return text, messages, ()
