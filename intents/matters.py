"""Cut a message that speaks of several matters into its matters."""

import re

from intents.categories import CategoryReader
from intents.datafiles import load
from intents.normalise import clauses

_LONGEST = 300  # a long letter is one matter, however much it mentions
_NUMBER = re.compile(r"[1-9一二三四五六七八九]")
_SURE = 6.0  # weight of category words from which on a clause has a matter of its own


class MatterReader:
    def __init__(self, categories: CategoryReader) -> None:
        self._categories = categories
        self._joints = re.compile("|".join(load("matters.yaml")["另起一件"]))

    def read(self, folded: str) -> tuple[str, ...]:
        """The matters, in order; empty where there is only one."""
        if len(folded) > _LONGEST:
            return ()
        said = _clauses(folded)
        joined = [self._joints.search(clause) is not None for clause in said]
        if not any(joined[1:]):
            return ()
        parts: list[str] = []
        codes: list[str | None] = []
        for clause, is_joined in zip(said, joined, strict=True):
            code = self._code(clause)
            if parts and not (code is not None and is_joined and code not in codes):
                parts[-1] = f"{parts[-1]},{clause}"
                codes[-1] = codes[-1] or code
            else:
                parts.append(clause)
                codes.append(code)
        return tuple(parts) if len(parts) > 1 and codes[0] is not None else ()

    def _code(self, clause: str) -> str | None:
        weights = self._categories.weigh(clause)
        if not weights:
            return None
        code, weight = max(weights.items(), key=lambda item: item[1])
        return code if weight >= _SURE else None


def _clauses(folded: str) -> list[str]:
    """Clauses, a number of a list together with what it numbers: “2、井盖没了”."""
    found: list[str] = []
    for clause in clauses(folded):
        if found and _NUMBER.fullmatch(found[-1]) is not None:
            found[-1] = f"{found[-1]}、{clause}"
        else:
            found.append(clause)
    return found
