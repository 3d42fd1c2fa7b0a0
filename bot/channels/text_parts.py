"""Our messages where a platform shows plain text only: buttons as numbered lines, long text in parts."""

from bot.channels.wechat_codec import sendable
from bot.messaging import OutboundMessage


def rendered(message: OutboundMessage) -> str:
    """The text with its choices under it, free of what cannot be sent."""
    choices = [f"{number}. {button.label}" for number, button in enumerate(message.buttons, 1)]
    return sendable("\n".join([message.text, *choices]))


def cut(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` bytes of UTF-8, cut after a line where one ends in the second half."""
    parts = []
    rest = text.encode()
    while len(rest) > limit:
        end = limit
        while _is_inside_character(rest[end]):
            end -= 1
        line_end = rest.rfind(b"\n", limit // 2, end)
        if line_end > 0:
            end = line_end
        parts.append(rest[:end].decode())
        rest = rest[end:].removeprefix(b"\n")
    return [*parts, rest.decode()]


def _is_inside_character(byte: int) -> bool:
    """Whether a byte of UTF-8 continues a character that began before it."""
    return byte & 0b1100_0000 == 0b1000_0000  # noqa: PLR2004 - the bits say it
