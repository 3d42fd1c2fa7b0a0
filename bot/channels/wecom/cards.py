"""Messages with buttons as WeCom's cards, and what pressing one says."""

from dataclasses import dataclass

from bot.channels.wechat_codec import sendable
from bot.messaging import Button, OutboundMessage

# The platform shows about this many characters and silently hides the rest.
_TITLE = 26
_TEXT = 112
_LABEL = 10
_MOST_BUTTONS = 6
_LONGEST_KEY = 1024  # bytes
_ELLIPSIS = "…"
_BETWEEN = "|"

Card = dict[str, object]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that somebody pressed; `number` is its place on the card, from 1."""

    number: int
    label: str
    says: str


def task_id(message: OutboundMessage) -> str:
    """The same over all tries to send a message, and of no other message."""
    return f"linli-{message.id}"


def can_carry_buttons(message: OutboundMessage) -> bool:
    """Otherwise they are numbered lines of text."""
    return 0 < len(message.buttons) <= _MOST_BUTTONS and all(
        0 < len(button.label) <= _LABEL and len(_key(number, button).encode()) <= _LONGEST_KEY
        for number, button in enumerate(message.buttons, 1)
    )


def can_carry_text(text: str) -> bool:
    """Otherwise the text goes before the card as a message of its own."""
    return len(_under_title(text)) <= _TEXT


def card(message: OutboundMessage) -> Card:
    """Buttons under the text, or under its beginning where it is too long for a card."""
    text = sendable(message.text)
    under = _under_title(text)
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title(text)},
        **({"sub_title_text": under} if under and len(under) <= _TEXT else {}),
        "task_id": task_id(message),
        "button_list": [
            {"text": sendable(button.label), "style": 1 if number == 1 else 2, "key": _key(number, button)}
            for number, button in enumerate(message.buttons, 1)
        ],
    }


def settled_card(press: Press, task: str, text: str) -> Card:
    """A card with this text whose only button shows what was pressed, and says nothing more."""
    under = _under_title(text)
    return {
        "card_type": "button_interaction",
        "main_title": {"title": title(text)},
        **({"sub_title_text": under} if under else {}),
        "task_id": task,
        "button_list": [{"text": chosen(press), "style": 2, "key": "pressed"}],
    }


def title(text: str) -> str:
    first_line = text.partition("\n")[0]
    return first_line if len(first_line) <= _TITLE else first_line[: _TITLE - 1] + _ELLIPSIS


def pressed(key: str) -> Press | None:
    """What a card's button says; None for a key that we never gave out."""
    number, _, rest = key.partition(_BETWEEN)
    label, between, says = rest.partition(_BETWEEN)
    return Press(int(number), label, says) if number.isdecimal() and between else None


def chosen(press: Press) -> str:
    """What the button says once it has been pressed."""
    return f"✓ {press.label}"


def _under_title(text: str) -> str:
    """What the title leaves to say. A first line that is cut is said again in full."""
    first_line, _, rest = text.partition("\n")
    return rest if len(first_line) <= _TITLE else text


def _key(number: int, button: Button) -> str:
    label = button.label.replace(_BETWEEN, " ")
    return sendable(f"{number}{_BETWEEN}{label}{_BETWEEN}{button.says}")
