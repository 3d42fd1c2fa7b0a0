"""Clocks and duty with other files than the shipped ones: a year announced, places with times of their own,
a rota, places that nobody serves."""

import re
from pathlib import Path
from shutil import copy, copytree
from textwrap import indent

import pytest

from bot.dialogues.scene import read_scenes
from bot.dialogues.stage import Stage
from bot.dialogues.venue import InEngine, in_engine
from knowledge.library import SHIPPED, read_knowledge
from knowledge.model import Knowledge

ROTA = """班次:
  - {班: 晚班, 日子: 工作日, 时间: "17:30-08:30"}
  - {班: 周末班, 日子: 周末, 时间: "08:30-20:30"}
值班:
  - {班: 晚班, 日子: 周一至周四, 人: [孙丽, 何静]}
  - {班: 晚班, 日子: 周五, 人: 赵强}
  - {班: 周末班, 日子: 周六, 人: 李敏}
归口:
  - {类别: B6, 地点: 幸福里, 人: 马师傅}
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str | None:
    return None if request.param == "sqlite" else request.getfixturevalue("postgres_url")


def edited(folder: Path, *edits: tuple[str, str, str]) -> Knowledge:
    """The shipped files with `old` replaced by `new` in some; where `old` is empty the file is `new`."""
    for file in SHIPPED.glob("*.yaml"):
        copy(file, folder)
    copytree(SHIPPED / "faq", folder / "faq", dirs_exist_ok=True)
    for name, old, new in edits:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")
    return read_knowledge(folder)


def play(venue: InEngine, knowledge: Knowledge, scene: Path) -> None:
    played = Stage(venue, knowledge).play(read_scenes(scene)[0])

    assert played.failed_line is None, "\n".join([played.reason, *played.transcript])


def written(folder: Path, starts_at: str, steps: str) -> Path:
    """Each line is a step; one that begins with a space belongs to the step before it."""
    told = re.sub(r"\n{2,}", "\n", steps.strip())
    lines = re.sub(r"^(?! )", "- ", told, flags=re.MULTILINE)
    path = folder / "scene.txt"
    path.write_text(f"场景: 一段\n时间: {starts_at}\n对话:\n{indent(lines, '  ')}\n", encoding="utf-8")
    return path


def plays(url: str | None, knowledge: Knowledge, folder: Path, starts_at: str, steps: str) -> None:
    scene = written(folder, starts_at, steps)
    with in_engine(knowledge, read_scenes(scene)[0].starts_at, url) as venue:
        play(venue, knowledge, scene)


REPORT = "王阿姨: 3号楼2单元楼道灯不亮\n王阿姨: 对\n"


def test_due_times_follow_the_holidays_once_they_are_announced(url: str | None, tmp_path: Path) -> None:
    before = edited(tmp_path)
    scene = written(tmp_path, "2026-12-31 16:00", REPORT + "工单: {第: 最新, 截止: 2027-01-04}\n李敏: 收到")
    with in_engine(before, read_scenes(scene)[0].starts_at, url) as venue:
        play(venue, before, scene)
        days = "调整: {2027-01-01: 休, 2027-01-04: 休, 2027-01-05: 休, 2027-10-01: 休}\n"
        known = edited(tmp_path, ("calendar.yaml", "", days))
        venue.use(known)

        play(
            venue,
            known,
            written(
                tmp_path,
                "2026-12-31 16:00",
                """
时间: 2026-12-31 16:20
推送: {给: 李敏, 包含: [楼道灯], 不含: [放假安排]}
推送: {给: 王阿姨, 包含: [放假安排定了, 楼道灯, 1月6日周三]}
工单: {第: 最新, 截止: 2027-01-06}
时间: 2027-01-06 09:00
推送: {给: 李敏, 包含: [放假安排定了, A2612-0001, 1月6日周三]}
时间: 2027-01-07 09:00
推送: {给: 李敏, 不含: [放假安排]}
推送: {给: 王阿姨, 不含: [放假安排]}
""",
            ),
        )


def test_where_no_time_is_promised_just_now_the_new_calendar_says_nothing(
    url: str | None, tmp_path: Path
) -> None:
    """On hold: the time is told when it goes on. At night: told in the morning."""
    before = edited(tmp_path)
    steps = (
        REPORT
        + "李敏: 挂到1月8日 等配件\n老孙: 5号楼1单元门禁坏了\n老孙: 对\n小周: 8号楼1单元大门坏了\n小周: 对\n"
        + "李敏: 收到 A2612-0002\n推送: {给: 王阿姨, 包含: [等配件]}\n推送: {给: 老孙, 包含: [接手]}"
    )
    scene = written(tmp_path, "2026-12-31 16:00", steps)
    with in_engine(before, read_scenes(scene)[0].starts_at, url) as venue:
        play(venue, before, scene)
        days = "调整: {2027-01-01: 休, 2027-01-04: 休, 2027-01-05: 休, 2027-10-01: 休}\n"
        night = "时间: 2026-12-31 21:00"
        play(venue, before, written(tmp_path, "2026-12-31 16:00", night))
        known = edited(tmp_path, ("calendar.yaml", "", days))
        venue.use(known)

        after = """
