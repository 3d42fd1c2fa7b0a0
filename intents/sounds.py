"""What characters sound like: one private character per syllable, so that 电体 and 电梯 look the same."""

from functools import cache

from intents.datafiles import HERE

_FIRST_CODE = 0xE000
_MOST_CODES = 0x400
_SAID_WITH_F = {"shui": "fei", "shu": "fu", "shuo": "fo", "shua": "fa", "shuang": "fang", "shuan": "fan"}


def sounded(folded: str) -> str:
    """The text with every common Chinese character replaced by the code of its toneless syllable."""
    return folded.translate(_codes())


def is_sound(gram: str) -> bool:
    """Whether a gram is made of sound codes, which nobody can read."""
    return any(_FIRST_CODE <= ord(character) < _FIRST_CODE + _MOST_CODES for character in gram)


def loosely_sounded(folded: str) -> str:
    """As `sounded`, but zh, ch, sh are z, c, s, and shu- is f-, as they are in Jining and Heze (水 = 飞)."""
    return folded.translate(_loose_codes())


@cache
def _codes() -> dict[int, int]:
    """sounds.txt has a syllable and its characters on each line; its order is part of the trained model."""
    return {
        ord(character): _FIRST_CODE + number
        for number, (_, characters) in enumerate(_lines())
        for character in characters
    }


@cache
def _loose_codes() -> dict[int, int]:
    lines = _lines()
    number_of = {syllable: number for number, (syllable, _) in enumerate(lines)}
    codes: dict[int, int] = {}
    for number, (syllable, characters) in enumerate(lines):
        code = _FIRST_CODE + number_of.get(_loose(syllable), number)
        codes.update(dict.fromkeys(map(ord, characters), code))
    return codes


def _loose(syllable: str) -> str:
    if syllable in _SAID_WITH_F:
        return _SAID_WITH_F[syllable]
    return syllable.replace("h", "", 1) if syllable.startswith(("zh", "ch", "sh")) else syllable


def _lines() -> list[tuple[str, str]]:
    lines = (HERE / "sounds.txt").read_text(encoding="utf-8").splitlines()
    return [(syllable, characters) for syllable, characters in (line.split(" ", 1) for line in lines)]
