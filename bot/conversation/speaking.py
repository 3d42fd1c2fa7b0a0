"""What is said in a turn becomes rows of the outbox, one message a chat."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.community.identity import note_privacy_told
from bot.community.speech import without_mobiles
from bot.conversation.state import Conversation
from bot.conversation.turn import Said, Turn
from bot.messaging import Answer, Capabilities
from bot.outbox.enqueue import enqueue_answer
from bot.outbox.models import DeliveryState

_INLINE_LEASE = timedelta(seconds=10)
"""How long a reply given in the platform's own request is taken to be on its way."""

_HOLD = timedelta(milliseconds=900)
"""How long the answer to half a sentence waits for the other half."""


def promise(turn: Turn, capabilities: Capabilities) -> Answer:
    """Write what is said to the outbox, and remember it in each conversation."""
    state, lease_until = first_state(capabilities, turn.now)
    not_before = turn.now
    if turn.holds_answer:
        state, lease_until, not_before = DeliveryState.WAITING, None, turn.now + _HOLD
    messages = []
    for part, said in enumerate(_joined(turn.said)):
        _remember(turn, said)
        messages.append(
            enqueue_answer(
                turn.tx,
                turn.message,
                part=part,
                address=said.address,
                person_id=turn.person.id,
                text=said.text,
                buttons=said.buttons,
                now=turn.now,
                not_before=not_before,
                state=state,
                lease_until=lease_until,
            )
        )
    return Answer(() if turn.holds_answer else tuple(messages))


def first_state(capabilities: Capabilities, now: datetime) -> tuple[DeliveryState, datetime | None]:
    """How an answer begins: fetched by its reader, on its way in the reply, or waiting to be sent."""
    if capabilities.is_mailbox:
        return DeliveryState.SENT, None
    if capabilities.answers_inline:
        return DeliveryState.LEASED, now + _INLINE_LEASE
    return DeliveryState.WAITING, None


def tell_privacy_once(turn: Turn) -> None:
    """Under the first private answer: what is kept, and how to see it and have it deleted."""
    person = turn.person
    private = [index for index, said in enumerate(turn.said) if not said.address.is_group]
    if not private or person.told_privacy or person.staff_name or turn.meaning.emergency or turn.in_a_hurry:
        return
    note_privacy_told(turn.tx, person.id)
    said = turn.said[private[-1]]
    text = f"{said.text}\n{turn.reply('conversation.privacy_notice')}"
    turn.said[private[-1]] = replace(said, text=text)


def _joined(said: Sequence[Said]) -> list[Said]:
    """What goes to the same chat in one turn is one message, in the order it was said."""
    by_chat: dict[object, Said] = {}
    for one in said:
        text = without_mobiles(one.text) if one.address.is_group else one.text
        before = by_chat.get(one.address)
        by_chat[one.address] = (
            replace(one, text=text)
            if before is None
            else Said(one.address, f"{before.text}\n{text}", before.buttons + one.buttons)
        )
    return list(by_chat.values())


def _remember(turn: Turn, said: Said) -> None:
    conversation: Conversation
    for conversation in (turn.conversation, *turn.opened):
        if conversation.address == said.address:
            conversation.last_said = said.text
            conversation.last_buttons = [button.says for button in said.buttons]
