"""Files from any editor: Notepad saves GBK, UTF-8 with a mark, or UTF-16."""

import pytest

from knowledge.problems import Level
from knowledge.source import decode

TEXT = "社区: 幸福社区\n电话: 0530-5550100\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
    ],
)
def test_unicode_in_every_dress_is_read_without_remark(content: bytes) -> None:
    assert decode(content, file="a.yaml") == (TEXT, [])


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_gbk_is_read_right_with_a_warning(encoding: str) -> None:
    text, (found,) = decode(TEXT.encode(encoding), file="a.yaml")

    assert text == TEXT
    assert found.level is Level.WARNING
    assert "UTF-8" in found.mend


def test_one_broken_byte_in_utf_8_is_an_error_and_not_taken_for_gbk() -> None:
    content = TEXT.encode()
    place = content.index("号".encode()) if "号".encode() in content else content.index("电话".encode())

    text, (found,) = decode(content[:place] + b"\xff" + content[place:], file="a.yaml")

    assert text is None
    assert (found.line, found.column, found.level) == (2, 1, Level.ERROR)


def test_bytes_that_are_no_text_are_an_error() -> None:
    text, (found,) = decode(b"\x81\xff\xff\x00\x80", file="a.yaml")

    assert text is None
    assert found.level is Level.ERROR


def test_plain_latin_text_needs_no_guess() -> None:
    assert decode(b"id: a\n", file="a.yaml") == ("id: a\n", [])
