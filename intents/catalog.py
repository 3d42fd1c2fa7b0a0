"""The shipped phrases: one file per intent, 例句 that mean it and 反例 that only look like it."""

from dataclasses import dataclass

import yaml

from intents.datafiles import HERE, load

INTENTS = (
    "emergency",
    "report_issue",
    "book_legal",
    "order_service",
    "sign_up",
    "wish",
    "ask_faq",
    "find_place",
    "who_is",
    "track_ticket",
    "urge_ticket",
    "supplement_ticket",
    "withdraw_ticket",
    "rate_ticket",
    "human",
    "privacy",
    "propose_topic",
    "mediate",
    "greeting",
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One example sentence. `intent` None: the bot has no business with it (反例)."""

    text: str
    intent: str | None


class CatalogError(ValueError):
    """A phrase file that cannot be used; the message says which and why."""


def load_phrases() -> tuple[Phrase, ...]:
    phrases: list[Phrase] = []
    for path in sorted((HERE / "phrases").glob("*.yaml")):
        if path.stem not in INTENTS and path.stem != "none":
            raise CatalogError(f"{path.name}: 没有名叫 {path.stem} 的意图")
        try:
            content = load(f"phrases/{path.name}")
        except yaml.YAMLError as error:
            raise CatalogError(f"{path.name}: {error}") from error
        meant = None if path.stem == "none" else path.stem
        phrases += [Phrase(str(text), meant) for text in content.get("例句", ())]
        phrases += [Phrase(str(text), None) for text in content.get("反例", ())]
    return tuple(phrases)