时间: 2026-12-31 21:30
推送: {给: 老孙, 无: true}
时间: 2027-01-01 08:30
推送: {给: 老孙, 包含: [放假安排定了, A2612-0002]}
推送: {给: 王阿姨, 无: true}
时间: 2027-01-08 09:00
推送: {给: 王阿姨, 包含: [接着办]}
"""
        play(venue, known, written(tmp_path, "2026-12-31 21:00", after))


def test_an_extension_and_a_second_round_survive_the_new_calendar(url: str | None, tmp_path: Path) -> None:
    """Friday 1 January +1 working day, extended by 2: Wednesday the 6th; with two more days off, Friday."""
    before = edited(tmp_path)
    steps = REPORT + "李敏: 延 2 等配件\n工单: {第: 最新, 截止: 2027-01-06}"
    scene = written(tmp_path, "2026-12-31 16:00", steps)
    with in_engine(before, read_scenes(scene)[0].starts_at, url) as venue:
        play(venue, before, scene)
        days = "调整: {2027-01-01: 休, 2027-01-04: 休, 2027-01-05: 休, 2027-10-01: 休}\n"
        known = edited(tmp_path, ("calendar.yaml", "", days))
        venue.use(known)

        after = "时间: 2026-12-31 16:20\n工单: {第: 最新, 截止: 2027-01-08}"
        play(venue, known, written(tmp_path, "2026-12-31 16:00", after))


def test_a_place_may_have_times_and_office_hours_of_its_own(url: str | None, tmp_path: Path) -> None:
    hours = '{周一至周五: ["08:00-12:00", "13:00-16:00"]}'
    knowledge = edited(
        tmp_path,
        ("categories.yaml", "\n类别:", "\n各地时限:\n  - {地点: 锦绣园, 类别: B4, 办结: 3工作日}\n类别:"),
        (
            "places.yaml",
            "物业: 锦绣物业",
            f"物业: 锦绣物业, 办公时间: {hours}",
        ),
    )

    plays(
        url,
        knowledge,
        tmp_path,
        "2026-11-23 09:10",
        REPORT
        + """
工单: {第: 最新, 截止: 2026-11-24}
钱大爷: 我家楼道灯不亮
钱大爷: 对
工单: {第: 最新, 截止: 2026-11-26}
推送: {给: 孙丽, 包含: ["11月26日周四 16:00前办好"]}
""",
    )


def test_at_night_whoever_is_on_duty_is_rung_first_then_the_place(url: str | None, tmp_path: Path) -> None:
    plays(
        url,
        edited(tmp_path, ("duty.yaml", "", ROTA)),
        tmp_path,
        "2026-11-23 23:10",
        """
老孙: 3号楼1单元水管爆了，水喷得到处都是
推送: {给: 孙丽, 包含: [【急】, 3号楼1单元]}
推送: {给: 李敏, 无: true}
工单: {第: 最新, 负责人: 孙丽}
时间: 2026-11-23 23:14
推送: {给: 何静, 包含: [孙丽没回话]}
时间: 2026-11-23 23:17
推送: {给: 李敏, 包含: [还没人接手]}
""",
    )


def test_by_day_the_grid_worker_comes_first_and_a_category_may_have_its_own(
    url: str | None, tmp_path: Path
) -> None:
    plays(
        url,
        edited(tmp_path, ("duty.yaml", "", ROTA)),
        tmp_path,
        "2026-11-23 10:10",
        """
老孙: 3号楼1单元水管爆了，水喷得到处都是
工单: {第: 最新, 负责人: 李敏}
小周: 电梯坏了，一直不动
小周: 对
工单: {第: 最新, 类别: B6, 负责人: 马师傅}
推送: {给: 马师傅, 包含: [电梯]}
""",
    )


def test_a_swap_counts_once_the_other_has_agreed_and_may_be_called_off(
    url: str | None, tmp_path: Path
) -> None:
    plays(
        url,
        edited(tmp_path, ("duty.yaml", "", ROTA)),
        tmp_path,
        "2026-11-23 10:00",
        """
