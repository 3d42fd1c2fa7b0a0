"""What makes a FAQ entry doubtful though it can be read: for the people who look after the answers."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from rapidfuzz import fuzz, process

from knowledge.faq import FaqSheet
from knowledge.model import GAP_MARK
from knowledge.problems import Level, Mark, Problem, problem

_LONGEST_ANSWER = 120  # characters: more is not read on a phone
_EXPIRES_SOON = timedelta(days=30)
_NEARLY_THE_SAME = 90.0  # of 100
_ROWS_AT_ONCE = 500

# Hotlines of three digits are left out: in an answer they look like any amount.
_PHONE = re.compile(
    r"(?<![\d.:：-])"
    r"(?:0\d{2,3}[-－ ]?\d{7,8}|400[-－ ]?\d{3}[-－ ]?\d{4}|1[3-9]\d{9}|12\d{3}|9[56]\d{3,4})"
    r"(?![\d.:：元块人户米平个名年月-])"
)
_ID_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


@dataclass(frozen=True, slots=True)
class _Phrase:
    sheet: FaqSheet
    index: int
    text: str  # normalised


def check_numbers(sheet: FaqSheet, public: frozenset[str]) -> list[Problem]:
    """Errors: phone numbers in answers must be among the public ones, identity numbers never stand there."""
    problems = []
    for offset, line in enumerate(sheet.entry.answer.split("\n")):
        for pattern, key in ((_ID_CARD, "id_card_in_answer"), (_PHONE, "private_phone_in_answer")):
            for found in pattern.finditer(line):
                if re.sub(r"\D", "", found[0]) not in public:
                    at = Mark(sheet.body_line + offset, found.start() + 1)
                    problems.append(problem(key, sheet.file, at, {"number": found[0]}))
    return problems


def check_faqs(sheets: Sequence[FaqSheet], owners: frozenset[str], today: date | None) -> Iterator[Problem]:
    ids = {sheet.entry.id for sheet in sheets}
    for sheet in sheets:
        yield from _check_head(sheet, ids, owners)
        yield from _check_answer(sheet)
        if today is not None:
            yield from _check_dates(sheet, today)
    phrases = [
        _Phrase(sheet, index, normalised(text))
        for sheet in sheets
        for index, text in enumerate(sheet.entry.phrases)
    ]
    yield from _same_phrases(phrases)
    yield from _similar_phrases(phrases)


def normalised(text: str) -> str:
    """Width, case, spaces and punctuation make no difference to a resident."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).lower() if letter.isalnum())


def _warn(sheet: FaqSheet, key: str, path: tuple[str | int, ...], **values: object) -> Problem:
    return sheet.head.problem(key, path, values, level=Level.WARNING)


def _check_head(sheet: FaqSheet, ids: set[str], owners: frozenset[str]) -> Iterator[Problem]:
    entry = sheet.entry
    if not entry.phrases:
        yield _warn(sheet, "no_phrases", ("问法",))
    for index, related in enumerate(entry.related):
        if related not in ids:
            yield _warn(sheet, "unknown_related", ("相关", index), id=related)
    if entry.updated_on is None:
        yield _warn(sheet, "no_update_day", ())
    if not entry.owner:
        yield _warn(sheet, "no_owner", ())
    elif entry.owner not in owners:
        yield _warn(sheet, "unknown_person", ("负责人",), name=entry.owner)


def _check_answer(sheet: FaqSheet) -> Iterator[Problem]:
    at = Mark(sheet.body_line, 1)
    answer = sheet.entry.answer
    if GAP_MARK in answer:
        values: dict[str, object] = {"title": sheet.entry.title}
        yield problem("still_placeholder", sheet.file, at, values, level=Level.WARNING)
    if len(answer) > _LONGEST_ANSWER:
        values = {"length": len(answer), "longest": _LONGEST_ANSWER}
        yield problem("long_answer", sheet.file, at, values, level=Level.WARNING)


def _check_dates(sheet: FaqSheet, today: date) -> Iterator[Problem]:
    until = sheet.entry.valid_until
    if until is not None and until < today:
        yield _warn(sheet, "expired", ("有效期至",), day=until)
    elif until is not None and until <= today + _EXPIRES_SOON:
        yield _warn(sheet, "expires_soon", ("有效期至",), day=until)
    updated = sheet.entry.updated_on
    if updated is not None and updated > today:
        yield _warn(sheet, "updated_in_future", ("更新于",), day=updated)


def _may_collide(one: FaqSheet, other: FaqSheet) -> bool:
    """Entries for different compounds never compete for the same resident."""
    here, there = set(one.entry.compounds), set(other.entry.compounds)
    return one is not other and (not here or not there or bool(here & there))


def _same_phrases(phrases: Sequence[_Phrase]) -> Iterator[Problem]:
    by_text: dict[str, list[_Phrase]] = {}
    for phrase in phrases:
        by_text.setdefault(phrase.text, []).append(phrase)
    for same in by_text.values():
        for first, second in combinations(same, 2):
            if _may_collide(first.sheet, second.sheet):
                yield _collision("same_phrase", first, second)


def _similar_phrases(phrases: Sequence[_Phrase]) -> Iterator[Problem]:
    texts = [phrase.text for phrase in phrases]
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        rows = texts[start : start + _ROWS_AT_ONCE]
        scores = process.cdist(rows, texts, scorer=fuzz.ratio, score_cutoff=_NEARLY_THE_SAME)
        for row, column in zip(*scores.nonzero(), strict=True):
            first, second = phrases[start + row], phrases[column]
            is_new = start + row < column and first.text != second.text
            if is_new and _may_collide(first.sheet, second.sheet):
                yield _collision("similar_phrase", first, second)


def _collision(key: str, first: _Phrase, second: _Phrase) -> Problem:
    phrase = second.sheet.entry.phrases[second.index]
    other = first.sheet.entry
    return _warn(
        second.sheet,
        key,
        ("问法", second.index),
        phrase=phrase,
        other=other.phrases[first.index],
        title=other.title,
        file=first.sheet.file,
    )
