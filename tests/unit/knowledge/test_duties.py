"""Who answers for what and who is on duty when: duty.yaml, and times that hold in some places only."""

from datetime import date, time
from pathlib import Path

import pytest

from knowledge.library import read_knowledge
from knowledge.model import LocalClocks, Responsibility, Scope, SlaUnit, Span
from tests.unit.knowledge.editing import errors, only_error, replace

DUTY = """归口:
  - {类别: [B6, H], 地点: 幸福里 1-6号楼, 人: 马师傅, 依据: 物业服务合同}
班次:
  - {班: 晚班, 日子: 工作日, 时间: "17:30-08:30"}
值班:
  - {班: 晚班, 日子: 周一至周四, 人: [赵强, 何静]}
  - {班: 晚班, 日子: 2026-11-25, 人: 李敏}
  - {班: 晚班, 日子: 2026-12-07至2026-12-09, 人: [孙丽]}
"""


def write(folder: Path, text: str) -> None:
    (folder / "duty.yaml").write_text(text, encoding="utf-8")


def test_a_date_goes_before_the_week(folder: Path) -> None:
    write(folder, DUTY)

    rota = read_knowledge(folder).rota

    assert (rota.shifts["晚班"].start, rota.shifts["晚班"].end) == (time(17, 30), time(8, 30))
    assert rota.people("晚班", date(2026, 11, 24)) == ("赵强", "何静")
    assert rota.people("晚班", date(2026, 11, 25)) == ("李敏",)
    assert rota.people("晚班", date(2026, 12, 8)) == ("孙丽",)
    assert rota.people("晚班", date(2026, 11, 27)) == ()  # Friday


def test_a_category_may_have_somebody_of_its_own(folder: Path) -> None:
    write(folder, DUTY)

    (line,) = read_knowledge(folder).responsibilities

    assert line == Responsibility(("B6", "H"), (Scope("幸福里", 1, 6),), "马师傅", "物业服务合同")


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("人: 马师傅", "人: 牛师傅", "牛师傅", "人员名单里没有“牛师傅”"),
        ("人: 马师傅", "人: 张桂兰", "张桂兰", "“张桂兰”是楼长，不派单、不值班"),
        ("[B6, H]", "[B6, Z9]", "[B6, Z9]", "没有编号为“Z9”的类别"),
        ("1-6号楼", "1-16号楼", "幸福里 1-16", "没有16号楼"),
        ('时间: "17:30-08:30"', "时间: 17:30", "17:30}", "“17:30”不是一段钟点"),
        ("日子: 工作日", "日子: 周三", "周三", "“周三”不在可选的内容里"),
        ("班: 晚班, 日子: 2026-11-25", "班: 夜班, 日子: 2026-11-25", "夜班", "没有叫“夜班”的班次"),
        ("日子: 2026-11-25", "日子: 周三", "周三", "“晚班”同一天写了两行"),
        ("日子: 2026-11-25", "日子: 2026-12-09", "2026-12-07至", "“晚班”同一天写了两行"),
        ("日子: 2026-11-25", "日子: 2026-11-31", "2026-11-31", "“2026-11-31”不是值班的日子"),
        ("人: [孙丽]", "人: []", "[]", "“人”至少要有一项"),
    ],
)
def test_a_mistake_is_told_with_its_place(folder: Path, old: str, new: str, at: str, says: str) -> None:
    assert old in DUTY
    text = DUTY.replace(old, new)
    write(folder, text)

    found = only_error(folder)

    assert says in found.message
    assert found.file == "duty.yaml"
    assert text.splitlines()[found.line - 1][found.column - 1 :].startswith(at)
    assert found.mend


def test_without_the_file_nobody_is_on_duty(folder: Path) -> None:
    (folder / "duty.yaml").unlink()

    knowledge = read_knowledge(folder)

    assert (knowledge.responsibilities, knowledge.rota.lines) == ((), ())


def test_times_may_differ_from_place_to_place(folder: Path) -> None:
    replace(
        folder, "categories.yaml", "类别:", "各地时限:\n  - {地点: 锦绣园, 类别: B4, 办结: 2工作日}\n类别:"
    )

    (line,) = read_knowledge(folder).local_clocks

    two_days = Span(2, SlaUnit.WORKING_DAYS)
    assert line == LocalClocks((Scope("锦绣园"),), ("B4",), None, None, two_days)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{地点: 锦秀园, 办结: 2工作日}", "没有叫“锦秀园”的小区"),
        ("{地点: 锦绣园, 类别: [楼道灯], 办结: 2工作日}", "没有编号为“楼道灯”的类别"),
        ("{地点: 锦绣园, 办结: 两天}", "“两天”不是时限"),
        ("{办结: 2工作日}", "缺少“地点”"),
    ],
)
def test_a_mistake_in_local_times_is_told(folder: Path, line: str, says: str) -> None:
    replace(folder, "categories.yaml", "\n类别:", f"\n各地时限:\n  - {line}\n类别:")

    (found,) = errors(folder)

    assert says in found.message


def test_a_compound_may_keep_its_own_hours(folder: Path) -> None:
    replace(
        folder, "places.yaml", "物业: 锦绣物业", '物业: 锦绣物业, 办公时间: {周一至周五: ["08:00-16:00"]}'
    )

    compounds = read_knowledge(folder).compounds

    assert compounds["锦绣园"].office_hours == dict.fromkeys(range(1, 6), ((time(8), time(16)),))
    assert compounds["幸福里"].office_hours is None
