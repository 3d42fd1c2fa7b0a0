from datetime import date, time
from pathlib import Path

import pytest

from knowledge.library import KnowledgeError, check_knowledge, read_knowledge
from knowledge.model import PlaceDetail, RoleName, Scope, SlaUnit, Span
from knowledge.problems import Level
from tests.unit.knowledge.editing import errors, only_error, replace


def test_every_broken_file_is_told_at_once(folder: Path) -> None:
    replace(folder, "places.yaml", "网格员: 李敏", "网格员: 李明")
    replace(folder, "people.yaml", "角色: 社区书记", "角色: 书记")
    replace(folder, "faq/property/property-fee.md", "标题:", "标题：")
    (folder / "legal.yaml").write_text("律师: 刘律师\n", encoding="utf-8")

    with pytest.raises(KnowledgeError) as caught:
        read_knowledge(folder)

    files = {problem.file for problem in caught.value.problems}
    assert files == {"faq/property/property-fee.md", "legal.yaml", "people.yaml", "places.yaml"}


def test_the_error_reads_as_file_line_column_level_message_and_mend(folder: Path) -> None:
    line = replace(folder, "places.yaml", "范围: 锦绣园,", "范围: 锦秀园,")

    found = only_error(folder)

    assert str(found) == (
        f"places.yaml:{line}:20: error: 没有叫“锦秀园”的小区；小区有“幸福里”、“锦绣园”；"
        "新小区先写进 places.yaml"
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("places.yaml", "范围: 幸福里 1-6号楼", "范围: 幸福里 1-16号楼", "“幸福里”没有16号楼（1到12号）"),
        ("places.yaml", "网格员: 孙丽", "网格员: 孙莉", "人员名单里没有“孙莉”"),
        ("places.yaml", "顶班: 李敏", "顶班: 李民", "人员名单里没有“李民”"),
        ("places.yaml", "别名: [锦绣花园]", "别名: [幸福小区]", "“幸福小区”用了两次"),
        ("places.yaml", "物业: 锦绣物业", "物管: 锦绣物业", "没有这个字段，是不是“物业”？"),
        ("people.yaml", "角色: 公益律师", "角色: 律师", "没有“律师”这个角色"),
        ("people.yaml", "负责: 幸福里8号楼", "负责: 幸福里18号楼", "没有18号楼"),
        ("people.yaml", "名: 孙丽", "名: 李敏", "“李敏”写了两次"),
        ("people.yaml", "属于: 幸福里", "属于: 幸福", "没有叫“幸福”的小区"),
        ("people.yaml", "成员: 工作人员", "成员: 物业", "“物业”不在可选的内容里"),
        ("people.yaml", "楼长: building_leader", "楼长: leader", "“leader”不在可选的内容里"),
        ("people.yaml", '"13900000001"', '"1390000000"', "不像电话号码"),
        ("residents.yaml", "幸福里3号楼2单元501", "幸福里3号楼4单元501", "没有3号楼4单元"),
        ("residents.yaml", "幸福里3号楼2单元501", "幸福里3号楼", "不是完整的住址"),
        ("categories.yaml", "  B4:", "  楼道灯:", "类别编号“楼道灯”不合要求"),
        ("categories.yaml", "办结: 24小时", "办结: 一天", "“一天”不是时限"),
        ("categories.yaml", "地点: 单元", "地点: 门洞", "“门洞”不在可选的内容里"),
        ("emergencies.yaml", "答复: emergency.gas", "答复: emergency.gaz", "没有“emergency.gaz”这句话"),
        (
            "emergencies.yaml",
            "  G1:\n    名称: 燃气泄漏",
            "  G1:\n    名称: 燃气\n    规则:",
            "“规则”写了两次",
        ),
        ("replies.yaml", "燃气抢修{gas_rescue}", "{gaz_rescue}", "程序不会填{gaz_rescue}"),
        ("replies.yaml", "燃气抢修{gas_rescue}", "{ gas_rescue }", "大括号的写法不对"),
        ("replies.yaml", "燃气抢修{gas_rescue}", "｛gas_rescue｝", "大括号的写法不对"),
        ("replies.yaml", "  gas:", "  gaz:", "缺少“emergency.gas”这句话"),
        ("reminders.yaml", "每周一 08:30", "周一早上", "“周一早上”不是提醒的时间"),
        ("reminders.yaml", "20:00-08:00", "晚八点", "“晚八点”不是一段钟点"),
        ("legal.yaml", "律师: 刘律师", "律师: 柳律师", "人员名单里没有“柳律师”"),
        ("legal.yaml", '到: "17:00"', '到: "13:00"', "“从”不早于“到”"),
        ("coordination.yaml", "联系人: 吴主任}", "联系人: 吴主}", "没有“吴主”"),
        ("coordination.yaml", ", 电话: 95598", "", "既没有联系人，也没有电话"),
        ("coordination.yaml", "名: 供电,", "名: 住建,", "“住建”用了两次"),
        ("coordination.yaml", "[C1, C2", "[C1, C99", "没有编号为“C99”"),
        ("activities.yaml", "dumplings-2026-12-05", "clean-2026-11-28", "用了两次"),
        ("activities.yaml", "2026-11-28 08:30-10:30", "2026-11-31 08:30-10:30", "不是一天里的一段时间"),
        ("faq/property/property-fee.md", "id: property-fee", "id: property", "和文件名“property-fee”不一样"),
        ("faq/property/property-fee.md", "[幸福里]", "[幸福小区]", "没有叫“幸福小区”的小区"),
        (
            "faq/property/property-fee.md",
            "每平方米",
            "电话13912345678，每平方米",
            "13912345678不在公开号码里",
        ),
        ("faq/property/property-fee.md", "每平方米", "12345619900101123X，每平方米", "身份证号"),
        ("emergencies.yaml", "'(燃气|", "'((燃气|", "规则写法读不懂：((燃气"),
        ("emergencies.yaml", "答复: emergency.gas", "答复: 燃气", "“燃气”不是话术的名称"),
        ("people.yaml", "名: 幸福里网格工作群", "名: 幸福里业主群", "群“幸福里业主群”写了两次"),
        ("places.yaml", "范围: 锦绣园", "范围: 3号楼", "“3号楼”不是楼栋范围"),
        ("activities.yaml", "时长: 2", "时长: 两小时", "“两小时”不是数"),
        ("activities.yaml", "编号: clean-2026-11-28", "编号: 清洁家园", "“清洁家园”不能当编号"),
        ("legal.yaml", "每周: 三", "每周: 8", "“8”不是星期几"),
        ("legal.yaml", "最晚小时: 2", "最晚小时: 两", "“两”不是整数"),
        ("legal.yaml", "方式: [当面, 电话]", "方式: []", "“方式”至少要有一项"),
        ("community.yaml", "工单字母: A", "工单字母: 甲", "“甲”不是一个大写英文字母"),
        ("reminders.yaml", "种类: worker_morning_list", "种类: 早清单", "“早清单”这个名称不合要求"),
        ("community.yaml", "编号: 1", "编号: 一", "“一”不是大于 0 的整数"),
        ("community.yaml", "周一至周五", "周一至周八", "“周一至周八”不是星期几"),
    ],
)
def test_a_mistake_between_files_is_told_where_it_stands(
    folder: Path, file: str, old: str, new: str, says: str
) -> None:
    line = replace(folder, file, old, new)

    found = [problem for problem in errors(folder) if says in problem.message]

    assert [problem.file for problem in found] == [file], [str(problem) for problem in errors(folder)]
    assert abs(found[0].line - line) <= 4


