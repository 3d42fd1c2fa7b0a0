"""FAQ entries: one Markdown file each, a short front matter above the answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.model import FaqEntry
from knowledge.problems import START, Mark, Problem, problem
from knowledge.shapes.faq import FaqHead
from knowledge.traps import KEY_LINE, find_invisible
from knowledge.typed import Sheet, field_names, read_sheet

_FENCE = "---"


@dataclass(frozen=True, slots=True)
class FaqSheet:
    """An entry and where its parts stand in its file."""

    entry: FaqEntry
    head: Sheet[FaqHead]
    body_line: int

    @property
    def file(self) -> str:
        return self.head.file


def read_faq(text: str, *, file: str) -> tuple[FaqSheet | None, list[Problem]]:
    """`file` is the path below the knowledge folder: faq/<topic>/<id>.md."""
    lines = text.split("\n")
    end = _end_of_head(lines)
    if end is None:
        return None, [problem("no_front_matter", file, START)]
    # An empty first line in place of the fence keeps the line numbers of the file.
    head, problems = read_sheet(FaqHead, "\n" + "\n".join(lines[1:end]) + "\n", file=file)
    body = "\n".join(lines[end + 1 :])
    problems += find_invisible("\n" * (end + 1) + body, file=file)
    if not body.strip():
        problems.append(problem("no_answer", file, Mark(end + 1, 1)))
    problems += _fields_below(lines, end, file)
    if head is None:
        return None, problems
    stem = file.rsplit("/", 1)[-1].removesuffix(".md")
    if head.value.id != stem:
        problems.append(head.problem("id_not_file", ("id",), {"id": head.value.id, "file": stem}))
    if problems:
        return None, problems
    return FaqSheet(_entry(head.value, body.strip(), topic=file.split("/")[-2]), head, end + 2), []


def _fields_below(lines: Sequence[str], end: int, file: str) -> list[Problem]:
    """A stray fence cuts the head short, and the rest of it would be read out to residents."""
    for number, line in enumerate(lines[end + 1 :], start=end + 2):
        if line.strip():
            found = KEY_LINE.match(line)
            if found and found["key"] in field_names(FaqHead):
                return [problem("field_in_answer", file, Mark(number, 1), {"field": found["key"]})]
            break
    return []


def _end_of_head(lines: Sequence[str]) -> int | None:
    if lines[0].rstrip() != _FENCE:
        return None
    return next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == _FENCE), None)


def _entry(head: FaqHead, answer: str, *, topic: str) -> FaqEntry:
    return FaqEntry(
        id=head.id,
        title=head.title,
        phrases=head.phrases,
        answer=answer,
        topic=topic,
        compounds=head.compounds,
        source=head.source,
        updated_on=head.updated_on,
        valid_until=head.valid_until,
        owner=head.owner,
        related=head.related,
    )
