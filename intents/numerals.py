"""Chinese numerals to Arabic ones."""

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3}
_UNITS = {"十": 10, "百": 100}
NUMERALS = frozenset(_DIGITS) | frozenset(_UNITS)

NUMBER = r"(?:[0-9]{1,4}|[零〇一二两三四五六七八九十百]{1,5})"  # for the patterns of other modules


def to_number(written: str) -> int | None:
    """The value of “12”, “十二”, “一百零三” or digit by digit “五零一”; None if it is no number."""
    if written.isdecimal() and written.isascii():
        return int(written)
    if not written or any(c not in _DIGITS and c not in _UNITS for c in written):
        return None
    if not any(c in _UNITS for c in written):
        return int("".join(str(_DIGITS[c]) for c in written))
    total, digit = 0, 0
    for c in written:
        if c in _UNITS:
            total += (digit or 1) * _UNITS[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit
