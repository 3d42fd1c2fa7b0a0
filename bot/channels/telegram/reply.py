"""How our messages look on Telegram: long text in parts, buttons under the last."""

LONGEST_TEXT = 4096
"""Units of UTF-16 in one message; an emoji counts as two."""

MOST_BYTES = 3 * LONGEST_TEXT
"""The same in UTF-8, where each unit becomes three bytes at most."""

LONGEST_DATA = 64
"""Bytes of UTF-8 that a button can send back."""


def cut(text: str, limit: int = LONGEST_TEXT) -> list[str]:
    """Parts of at most `limit` units of UTF-16, cut after a line where one ends in the second half."""
    parts = []
    rest = text.encode("utf-16-le")
    while len(rest) > 2 * limit:
        end = 2 * limit
        if _is_inside_character(rest[end : end + 2]):
            end -= 2
        part = rest[:end].decode("utf-16-le")
        line_end = part.rfind("\n", len(part) // 2)
        if line_end > 0:
            part = part[:line_end]
        parts.append(part)
        rest = rest[len(part.encode("utf-16-le")) :].removeprefix("\n".encode("utf-16-le"))
    return [*parts, rest.decode("utf-16-le")]


def _is_inside_character(unit: bytes) -> bool:
    """Whether a unit is the second half of a character that began before it."""
    return 0xDC <= unit[1] <= 0xDF  # noqa: PLR2004 - the range of low surrogates