def test_a_missing_file_is_told_and_an_optional_one_may_be_missing(folder: Path) -> None:
    (folder / "legal.yaml").unlink()
    (folder / "residents.yaml").unlink()
    assert read_knowledge(folder).legal is None

    (folder / "places.yaml").unlink()
    assert only_error(folder).message == "缺少这个文件"


def test_a_file_that_cannot_be_opened_is_told(folder: Path) -> None:
    (folder / "faq" / "papers" / "old.md").mkdir()

    found = only_error(folder)

    assert (found.file, found.message) == ("faq/papers/old.md", "这个文件打不开")


def test_an_entry_id_is_used_once(folder: Path) -> None:
    twin = folder / "faq" / "papers" / "property-fee.md"
    twin.write_bytes((folder / "faq" / "property" / "property-fee.md").read_bytes())

    found = only_error(folder)

    assert (found.file, found.line) == ("faq/property/property-fee.md", 2)
    assert "faq/papers/property-fee.md" in found.message


def test_gbk_files_are_read_right_and_only_warned_about(folder: Path) -> None:
    path = folder / "places.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))

    assert read_knowledge(folder).compounds["幸福里"].aliases == ("幸福小区", "老棉纺厂家属院")
    warnings = [problem for problem in check_knowledge(folder) if problem.file == "places.yaml"]
    assert [problem.level for problem in warnings] == [Level.WARNING]


