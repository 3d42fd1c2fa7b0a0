"""Telephone numbers in a text."""

import re

PHONE = re.compile(r"(?<![0-9])(?:1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})(?![0-9])")


def read_phones(folded: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(PHONE.findall(folded)))
