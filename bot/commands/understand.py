"""`understand`: JSON lines in, what the bot makes of them out. No store is touched."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.clock import SystemClock, to_local
from bot.commands.common import fail, knowledge_in_force, settings_in_force
from bot.conversation.mind import Understand, make_up_mind, vocabulary_of
from intents.result import Hearing, Understanding
from knowledge.console import words

_KEYS = {"text", "chat", "mentioned"}
_MOST_ALTERNATIVES = 3


def run_understand(config: Path | None, *, explain: str | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    now = to_local(SystemClock().now()).replace(tzinfo=None)
    if explain is not None:
        from intents.explain import explain as explain_text
        from intents.understander import compile_understander

        print(explain_text(explain, compile_understander(vocabulary_of(knowledge)), Hearing(now)))
        return
    understand = make_up_mind(knowledge).understand
    for line, asked in _questions():
        is_group = asked.get("chat") == "group"
        hearing = Hearing(now, is_group=is_group, mentioned=bool(asked.get("mentioned", False)))
        text = asked.get("text")
        if not isinstance(text, str):
            fail(words("understand.no_text", line=line), status=2)
        print(json.dumps(_shown(understand, text, hearing), ensure_ascii=False), flush=True)


def _questions() -> Iterator[tuple[int, dict[str, Any]]]:
    told: set[str] = set()
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
        except json.JSONDecodeError as error:
            fail(words("understand.no_json", line=number, reason=error.msg), status=2)
        if not isinstance(asked, dict):
            fail(words("understand.no_object", line=number), status=2)
        for key in asked.keys() - _KEYS - told:
            told.add(key)
            print(words("understand.unknown_key", key=key), file=sys.stderr)
        yield number, asked


def _shown(understand: Understand, text: str, hearing: Hearing) -> dict[str, Any]:
    meaning: Understanding = understand(text, hearing)
    place = meaning.place
    return {
        "intent": meaning.intent,
        "confidence": round(meaning.confidence, 4),
        "respond": meaning.respond,
        "emergency": meaning.emergency.code if meaning.emergency else None,
        "category": meaning.category,
        "urgency": meaning.urgency,
        "place": {
            "compound": place.compound,
            "building": place.building,
            "unit": place.unit,
            "room": place.room,
            "text": place.text,
        }
        if place
        else None,
        "faq": meaning.faq,
        "alternatives": [
            {"intent": other.key, "confidence": round(other.confidence, 4)}
            for other in meaning.alternatives[:_MOST_ALTERNATIVES]
        ],
    }
