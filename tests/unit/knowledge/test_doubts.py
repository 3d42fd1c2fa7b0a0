"""What may be read but should be looked at: the warnings of the check."""

from datetime import date
from pathlib import Path

import pytest

from knowledge.library import SHIPPED, check_knowledge
from knowledge.problems import Level, Problem
from tests.unit.knowledge.editing import replace

TODAY = date(2026, 11, 21)


def doubts(folder: Path, today: date | None = TODAY) -> list[Problem]:
    """The warnings that the shipped files do not raise."""
    found = check_knowledge(folder, today)
    assert all(problem.level is Level.WARNING for problem in found), [str(problem) for problem in found]
    shipped = {problem.message for problem in check_knowledge(SHIPPED, today)}
    return [problem for problem in found if problem.message not in shipped]


def write_entry(folder: Path, id: str, head: str, answer: str = "打0530-5550100。") -> None:
    text = f"---\nid: {id}\n标题: {id}\n更新于: 2026-11-21\n负责人: 何静\n{head}\n---\n{answer}\n"
    (folder / "faq" / "community" / f"{id}.md").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("问法: [物业费 怎么交！]", "问法“物业费怎么交”在“new-entry”"),
        ("问法: [租房子的办居住证要啥材料]", "几乎一样"),
        ("问法: [甲乙丙丁]\n相关: [no-such-entry]", "没有编号为“no-such-entry”的条目"),
        ("问法: [甲乙丙丁]\n有效期至: 2026-11-20", "有效期到2026-11-20已经过了"),
        ("问法: [甲乙丙丁]\n有效期至: 2026-12-21", "有效期到2026-12-21，三十天内就要过了"),
        ("问法: []", "没有一条问法"),
    ],
)
def test_a_doubtful_entry_is_pointed_out(folder: Path, head: str, says: str) -> None:
    write_entry(folder, "new-entry", head)

    found = doubts(folder)

    assert len(found) == 1, [str(problem) for problem in found]
    assert says in found[0].message
    assert "new-entry" in found[0].file or "new-entry" in found[0].message


def test_an_entry_nobody_looks_after_is_pointed_out(folder: Path) -> None:
    path = folder / "faq" / "community" / "new-entry.md"
    path.write_text("---\nid: new-entry\n标题: 甲\n问法: [甲乙丙丁]\n---\n答。\n", encoding="utf-8")

    assert {found.message for found in doubts(folder)} == {"没有写“更新于”", "没有写“负责人”"}


def test_an_entry_checked_tomorrow_is_pointed_out(folder: Path) -> None:
    replace(folder, "faq/community/office-hours.md", "更新于: 2026-11-21", "更新于: 2026-11-22")
    replace(folder, "faq/community/office-hours.md", "负责人: 何静", "负责人: 何敬")

    found = {problem.message for problem in doubts(folder)}

    assert found == {"“更新于”写的2026-11-22还没有到", "人员名单里没有“何敬”"}


def test_an_entry_valid_for_longer_than_thirty_days_is_left_alone(folder: Path) -> None:
    write_entry(folder, "new-entry", "问法: [甲乙丙丁]\n有效期至: 2026-12-22")

    assert doubts(folder) == []


def test_dates_are_not_judged_where_nobody_says_what_day_it_is(folder: Path) -> None:
    write_entry(folder, "new-entry", "问法: [甲乙丙丁]\n有效期至: 2020-01-01")

    assert doubts(folder, today=None) == []


def test_the_same_question_may_have_an_answer_in_each_compound(folder: Path) -> None:
    write_entry(folder, "fee-two", "问法: [物业费怎么交]\n适用: [锦绣园]")
    assert doubts(folder) == []

    write_entry(folder, "fee-two", "问法: [物业费怎么交]\n适用: [锦绣园, 幸福里]")
    assert len(doubts(folder)) == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [("电话0530-5550100。" * 9, "手机上不好读"), ("窗口：【待社区填写：窗口】。", "还有没填的本地内容")],
)
def test_a_doubtful_answer_is_pointed_out(folder: Path, answer: str, says: str) -> None:
    write_entry(folder, "new-entry", "问法: [甲乙丙丁]", answer)

    found = [problem for problem in check_knowledge(folder, TODAY) if "new-entry" in problem.file]

    assert [says in problem.message for problem in found] == [True]
    assert found[0].line == 8


@pytest.mark.parametrize(
    "answer", ["每月120元。", "8:30—17:30，80周岁以上。", "2026-11-28前打12345、110或0530-5550101。"]
)
def test_amounts_times_and_public_numbers_in_answers_are_fine(folder: Path, answer: str) -> None:
    write_entry(folder, "new-entry", "问法: [甲乙丙丁]", answer)

    assert doubts(folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("places.yaml", "幸福里 7-12号楼", "幸福里 8-12号楼", "“幸福里”的7号楼不在任何网格里"),
        ("places.yaml", "幸福里 7-12号楼", "幸福里 5-12号楼", "5-6号楼同时在“幸福里第一网格”里"),
        ("people.yaml", "角色: 物业维修", "角色: 物业经理", "没有人担任“物业维修”"),
        ("activities.yaml", "2026-11-28 08:30-10:30", "2026-11-20 08:30-10:30", "已经过了"),
        ("replies.yaml", "，有火情打", ",有火情打", "英文标点“,”"),
        ("replies.yaml", "有火情打", "有fire打", "“fire”居民看不懂"),
        ("replies.yaml", "有火情打", "状态码打", "“状态码”居民看不懂"),
        ("replies.yaml", "emergency:\n", "emergency:\n  unheard: 好。\n", "程序用不到“emergency.unheard”"),
    ],
)
def test_gaps_and_overlaps_are_pointed_out_where_they_stand(
    folder: Path, file: str, old: str, new: str, says: str
) -> None:
    replace(folder, file, old, new)

    found = doubts(folder)

    assert len(found) == 1, [str(problem) for problem in found]
    assert found[0].file == file
    assert says in found[0].message


def test_a_grid_whose_worker_has_left_is_pointed_out(folder: Path) -> None:
    replace(folder, "people.yaml", "名: 孙丽, ", "名: 孙丽, 离岗: 2026-11-01, ")

    (found,) = doubts(folder)

    assert (found.file, found.message) == ("places.yaml", "“孙丽”现在不在岗")


@pytest.mark.parametrize(
    "name", ["places - 副本.yaml", "places.yml", "faq/旧的.md", "faq/property/物业费.txt"]
)
def test_a_file_that_is_never_read_is_pointed_out(folder: Path, name: str) -> None:
    (folder / name).write_text("甲", encoding="utf-8")

    (found,) = doubts(folder)

    assert (found.file, found.message) == (name, "这个文件不会被读到")
