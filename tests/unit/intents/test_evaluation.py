"""How well labelled lines are understood, as figures, as text and as a page."""

import json
from pathlib import Path

import pytest

from bot.conversation.mind import vocabulary_of
from intents.evaluation import UNKNOWN, Evaluation, Judged, Labelled, as_text, evaluate, read_labelled
from intents.evaluation_page import as_page
from intents.result import Emergency, Scored, Understanding
from intents.understander import compile_understander
from knowledge.model import Knowledge
from tests.unit.intents.conftest import NOW


def judged(wanted: str | None, got: str | None, confidence: float = 0.9, **labels: object) -> Judged:
    text = f"{wanted} {got}"
    return Judged(
        Labelled(1, text, in_group=True, mentioned=False, intent=wanted, **labels),
        Understanding(text=text, intent=got, confidence=confidence, respond=got is not None),
    )


def test_precision_and_recall_are_counted_for_each_intent() -> None:
    evaluation = Evaluation(
        (
            judged("report_issue", "report_issue"),
            judged("report_issue", None),
            judged("ask_faq", "report_issue"),
            judged(None, None),
        )
    )

    scores = {score.intent: score for score in evaluation.by_intent()}

    assert (scores["report_issue"].precision, scores["report_issue"].recall) == (0.5, 0.5)
    assert (scores["ask_faq"].precision, scores["ask_faq"].recall) == (None, 0.0)
    assert evaluation.accuracy() == 0.5
    assert evaluation.confusion()["ask_faq", "report_issue"] == 1


def test_the_surest_mistakes_come_first() -> None:
    sure, unsure = judged("ask_faq", "greeting", 0.99), judged("ask_faq", "wish", 0.2)

    assert Evaluation((unsure, judged("wish", "wish"), sure)).worst() == [sure, unsure]


def test_lines_without_a_label_count_for_nothing() -> None:
    evaluation = Evaluation((judged(UNKNOWN, "wish"), judged("wish", "wish")))

    assert evaluation.accuracy() == 1.0
    assert evaluation.speaking() == ([], [])


def test_false_triggers_emergencies_and_categories_are_in_the_text() -> None:
    alarmed = Judged(
        Labelled(2, "着火了", in_group=True, mentioned=False, intent="emergency", emergency="G2"),
        Understanding(text="着火了", intent="emergency", emergency=Emergency("G2", certain=True)),
    )
    filed = Judged(
        Labelled(3, "灯坏了", in_group=False, mentioned=False, intent="report_issue", categories=("B4",)),
        Understanding(
            text="灯坏了",
            intent="report_issue",
            category="D3",
            categories=(Scored("D3", 0.6), Scored("B4", 0.3)),
        ),
    )

    text = as_text(Evaluation((judged(None, "wish", speak=False), alarmed, filed)))

    assert "100.0%" in text  # the silent line was answered, the other category was among the three
    assert "greeting" not in text
    assert "wish" in text


def test_no_lines_are_reported_too() -> None:
    assert as_text(Evaluation(()))
    assert as_page(Evaluation(())).startswith("<!doctype html>")


def test_a_page_shows_what_people_wrote_as_text_only() -> None:
    line = judged("wish", None)
    hostile = Judged(
        Labelled(1, "<script>alert(1)</script>", in_group=False, mentioned=False, intent="wish"), line.got
    )

    assert "<script>" not in as_page(Evaluation((hostile,)))


def test_a_labelled_file_is_read_and_judged(tmp_path: Path, knowledge: Knowledge) -> None:
    file = tmp_path / "labelled.jsonl"
    rows = [
        {"text": "楼道灯坏了", "intent": "report_issue", "category": "B4", "chat": "private"},
        {"text": "今天真冷", "intent": None, "speak": False, "chat": "group"},
    ]
    file.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")

    labelled = read_labelled(file)
    understander = compile_understander(vocabulary_of(knowledge))
    evaluation = evaluate(understander, labelled, NOW)

    assert [row.line for row in labelled] == [1, 3]
    assert evaluation.accuracy() == 1.0


@pytest.mark.parametrize("line", ["{", "[]", '{"intent": "wish"}', "7"])
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(f'{{"text": "好"}}\n{line}\n', encoding="utf-8")

    with pytest.raises(ValueError, match=r"labelled\.jsonl:2:"):
        read_labelled(file)
