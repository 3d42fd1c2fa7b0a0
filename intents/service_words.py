"""The words single services listen for: “律师那个不约了”, “打电话就行”, “删掉我的信息”, “我们俩都去”."""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache

from intents.datafiles import load
from intents.normalise import fold
from intents.numerals import NUMBER, to_number


class Cue(StrEnum):
    """Something a text speaks of; its words are in service_words.yaml."""

    LAWYER = "lawyer"
    CALL_OFF = "call_off"
    BY_PHONE = "by_phone"
    IN_PERSON = "in_person"
    ACTIVITIES = "activities"
    BOOKED = "booked"
    CHANGE_TIME = "change_time"
    EARLIEST = "earliest"
    SIGNED_UP = "signed_up"
    ADDING = "adding"
    ALONE = "alone"
    JOINING = "joining"
    COMING = "coming"
    DELETE = "delete"
    STOP = "stop"
    CHANGE_HOME = "change_home"
    CHANGE_PHONE = "change_phone"
    LINK = "link"
    BACK_TO_BOT = "back_to_bot"
    NOT_NEEDED = "not_needed"
    DISAGREES = "disagrees"
    ABILITIES = "abilities"
    SERVICE_CENTRE = "service_centre"
    LEGAL_PLACE = "legal_place"
    NOT_REACHED = "not_reached"
    WHO_IS_RESPONSIBLE = "who_is_responsible"


_PEOPLE = re.compile(rf"(?<![0-9])({NUMBER})\s?个?[人位口名](?![次家])|^({NUMBER})个吧?$")
_ORDINAL = re.compile(rf"(?:选|要|就)?第?({NUMBER})[个号条项]?吧?")
_HAN = re.compile(r"[一-鿿]")
_MOST_PEOPLE = 99
_LEAST_TOPIC = 4  # characters


def has_cue(text: str, cue: Cue) -> bool:
    return _cues()[cue].search(fold(text)) is not None


def named_role(text: str) -> str | None:
    """The role asked for, by its name in the code (“grid_worker”); the longest word decides."""
    return _longest(fold(text), _roles())


def asks_duty_phone(text: str) -> bool:
    return _duty().search(fold(text)) is not None


def read_people(text: str) -> int | None:
    """How many people, the writer included; None where the text does not say."""
    folded = fold(text)
    if has_cue(text, Cue.ALONE):
        return 1
    if (match := _PEOPLE.search(folded)) is not None:
        count = to_number(match[1] or match[2])
        return count if count is not None and 1 <= count <= _MOST_PEOPLE else None
    return 2 if _pair().search(folded) is not None else None


def read_ordinal(text: str, most: int) -> int | None:
    """Which of `most` offered things, counted from 0: “2”, “第二个”."""
    match = _ORDINAL.fullmatch(fold(text).strip(" ,.。"))
    number = to_number(match[1]) if match is not None else None
    return number - 1 if number is not None and 1 <= number <= most else None


def names_a_topic(text: str) -> bool:
    """Whether a request for the lawyer says what it is about, beyond wanting an appointment."""
    rest = _no_topic().sub("", fold(text))
    return len(_HAN.findall(rest)) >= _LEAST_TOPIC


@cache
def _cues() -> dict[Cue, re.Pattern[str]]:
    return {Cue(name): _any_of(words) for name, words in load("service_words.yaml")["提示"].items()}


@cache
def _roles() -> dict[str, str]:
    return {word: role for role, words in load("service_words.yaml")["岗位"].items() for word in words}


@cache
def _duty() -> re.Pattern[str]:
    return _any_of(load("service_words.yaml")["值班"])


@cache
def _no_topic() -> re.Pattern[str]:
    return _any_of(load("service_words.yaml")["不算想问的事"])


@cache
def _pair() -> re.Pattern[str]:
    return _any_of(load("service_words.yaml")["两个人"])


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _longest(folded: str, words: dict[str, str]) -> str | None:
    found = [word for word in words if word in folded]
    return words[max(found, key=len)] if found else None
