"""What a line does to the conversation: agree, deny, correct, thank, say that it is mended …"""

import re
from dataclasses import dataclass

from intents.datafiles import load
from intents.normalise import clauses
from intents.result import Act, PlaceMention

_LONGEST = 200  # acts are said in short lines; a long letter that contains “谢谢” is still a letter


@dataclass(frozen=True, slots=True)
class ActReader:
    """The compiled words of acts.yaml."""

    whole: dict[str, tuple[Act, ...]]
    inside: tuple[tuple[Act, re.Pattern[str]], ...]
    particles: re.Pattern[str]

    def read(self, folded: str, place: PlaceMention | None) -> frozenset[Act]:
        if len(folded) > _LONGEST:
            return frozenset()
        acts: set[Act] = set()
        for clause in clauses(folded):
            bare = self.particles.sub("", clause)
            acts.update(self.whole.get(bare) or self.whole.get(clause) or ())
            acts.update(act for act, pattern in self.inside if pattern.search(clause))
        return frozenset(_settled(acts, place))


def load_acts() -> ActReader:
    content = load("acts.yaml")
    whole: dict[str, tuple[Act, ...]] = {}
    inside = []
    for act in Act:
        words = content.get(act.value, {})
        for phrase in words.get("整句", ()):
            whole[str(phrase)] = (*whole.get(str(phrase), ()), act)
        if patterns := words.get("句中"):
            inside.append((act, re.compile("|".join(f"(?:{p})" for p in patterns))))
    particles = re.compile(rf"(?:{'|'.join(sorted(content['语气词'], key=len, reverse=True))})+$")
    return ActReader(whole, tuple(inside), particles)


def _settled(acts: set[Act], place: PlaceMention | None) -> set[Act]:
    """Remove what a stronger reading rules out."""
    if place is not None and place.negated is not None:
        acts = acts | {Act.CORRECTION} if place.building or place.unit or place.compound else acts
    elif Act.CORRECTION in acts and place is None:
        acts = acts - {Act.CORRECTION}
    if Act.CORRECTION in acts:
        acts = acts - {Act.NO, Act.CHANGE}
    if Act.NOT_FIXED in acts:
        acts = acts - {Act.FIXED}
    if Act.DISSATISFIED in acts:
        acts = acts - {Act.SATISFIED}
    if Act.FAIRLY_SATISFIED in acts:
        acts = acts - {Act.SATISFIED}
    if Act.OTHER_MATTER in acts or Act.NONE_OF_THESE in acts:
        acts = acts - {Act.NO, Act.SAME_MATTER}
    if Act.LEAVE in acts or Act.UNDO in acts:
        acts = acts - {Act.CANCEL}
    return acts
