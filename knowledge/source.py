"""Bytes of a knowledge file to text, whatever editor saved them."""

import codecs

from knowledge.problems import START, Level, Mark, Problem, problem

_WRONG_SHARE = 0.2  # above this share of undecodable non-ASCII letters a file was never UTF-8


def decode(content: bytes, *, file: str) -> tuple[str | None, list[Problem]]:
    """The text with line ends as "\\n", or None with an error. GBK is read right, with a warning."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            start = content.removeprefix(mark) if encoding == "utf-8" else content
            return _strict(start, encoding, file=file)
    text, problems = _strict(content, "utf-8", file=file)
    if text is not None or _is_damaged_utf8(content):
        return text, problems
    text, problems = _strict(content, "gb18030", file=file)
    if text is not None:
        problems = [problem("gbk", file, START, level=Level.WARNING)]
    return text, problems


def _strict(content: bytes, encoding: str, *, file: str) -> tuple[str | None, list[Problem]]:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, errors="replace")
        at = Mark(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        return None, [problem("undecodable", file, at)]
    return text.replace("\r\n", "\n").replace("\r", "\n"), []


def _is_damaged_utf8(content: bytes) -> bool:
    """GB18030 reads almost any bytes, so a UTF-8 file with one broken byte must not be handed to it."""
    letters = [letter for letter in content.decode("utf-8", errors="replace") if not letter.isascii()]
    return letters.count("\ufffd") < _WRONG_SHARE * len(letters)
