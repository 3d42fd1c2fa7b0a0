"""Search a text for many regular expressions at once: each is tried only where it can begin.

Most rules begin with one of a few characters (“电梯…”, “煤气…”), and most texts have none of them. What
cannot be told from its beginning is searched for in the ordinary way.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PLAIN_GROUP = re.compile(r"(?<![\\\[])\((?!\?)")
_BACK_REFERENCE = re.compile(r"\\[1-9]|\(\?P=")
_SPECIAL = frozenset(".^$*+?{}[]\\|()")
_OPTIONAL = ("?", "*", "{0")


@dataclass(frozen=True, slots=True)
class Rule:
    order: int
    code: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class RuleSearch:
    """`by_first`: a character -> the rules that can begin with it, in order."""

    by_first: dict[str, tuple[Rule, ...]]
    anywhere: tuple[Rule, ...]

    def first(self, text: str) -> tuple[str, str] | None:
        """Code and matched words of the first rule in order that matches anywhere."""
        found: Rule | None = None
        words = ""
        by_first = self.by_first
        for position, character in enumerate(text):
            for rule in by_first.get(character, ()):
                if found is not None and rule.order >= found.order:
                    break
                if (match := rule.pattern.match(text, position)) is not None:
                    found, words = rule, match[0]
                    break
        for rule in self.anywhere:
            if found is not None and rule.order >= found.order:
                break
            if (match := rule.pattern.search(text)) is not None:
                found, words = rule, match[0]
                break
        return (found.code, words) if found is not None else None


def compile_rules(rules: Iterable[tuple[str, str]]) -> RuleSearch:
    """Of codes with their patterns, in order of importance."""
    by_first: dict[str, list[Rule]] = {}
    anywhere: list[Rule] = []
    for order, (code, pattern) in enumerate(rules):
        for alternative in _alternatives(pattern):
            rule = Rule(order, code, _compiled(alternative))
            if (firsts := first_characters(alternative)) is None:
                anywhere.append(rule)
            else:
                for character in firsts:
                    by_first.setdefault(character, []).append(rule)
    return RuleSearch({character: tuple(found) for character, found in by_first.items()}, tuple(anywhere))


def _compiled(pattern: str) -> re.Pattern[str]:
    """Without groups that remember what they matched: nobody asks, and the search is a quarter faster."""
    if _BACK_REFERENCE.search(pattern) is not None:
        return re.compile(pattern)
    return re.compile(_PLAIN_GROUP.sub("(?:", pattern))


def first_characters(pattern: str) -> frozenset[str] | None:
    """The characters with which a match can begin; None where that cannot be told."""
    found: set[str] = set()
    for alternative in _alternatives(pattern):
        rest = alternative
        while True:
            firsts, rest = _first_item(rest)
            if firsts is None:
                return None
            found |= firsts
            if firsts and not rest.startswith(_OPTIONAL):
                break
            rest = rest.lstrip("?*") if not rest.startswith("{0") else rest[rest.index("}") + 1 :]
    return frozenset(found)


def _first_item(pattern: str) -> tuple[frozenset[str] | None, str]:
    """What the first item of a pattern can begin with, and the pattern behind it. An item that matches
    nothing itself (a look-behind) begins with nothing."""
    if pattern.startswith(("(?<!", "(?<=")):
        return frozenset(), pattern[_closing(pattern) :]
    if pattern.startswith("(?:") or (pattern.startswith("(") and not pattern.startswith("(?")):
        end = _closing(pattern)
        body = pattern[3 : end - 1] if pattern.startswith("(?:") else pattern[1 : end - 1]
        return first_characters(body), pattern[end:]
    if pattern.startswith("[") and not pattern.startswith("[^"):
        end = pattern.index("]") + 1
        body = pattern[1 : end - 1]
        return (None if "-" in body or "\\" in body else frozenset(body)), pattern[end:]
    if not pattern or pattern[0] in _SPECIAL:
        return None, pattern
    return frozenset(pattern[0]), pattern[1:]


def _closing(pattern: str) -> int:
    """The position behind the parenthesis that closes the first one."""
    depth = 0
    for position, character in enumerate(pattern):
        if character == "(" and pattern[position - 1 : position] != "\\":
            depth += 1
        elif character == ")" and pattern[position - 1 : position] != "\\":
            depth -= 1
            if depth == 0:
                return position + 1
    return len(pattern)


def _alternatives(pattern: str) -> list[str]:
    """The pattern cut at its outermost “|”."""
    parts, depth, in_class, start = [], 0, False, 0
    for position, character in enumerate(pattern):
        if character == "\\" or pattern[position - 1 : position] == "\\":
            continue
        if in_class or character == "[":
            in_class = character != "]"
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            parts.append(pattern[start:position])
            start = position + 1
    return [*parts, pattern[start:]]
