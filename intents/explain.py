"""Why a text is understood as it is: which words, phrases and rules decided, and what came second."""

from collections.abc import Iterator
from typing import Any

from intents.classifier import ALMOST_SAME, confidence_of
from intents.datafiles import load
from intents.model import grams_of
from intents.result import Hearing, PlaceMention, Understanding
from intents.understander import Understander

_GRAMS_SHOWN = 8
_FETCHED = 16
_MARKS = frozenset("^$|")  # the ends of a text and its pauses, as grams


def explain(text: str, understander: Understander, hearing: Hearing) -> str:
    """Plain text, one finding a line."""
    said = _Sayings(load("explain.yaml"))
    meaning = understander.understand(text, hearing)
    folded = understander.fold(text)
    lines = [
        said("原文", text=text[:200]),
        said("统一写法", folded=folded[:200]),
        *_emergency(said, understander, folded, meaning),
        *_intent(said, understander, folded, hearing, meaning),
        *_faqs(said, understander, folded, meaning),
        *_category(said, understander, folded, meaning),
        *_rest(said, meaning),
    ]
    return "\n".join(lines)


class _Sayings:
    def __init__(self, patterns: dict[str, Any]) -> None:
        self._patterns = patterns

    def __call__(self, key: str, **values: object) -> str:
        return str(self._patterns[key]).format(**values)


def _emergency(
    said: _Sayings, understander: Understander, folded: str, meaning: Understanding
) -> Iterator[str]:
    reader = understander.emergencies
    text = reader.searched(folded)
    fired = reader.rules.first(text)
    emergency = meaning.emergency
    if emergency is None and fired is not None:
        dismissed = reader.dismissals.search(text) or reader.habits.search(text)
        yield said("急_不当真", code=fired[0], words=fired[1], why=dismissed[0] if dismissed else said("无"))
    elif emergency is None:
        yield said("不急")
    else:
        score = understander.classifier.model.scores(grams_of(folded))["emergency"]
        if fired is not None:
            yield said("急_规则", code=fired[0], words=fired[1])
        else:
            yield said("急_像", code=emergency.code, score=score)
        yield said("急_肯定" if emergency.certain else "急_可能")
        for key, pattern in (
            ("急_就在眼前", reader.cries),
            ("急_就在眼前", reader.live),
            ("急_减弱", reader.softeners),
        ):
            if (match := pattern.search(text)) is not None:
                yield said(key, words=match[0])


def _intent(
    said: _Sayings, understander: Understander, folded: str, hearing: Hearing, meaning: Understanding
) -> Iterator[str]:
    grams = grams_of(folded)
    _, reading = understander.read_intents(folded, grams, hearing)
    (best, score), (second, second_score) = reading.without("emergency").ranked(2)
    key = "意图" if meaning.intent not in (None, "emergency") else "无意图"
    yield said(key, intent=best, score=score, confidence=confidence_of(score))
    yield said("其次", intent=second, score=second_score, confidence=confidence_of(second_score))
    pushes = understander.classifier.model.pushes(grams, best)
    strongest = sorted((gram for gram in pushes if gram not in _MARKS), key=pushes.__getitem__)
    for key, chosen in (("偏向", strongest[: -_GRAMS_SHOWN - 1 : -1]), ("反对", strongest[:_GRAMS_SHOWN])):
        if shown := [
            f"{gram} {pushes[gram]:+.2f}" for gram in chosen if (pushes[gram] > 0) == (key == "偏向")
        ]:
            yield said(key, grams="，".join(shown))
    meanings = understander.classifier.meanings
    for hit in understander.index.nearest(folded, _FETCHED):
        if hit.number in meanings:
            yield said(
                "例句",
                phrase=understander.index.phrases[hit.number],
                intent=meanings[hit.number] or said("不归我管"),
                similarity=hit.similarity,
                decides=said("例句作数" if hit.similarity >= ALMOST_SAME else "例句不作数"),
            )
            break
    addressed = hearing.mentioned or not hearing.is_group
    classifier = understander.classifier
    yield said(
        "要答" if meaning.respond else "不答",
        where=said("单独" if addressed else "群里"),
        threshold=classifier.addressed_from if addressed else classifier.unasked_from,
    )


def _faqs(said: _Sayings, understander: Understander, folded: str, meaning: Understanding) -> Iterator[str]:
    owners = understander.faqs.owners
    entries = understander.faqs.entries
    phrases: dict[str, str] = {}
    for hit in understander.index.nearest(folded, _FETCHED):
        if hit.number in owners:
            phrases.setdefault(entries[owners[hit.number]].id, understander.index.phrases[hit.number])
    for scored in meaning.faqs:
        yield said("问答", entry=scored.key, confidence=scored.confidence, phrase=phrases.get(scored.key, ""))
    if not meaning.faqs:
        yield said("无问答")


def _category(
    said: _Sayings, understander: Understander, folded: str, meaning: Understanding
) -> Iterator[str]:
    clues = understander.categories.found(folded)
    for scored in meaning.categories[:3]:
        words = ["+".join(clue.parts) for clue in clues.get(scored.key, ())]
        yield said(
            "类别", code=scored.key, confidence=scored.confidence, words="，".join(words) or said("无")
        )
    if not meaning.categories:
        yield said("无类别")
    if meaning.urgency is not None:
        raised = understander.categories.raised.search(folded)
        is_raised = raised is not None and meaning.urgency != understander.categories.urgencies.get(
            meaning.category or ""
        )
        reason = said("升一级", words=raised[0]) if is_raised and raised is not None else ""
        yield said("紧急程度", urgency=meaning.urgency, raised=reason)


def _rest(said: _Sayings, meaning: Understanding) -> Iterator[str]:
    yield said("地点", place=_shown(meaning.place)) if meaning.place else said("无地点")
    if meaning.times:
        yield said(
            "时间", times="；".join(f"{t.on or ''} {t.at or t.part or ''}".strip() for t in meaning.times)
        )
    if meaning.acts:
        yield said("动作", acts="，".join(sorted(meaning.acts)))
    if meaning.matters:
        yield said("几件事", matters=" / ".join(meaning.matters))


def _shown(place: PlaceMention) -> str:
    parts = {
        name: getattr(place, name)
        for name in ("compound", "building", "unit", "floor", "room", "text", "own")
        if getattr(place, name)
    }
    shown = " ".join(f"{name}={value}" for name, value in parts.items())
    return f"{shown} not=({_shown(place.negated)})" if place.negated else shown