孙丽: 周三晚班跟赵强换
  答: {包含: [正在问赵强, 11月25日周三晚班，孙丽和赵强对换]}
推送: {给: 赵强, 包含: [孙丽和赵强对换, 同意]}
何静: 值班表
  答: {包含: [11月23日周一晚班：孙丽、何静, 赵强还没答应]}
赵强: 同意
推送: {给: 孙丽, 包含: [赵强同意了]}
时间: 2026-11-25 18:00
孙丽: 今晚谁值班
  答: {包含: [11月25日周三晚班：赵强、何静, 11月26日周四晚班：孙丽、何静]}
老孙: 3号楼1单元水管爆了，水喷得到处都是
工单: {第: 最新, 负责人: 赵强}
赵强: 取消换班
  答: {包含: [取消了]}
推送: {给: 孙丽, 包含: [照原来的安排]}
小周: 8号楼1单元水管爆了，水喷得到处都是
工单: {第: 最新, 负责人: 孙丽}
""",
    )


def test_a_swap_may_give_a_shift_back(url: str | None, tmp_path: Path) -> None:
    plays(
        url,
        edited(tmp_path, ("duty.yaml", "", ROTA)),
        tmp_path,
        "2026-11-23 10:00",
        """
孙丽: 我周四晚班换赵强周五的
  答: {包含: [11月26日周四晚班，孙丽和赵强对换；11月27日周五晚班，孙丽和赵强对换]}
赵强: 行
时间: 2026-11-27 20:00
老孙: 3号楼1单元水管爆了，水喷得到处都是
工单: {第: 最新, 负责人: 孙丽}
""",
    )


def test_a_swap_of_a_shift_that_neither_has_is_refused(url: str | None, tmp_path: Path) -> None:
    plays(
        url,
        edited(tmp_path, ("duty.yaml", "", ROTA)),
        tmp_path,
        "2026-11-23 10:00",
        """
李敏: 周三晚班跟赵强换
  答: {包含: [没有排您，也没有排赵强]}
李敏: 换个班
  答: {包含: [哪天的班]}
李敏: 周六
  答: {包含: [跟谁换]}
李敏: 孙丽
  答: {包含: [正在问孙丽, 11月28日周六周末班]}
""",
    )


def test_a_place_nobody_serves_is_told_and_its_matters_are_the_dispatchers(
    url: str | None, tmp_path: Path
) -> None:
    left = '{名: 孙丽, 角色: 网格员, 电话: "13900000003", 离岗: 2026-11-20}'
    knowledge = edited(
        tmp_path,
        ("people.yaml", '{名: 孙丽, 角色: 网格员, 电话: "13900000003"}', left),
        ("places.yaml", "网格员: 孙丽, 顶班: 赵强", "网格员: 孙丽"),
        ("places.yaml", "范围: 幸福里 7-12号楼", "范围: 幸福里 7-11号楼"),
        ("duty.yaml", "", ROTA.replace("周一至周四", "周一至周三").replace("孙丽", "李敏")),
    )

    plays(
        url,
        knowledge,
        tmp_path,
        "2026-11-25 08:00",
        """
时间: 2026-11-25 09:00
推送: {给: 周海燕, 包含: [锦绣园网格今天没有人负责, "幸福里不在任何网格里的楼：12。"], 不含: [晚班没有排人]}
推送: {给: 何静, 无: true}
钱大爷: 我家楼道灯不亮
钱大爷: 对
  答: {包含: [何静负责]}
推送: {给: 何静, 包含: [这里没有人负责，先归您, 楼道灯]}
时间: 2026-11-26 09:00
推送: {给: 周海燕, 包含: [11月26日周四晚班没有排人]}
时间: 2026-11-27 16:01
推送: {给: 周海燕, 包含: [没人管的, 锦绣园网格今天没有人负责]}
""",
    )


def test_without_a_secretary_the_dispatcher_hears_of_the_gaps(url: str | None, tmp_path: Path) -> None:
    knowledge = edited(
        tmp_path,
        ("people.yaml", '{名: 周海燕, 角色: 社区书记, 电话: "13900000010"}', "{名: 周海燕, 角色: 网格员}"),
    )

    plays(
        url,
        knowledge,
        tmp_path,
        "2026-11-25 08:00",
        """
时间: 2026-11-25 09:00
推送: {给: 何静, 包含: [没有在岗的社区书记]}
""",
    )


DEPUTY = ('{名: 何静, 角色: 社区管理员, 电话: "13900000011"}', "{名: 何静, 角色: 社区管理员, 替补: 孙丽}")


def test_a_deputy_of_the_roster_stands_in_where_nobody_is_named(url: str | None, tmp_path: Path) -> None:
    """At once, because the roster has agreed for both; with the rights of the desk."""
    plays(
        url,
        edited(tmp_path, ("people.yaml", *DEPUTY)),
        tmp_path,
        "2026-11-24 10:00",
        """
