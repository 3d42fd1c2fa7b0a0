"""Searching for many rules at once finds what searching for each in turn finds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.rule_search import compile_rules, first_characters
from knowledge.model import Knowledge


@pytest.mark.parametrize(
    ("pattern", "firsts"),
    [
        ("着火", "着"),
        ("(燃气|煤气).{0,6}味", "燃煤"),
        ("(?<!睡)着了", "着"),
        ("(被)?(困|关)在", "被困关"),
        ("[人我].{0,3}困", "人我"),
        ("又?打(我|她)", "又打"),
        ("(?:抢劫|入室)|动刀", "抢入动"),
        ("跳(楼|河)", "跳"),
    ],
)
def test_a_rule_is_tried_where_it_can_begin(pattern: str, firsts: str) -> None:
    assert first_characters(pattern) == frozenset(firsts)


@pytest.mark.parametrize("pattern", [".{0,3}火", "^着火", r"\d楼着火", "[5-9]岁走丢", "(?=火)火"])
def test_a_rule_whose_beginning_is_open_is_searched_for_everywhere(pattern: str) -> None:
    assert first_characters(pattern) is None


def test_the_first_rule_in_order_wins_wherever_it_stands() -> None:
    rules = compile_rules([("G2", "着火"), ("G3", "困电梯|电梯困人")])

    assert rules.first("电梯困人,楼上着火") == ("G2", "着火")


def test_a_rule_that_remembers_a_group_still_works() -> None:
    rules = compile_rules([("X", r"(救|火)\1")])

    assert rules.first("快救救我") == ("X", "救救")
    assert rules.first("救火") is None


@given(st.text(alphabet="电梯困人着火了煤气味漏孩子不见掉河里打我老公又睡,。 8号楼", max_size=30))
def test_all_shipped_rules_are_found_as_by_plain_search(knowledge: Knowledge, text: str) -> None:
    pairs = [(c.code, p) for c in knowledge.emergency_classes.values() for p in c.patterns]

    found = compile_rules(pairs).first(text)

    plain = next((code for code, pattern in pairs if re.search(pattern, text)), None)
    assert (found[0] if found else None) == plain
