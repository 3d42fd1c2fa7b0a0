"""How often the category is right: `python -m tests.benchmarks.categories [--shipped]`.

Letters are judged by models that have not seen them (five parts; letters that begin alike stay together);
with --shipped by the shipped model, which has. Figures go to standard output.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from intents.categories import CategoryReader, compile_categories
from intents.category_model import NO_CATEGORY, CategoryModel, load_category_model
from intents.normalise import fold
from tests.benchmarks.understanding_text import ROOT, read
from tests.benchmarks.understanding_train_categories import Labelled, category_words, labelled, train, views

PARTS = 5
VIEWS = ("title and body", "body, 60", "body, 200", "title")
FIRST_FILE = 200  # letters labelled by others
SAMPLES = ROOT.parent / "shared" / "design" / "data" / "utterances.jsonl"
KINDS = {  # kinds of group lines: categories that are right
    "report_lift": "B6 B7 A1", "report_lamp": "B4 D3", "report_water": "C1 B1 C7 G6 D4 E7",
    "report_dog": "H4 J7", "report_rubbish": "E1 E2 G4", "report_parking": "F1 F2 F3 G4 A2 F5 G5",
    "report_noise": "H1 H2 H8 E4 H5", "report_door": "B5 A2", "report_road": "D1 D2 E7 D7 B2",
    "report_power": "C2 C8 D8", "report_sewer": "B3 D4 D2", "report_heating": "C4",
    "report_throwing": "G7", "report_smell": "E4", "report_pests": "E8", "report_voice": "B6 B7 B4 D3",
}  # fmt: skip
Case = tuple[str, Sequence[str]]  # text, acceptable codes


def guesses(reader: CategoryReader, text: str) -> tuple[str, list[str]]:
    """The first choice, and the first three."""
    found = reader.read(text)
    best = reader.fitting(text, found) or NO_CATEGORY
    return best, [scored.key for scored in found[:3]]


def right(reader: CategoryReader, cases: Iterable[Case]) -> tuple[int, int, int]:
    """Cases, right first choices, and right ones among the first three."""
    total = first = three = 0
    for text, codes in cases:
        best, listed = guesses(reader, text)
        total += 1
        first += best in codes
        three += best in codes or not set(listed).isdisjoint(codes)
    return total, first, three


def urgent(reader: CategoryReader, cases: Iterable[Case]) -> tuple[int, int]:
    levels = [(reader.urgency(_code(guesses(reader, text)[0]), text), accepted) for text, accepted in cases]
    return len(levels), sum(level in accepted for level, accepted in levels)


def _code(best: str) -> str | None:
    return None if best == NO_CATEGORY else best


def unseen() -> Callable[[Labelled], CategoryReader]:
    """For each letter a reader that has not learnt from it, nor from any that begins like it."""
    everything = labelled()
    part = {letter.number: _part(letter) for letter in everything}
    readers = [
        reader_with(train([letter for letter in everything if part[letter.number] != number]))
        for number in range(PARTS)
    ]
    return lambda letter: readers[part[letter.number]]


def _part(letter: Labelled) -> int:
    beginning = re.sub(r"\s", "", letter.body)[:40]
    return sum(map(ord, beginning)) % PARTS


def reader_with(model: CategoryModel) -> CategoryReader:
    reader = compile_categories(category_words())
    return replace(reader, model=model.for_codes((*reader.codes, NO_CATEGORY)))


def report_letters(
    reader_of: Callable[[Labelled], CategoryReader], name: str, chosen: list[Labelled]
) -> None:
    accepted = [row["urgency"] for row in read("categories")]
    for number, view in enumerate(VIEWS):
        sums: Counter[str] = Counter()
        for letter in chosen:
            text = views(letter)[number]
            reader = reader_of(letter)
            _, first, three = right(reader, [(text, letter.codes)])
            sums.update(first=first, three=three)
            if letter.number < FIRST_FILE:
                sums["urgency"] += urgent(reader, [(text, accepted[letter.number])])[1]
        figures = "  ".join(f"{what} {100 * count / len(chosen):5.1f} %" for what, count in sums.items())
        sys.stdout.write(f"{name}, {view:15}: {figures}\n")


def chat_cases() -> tuple[list[Case], list[Case]]:
    """The report lines of groups, and the samples that have a category."""
    lines = [row for row in read("group-lines") if row["kind"] in KINDS]
    samples = [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()]
    return (
        [(fold(row["text"]), KINDS[row["kind"]].split()) for row in lines],
        [(fold(row["text"]), [row["category"]]) for row in samples if row["category"]],
    )


def report_chat(reader: CategoryReader) -> None:
    for name, cases in zip(("group lines", "samples"), chat_cases(), strict=True):
        total, first, three = right(reader, cases)
        sys.stdout.write(f"{name}: {total}, first {first / total:.1%}, first three {three / total:.1%}\n")


def report_silence(reader: CategoryReader) -> None:
    lines = [fold(row["text"]) for row in read("chat")[1::2]]
    named = sum(guesses(reader, line)[0] != NO_CATEGORY for line in lines)
    sys.stdout.write(f"unseen chat: {len(lines)}, a category in {named / len(lines):.1%}\n")


def main() -> None:
    shipped = reader_with(load_category_model())
    reader_of = (lambda _: shipped) if "--shipped" in sys.argv else unseen()
    everything = labelled()
    report_letters(reader_of, "labelled by others", [one for one in everything if one.number < FIRST_FILE])
    report_letters(reader_of, "labelled by us", [one for one in everything if one.number >= FIRST_FILE])
    report_chat(shipped)
    report_silence(shipped)


if __name__ == "__main__":
    main()