何静: 我请假 11月25日到26日
  答: {包含: [孙丽是您的替补, 孙丽顶班]}
推送: {给: 孙丽, 包含: [何静请假, 您是替补, 取消请假]}
时间: 2026-11-25 09:00
王阿姨: 3号楼2单元楼道灯不亮
王阿姨: 对
李敏: 退 不归我
推送: {给: 孙丽, 包含: [退回]}
孙丽: 转 赵强 A2611-0001
工单: {第: 最新, 负责人: 赵强}
小周: 转人工
  答: {包含: [孙丽]}
孙丽: 取消请假
推送: {给: 何静, 包含: [照原来的安排]}
赵强: 退 不归我
推送: {给: 何静, 包含: [退回]}
""",
    )


def test_a_deputy_steps_in_where_the_stand_in_is_away_too(url: str | None, tmp_path: Path) -> None:
    knowledge = edited(
        tmp_path,
        (
            "people.yaml",
            '{名: 李敏, 角色: 网格员, 电话: "13900000001"}',
            "{名: 李敏, 角色: 网格员, 替补: 马师傅}",
        ),
        ("places.yaml", "网格员: 李敏, 顶班: 赵强", "网格员: 李敏"),
    )

    plays(
        url,
        knowledge,
        tmp_path,
        "2026-11-24 10:00",
        """
王阿姨: 3号楼2单元楼道灯不亮
王阿姨: 对
李敏: 我请假 11月25日到27日，孙丽顶班
孙丽: 同意
孙丽: 我请假 11月26日，何静顶班
何静: 同意
何静: 我请假 11月26日，李敏顶班
  答: {包含: [李敏那几天也请假]}
时间: 2026-11-26 09:00
推送: {给: 何静, 包含: [替李敏, 楼道灯]}
""",
    )


def test_a_deputy_has_the_matters_of_who_left(url: str | None, tmp_path: Path) -> None:
    left = '{名: 孙丽, 角色: 网格员, 电话: "13900000003", 离岗: 2026-11-24, 替补: 马师傅}'
    knowledge = edited(
        tmp_path,
        ("people.yaml", '{名: 孙丽, 角色: 网格员, 电话: "13900000003"}', left),
        ("places.yaml", "网格员: 孙丽, 顶班: 赵强", "网格员: 孙丽"),
    )

    plays(
        url,
        knowledge,
        tmp_path,
        "2026-11-24 10:00",
        """
钱大爷: 我家楼道灯不亮
钱大爷: 对
工单: {第: 最新, 负责人: 孙丽}
时间: 2026-11-25 09:00
推送: {给: 马师傅, 包含: [替孙丽, 楼道灯]}
推送: {给: 周海燕, 不含: [没有人负责]}
钱大爷: 催一下
推送: {给: 马师傅, 包含: [【替孙丽】, 在催]}
钱大爷: 锦绣园3号楼1单元门禁坏了
钱大爷: 对
工单: {第: 最新, 负责人: 马师傅}
马师傅: 好了 A2611-0001 换了灯泡
工单: {第: "1", 负责人: 马师傅, 状态: 待本人确认}
""",
    )


def test_what_somebody_who_left_still_has_is_told_to_the_desk(url: str | None, tmp_path: Path) -> None:
    left = '{名: 孙丽, 角色: 网格员, 电话: "13900000003", 离岗: 2026-11-24}'
    knowledge = edited(
        tmp_path,
        ("people.yaml", '{名: 孙丽, 角色: 网格员, 电话: "13900000003"}', left),
        ("places.yaml", "网格员: 孙丽, 顶班: 赵强", "网格员: 孙丽"),
    )

    plays(
        url,
        knowledge,
        tmp_path,
        "2026-11-24 10:00",
        """
钱大爷: 我家楼道灯不亮
钱大爷: 对
李敏: 我请假 11月25日到27日，赵强顶班
赵强: 同意
王阿姨: 3号楼2单元楼道灯不亮
王阿姨: 对
时间: 2026-11-25 09:00
推送: {给: 周海燕, 包含: [孙丽不在岗, 手里还有1件：A2611-0001], 不含: [李敏不在岗]}
何静: 转 赵强 A2611-0001
时间: 2026-11-26 09:00
推送: {给: 周海燕, 不含: [手里还有]}
""",
    )
