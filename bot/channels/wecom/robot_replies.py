"""What a robot answers and says by itself, as the platform's JSON."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.channels.text_parts import cut, rendered
from bot.channels.wechat_codec import sendable
from bot.channels.wecom.cards import (
    Press,
    can_carry_buttons,
    can_carry_text,
    card,
    chosen,
    settled_card,
)
from bot.channels.wecom.robot_inbound import Happening, Heard
from bot.messaging import InboundMessage, OutboundMessage

LONGEST_TEXT = 20480
"""Bytes of UTF-8 in one streamed or pushed message."""

_SEPARATOR = "\n\n"

Body = dict[str, object]


@dataclass(frozen=True, slots=True)
class Passive:
    """A reply in the platform's own request, what it carries, and what is left for the outbox."""

    body: Body
    carried: tuple[OutboundMessage, ...] = ()
    left: tuple[OutboundMessage, ...] = ()


def passive(heard: Heard, message: InboundMessage, said: Sequence[OutboundMessage]) -> Passive | None:
    """The reply to `message`, which is what was heard; None where there is nothing to say."""
    if heard.press is not None:
        return update(heard.press, heard.task_id, message, said)
    if heard.happening is Happening.ENTERED:
        return welcome(message, said)
    return reply(message, said)


def reply(message: InboundMessage, said: Sequence[OutboundMessage]) -> Passive | None:
    """A streamed reply that is finished at once; None where there is nothing to say."""
    here, left = _here(message, said)
    if not here:
        return None
    *before, last = here
    on_card = can_carry_buttons(last)
    texts = [*(rendered(one) for one in before), sendable(last.text) if on_card else rendered(last)]
    text, *beyond = cut(plain(_SEPARATOR.join(texts)), LONGEST_TEXT)
    stream_id = hashlib.sha256(message.id.encode(errors="replace")).hexdigest()[:32]
    body: Body = {
        "msgtype": "stream_with_template_card" if on_card else "stream",
        "stream": {"id": stream_id, "finish": True, "content": text},
        **({"template_card": card(last)} if on_card else {}),
    }
    rest = [replace(last, text="\n".join(beyond), buttons=())] if beyond else []
    return Passive(body, tuple(here[:-1] if rest else here), (*rest, *left))


def welcome(message: InboundMessage, said: Sequence[OutboundMessage]) -> Passive | None:
    """The reply to somebody who opens the chat: a text or a card."""
    here, left = _here(message, said)
    if not here:
        return None
    last = here[-1]
    if len(here) == 1 and can_carry_buttons(last) and can_carry_text(last.text):
        return Passive({"msgtype": "template_card", "template_card": card(last)}, tuple(here), left)
    text = _SEPARATOR.join(rendered(one) for one in here)
    return Passive({"msgtype": "text", "text": {"content": text}}, tuple(here), left)


def update(press: Press, task_id: str, message: InboundMessage, said: Sequence[OutboundMessage]) -> Passive:
    """The pressed card, turned into the answer where that fits on it; else it only shows what was pressed."""
    here, left = _here(message, said)
    new = settled_card(press, task_id, chosen(press))
    carried: tuple[OutboundMessage, ...] = ()
    if len(here) == 1:
        if can_carry_buttons(here[0]) and can_carry_text(here[0].text):
            new, carried = {**card(here[0]), "task_id": task_id}, (here[0],)
        elif can_carry_text(rendered(here[0])):
            new, carried = settled_card(press, task_id, rendered(here[0])), (here[0],)
    body: Body = {
        "response_type": "update_template_card",
        "userids": [message.sender],
        "template_card": new,
    }
    return Passive(body, carried, left if carried else (*here, *left))


def pushes(message: OutboundMessage) -> list[Body]:
    """A message without a request to answer; this way takes no plain text."""
    if not can_carry_buttons(message):
        return [_markdown(part) for part in cut(plain(rendered(message)), LONGEST_TEXT)]
    on_card: Body = {"msgtype": "template_card", "template_card": card(message)}
    if can_carry_text(message.text):
        return [on_card]
    return [*(_markdown(part) for part in cut(plain(sendable(message.text)), LONGEST_TEXT)), on_card]


def single_push(message: OutboundMessage) -> list[Body]:
    """The same where only one message may be sent: choices that fit no card are lines."""
    if can_carry_buttons(message) and can_carry_text(message.text):
        return pushes(message)
    return [_markdown(part) for part in cut(plain(rendered(message)), LONGEST_TEXT)]


def end_of_stream(stream_id: str) -> Body:
    """For a platform that asks how a reply goes on: ours never do."""
    return {"msgtype": "stream", "stream": {"id": stream_id, "finish": True, "content": ""}}


def plain(text: str) -> str:
    """Text as Markdown that mentions nobody, whoever wrote it."""
    return text.replace("<@", "< @")


def _here(
    message: InboundMessage, said: Sequence[OutboundMessage]
) -> tuple[list[OutboundMessage], tuple[OutboundMessage, ...]]:
    """What is said in the chat that the message came from, and what is said elsewhere."""
    here = [one for one in said if one.address.chat == message.chat]
    return here, tuple(one for one in said if one.address.chat != message.chat)


def _markdown(text: str) -> Body:
    return {"msgtype": "markdown", "markdown": {"content": text}}
