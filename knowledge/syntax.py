"""The YAML parser's complaints in Chinese, at the place that has to be changed.

The parser speaks English and notices many slips lines later, so the raw lines are looked at again.
"""

import re
from dataclasses import dataclass

import yaml

from knowledge.problems import START, Mark, Problem, problem
from knowledge.traps import KEY_LINE

_SIGNS = frozenset("@`%*&!|>")
_TEXT_AFTER_BRACKET = re.compile(r"(?:^|[:\-]\s+)(\[)[^\]]*\]\s*[^\s#,\]}]")

_TEXT_AFTER_QUOTE = re.compile(r"""(?:^|[:\-]\s+)(["']).*\1\s*$""")


@dataclass(frozen=True, slots=True)
class _Complaint:
    words: str
    lines: list[str]
    start: Mark  # where the construct began
    here: Mark  # where the parser gave up

    def line(self, number: int) -> str:
        return self.lines[number - 1] if number <= len(self.lines) else ""


def explain_syntax_error(error: yaml.YAMLError, text: str, *, file: str) -> Problem:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return problem("unreadable", file, START)
    here = Mark(error.problem_mark.line + 1, error.problem_mark.column + 1)
    begun = error.context_mark
    start = Mark(begun.line + 1, begun.column + 1) if begun is not None else here
    complaint = _Complaint(f"{error.context} {error.problem}", text.split("\n"), start, here)
    key, at, values = _explain(complaint)
    return problem(key, file, at, values)


def _explain(complaint: _Complaint) -> tuple[str, Mark, dict[str, object]]:
    sign = complaint.line(complaint.start.line)[complaint.start.column - 1 :][:1]
    bracket = _TEXT_AFTER_BRACKET.search(complaint.line(complaint.here.line))
    if "escape" in complaint.words:
        result = "backslash", complaint.here
    elif "quoted scalar" in complaint.words:
        result = "open_quote", complaint.start
    elif sign in _SIGNS:
        result = "special_start", complaint.start
    elif "flow" in complaint.words:
        comma = complaint.line(complaint.start.line).find("，", complaint.start.column)
        wide_comma = Mark(complaint.start.line, comma + 1)
        result = ("wide_comma_in_brackets", wide_comma) if comma > 0 else ("open_bracket", complaint.start)
    elif _TEXT_AFTER_QUOTE.search(complaint.line(complaint.here.line)[: complaint.here.column - 1]):
        result = "text_after_quote", complaint.here
    elif "block sequence entries" in complaint.words:
        result = "list_on_one_line", complaint.here
    elif bracket is not None:
        result = "bracket_start", Mark(complaint.here.line, bracket.start(1) + 1)
    elif "mapping values" in complaint.words:
        return _explain_colon(complaint)
    elif "could not find expected ':'" in complaint.words:
        result = "no_colon", complaint.start
    else:
        result = "indentation", complaint.here
    return *result, {"sign": sign}


def _explain_colon(complaint: _Complaint) -> tuple[str, Mark, dict[str, object]]:
    """Two colons on one line, or a line above that has none of its own."""
    here = complaint.here
    if ": " in complaint.line(here.line)[: here.column - 1]:
        return "two_colons", here, {}
    above = next((number for number in range(here.line - 1, 0, -1) if complaint.line(number).strip()), None)
    if above is None:
        return "indentation", here, {}
    for number in range(above, 0, -1):
        found = KEY_LINE.match(complaint.line(number))
        if found and found["colon"] == "：":
            return "wide_colon", Mark(number, found.start("colon") + 1), {"key": found["key"]}
        if found:
            break
    if re.search(r":(\s|$)", complaint.line(above)):
        return "indentation", here, {}
    return "no_colon", Mark(above, 1), {}