def test_the_version_changes_with_every_file_and_only_then(folder: Path) -> None:
    before = read_knowledge(folder).version
    assert read_knowledge(folder).version == before

    replace(folder, "faq/property/property-fee.md", "1.20元", "1.30元")
    assert read_knowledge(folder).version != before


def test_a_scope_may_list_several_runs_of_buildings_by_alias(folder: Path) -> None:
    replace(folder, "places.yaml", "范围: 幸福里 1-6号楼", "范围: [幸福小区 1-5号楼, 幸福里6号楼]")

    scopes = read_knowledge(folder).grids[0].scopes

    assert scopes == (Scope("幸福里", 1, 5), Scope("幸福里", 6, 6))


def test_days_of_service_and_accounts_are_read(folder: Path) -> None:
    replace(
        folder,
        "people.yaml",
        '{名: 李敏, 角色: 网格员, 电话: "13900000001"}',
        "{名: 李敏, 角色: 网格员, 账号: {staff: LiMin}, 到岗: 2026-01-01, 离岗: 2026-11-30}",
    )

    person = read_knowledge(folder).staff["李敏"]

    assert person.accounts == {"staff": "LiMin"}
    assert person.serves_on(date(2026, 11, 30))
    assert not person.serves_on(date(2026, 12, 1))


def test_calendar_overrides_say_rest_or_work(folder: Path) -> None:
    replace(folder, "calendar.yaml", "调整: {}", "调整:\n  2027-01-01: 休\n  2027-01-03: 班")

    assert read_knowledge(folder).day_overrides == {date(2027, 1, 1): False, date(2027, 1, 3): True}


def test_the_shipped_folder_reads_as_the_demo_neighbourhood(folder: Path) -> None:
    knowledge = read_knowledge(folder)

    assert knowledge.compounds["幸福里"].has_building("12")
    assert not knowledge.compounds["幸福里"].has_building("13")
    assert knowledge.compounds["锦绣园"].has_unit("2")
    assert knowledge.staff["张桂兰"].role is RoleName.BUILDING_LEADER
    assert knowledge.staff["张桂兰"].buildings == (("幸福里", "3"),)
    assert knowledge.residents[0].room == "501"
    assert knowledge.categories["B4"].resolve_within == Span(1, SlaUnit.WORKING_DAYS)
    assert knowledge.categories["B6"].resolve_within == Span(24 * 60, SlaUnit.MINUTES)
    assert knowledge.categories["B3"].resolve_within == Span(4, SlaUnit.WORKING_HOURS)
    assert knowledge.categories["E1"].resolve_within == Span(1, SlaUnit.WORKING_DAYS)
    assert knowledge.categories["B6"].place_detail is PlaceDetail.UNIT
    assert knowledge.community.office_hours[1][0] == (time(8, 30), time(12, 0))
    assert 6 not in knowledge.community.office_hours
    assert knowledge.quiet.start == time(20, 0)
    assert knowledge.community.numbers["lift_rescue"] == "96333"
