"""Bring a text into one spelling: half width, simplified characters, lower case; cut it into clauses."""

import re
from functools import cache

from intents.datafiles import load

HEAD = 4000  # characters looked at, from the start …
TAIL = 500  # … and from the end: people put what they want at either end of a long letter

_CLAUSE_ENDS = re.compile(r"[,.。!?;:、\n\r\t~…]+|\s{2,}|(?<![0-9a-z]) (?![0-9])")
# [玫瑰] and other stickers typed out by WeChat; [链接] and the like are not stickers
_STICKERS = re.compile(r"\[(?!视频|链接|转发|分享|图片|位置|语音|文件|扫码)[一-鿿]{1,4}\]")


def fold(text: str) -> str:
    """One spelling of `text`; of a text longer than HEAD + TAIL only its head and tail."""
    if len(text) > HEAD + TAIL:
        text = text[:HEAD] + "\n" + text[-TAIL:]
    folded = text.translate(_table())
    return _STICKERS.sub(" ", folded) if "[" in folded else folded


def clauses(folded: str) -> list[str]:
    return [part for raw in _CLAUSE_ENDS.split(folded) if (part := raw.strip())]


@cache
def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width ASCII
    table |= {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    table |= {0xFF21 + i: chr(ord("a") + i) for i in range(26)}
    table |= {0x3000: " ", 0xA0: " ", 0x200B: "", 0x200C: "", 0x200D: "", 0xFE0F: "", 0xFEFF: ""}
    table |= {ord("–"): "-", ord("—"): "-", ord("－"): "-", ord("‐"): "-", ord("−"): "-", ord("＃"): "#"}
    table |= {ord(pair[0]): pair[1] for pair in str(load("traditional.yaml")["字对"]).split()}
    return table
