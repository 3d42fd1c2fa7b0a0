"""The commands about workbooks and rates, as a person at the keyboard runs them."""

import json
from datetime import datetime
from pathlib import Path
from shutil import copy, copytree
from subprocess import CompletedProcess

import pytest
from openpyxl import load_workbook

from bot.commands.replay import CHANNEL
from knowledge.library import SHIPPED, read_knowledge
from tests.promises.commands import run_bot
from tests.unit.knowledge.books import book_with, contents, edit, row_of, write

MESSAGES = (
    ("王阿姨", "幸福里3号楼2单元楼道灯不亮，打１３９０００００００８或者138-0000-1234，家里0530-5550987"),
    ("老孙", '=HYPERLINK("http://a.example")幸福里5号楼电梯坏了，有人报过12345'),
    ("小周", "幸福里8号楼下水道堵了"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A community of its own, with an empty store."""
    (tmp_path / "资料").mkdir()
    for file in SHIPPED.glob("*.yaml"):
        copy(file, tmp_path / "资料")
    copytree(SHIPPED / "faq", tmp_path / "资料" / "faq")
    (tmp_path / "config.yaml").write_text(
        "knowledge: 资料\ndatabase_url: sqlite:///store.sqlite3\nchannels: {staff: {kind: telegram}}\n",
        "utf-8",
    )
    return tmp_path


@pytest.fixture
def reported(folder: Path) -> Path:
    lines = [
        {
            "id": str(number),
            "from": who,
            "chat": "private",
            "text": text,
            "at": f"2026-11-23T09:1{number}:00+08:00",
        }
        for number, (who, text) in enumerate(MESSAGES)
    ]
    file = folder / "messages.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    done(run_bot("replay", file.name, folder=folder))
    return folder


def done(called: CompletedProcess[str]) -> str:
    assert called.returncode == 0, called.stderr
    return called.stdout


def refused(called: CompletedProcess[str]) -> str:
    assert called.returncode == 1
    assert "Traceback" not in called.stderr
    return called.stdout + called.stderr


# -- tickets ----------------------------------------------------------------------------------------------


def test_the_tickets_are_exported_with_the_fields_of_the_list(reported: Path) -> None:
    done(run_bot("tickets", "export", "t.xlsx", folder=reported))
    listed = [
        json.loads(line) for line in done(run_bot("tickets", "list", "--json", folder=reported)).splitlines()
    ]

    (sheet,) = load_workbook(reported / "t.xlsx").worksheets
    heads = [cell.value for cell in sheet[1]]
    rows = [dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [row["编号"] for row in rows] == [record["no"] for record in listed]
    for row, record in zip(rows, listed, strict=True):
        assert [row[head] for head in ("状态", "类别", "紧急", "负责人", "级别", "解决", "满意度")] == [
            record[key]
            for key in ("state", "category", "urgency", "owner", "level", "resolved", "satisfaction")
        ]
        assert (row["小区"], row["楼"]) == (record["place"]["compound"], record["place"]["building"])
        assert row["登记时间"] == datetime.fromisoformat(record["created_at"]).replace(tzinfo=None, second=0)
        assert row["截止时间"] == datetime.fromisoformat(record["due_at"]).replace(tzinfo=None, second=0)
        assert row["办结时间"] is None


def test_a_ticket_is_shown_with_the_departments_called_in_and_their_times(reported: Path) -> None:
    lines = [
        {"id": "a", "from": "何静", "text": "吹哨 城管 A2611-0001", "at": "2026-11-23T09:30:00+08:00"},
        {"id": "b", "from": "吴主任", "text": "响应 A2611-0001 十点到", "at": "2026-11-23T10:05:00+08:00"},
        {"id": "c", "from": "吴主任", "text": "到场 A2611-0001", "at": "2026-11-23T10:10:00+08:00"},
    ]
    roster = reported / "资料" / "people.yaml"
    known = roster.read_text(encoding="utf-8")
    for name in ("何静", "吴主任"):
        known = known.replace(f"{{名: {name}, ", f"{{名: {name}, 账号: {{{CHANNEL}: {name}}}, ")
    roster.write_text(known, encoding="utf-8")
    file = reported / "whistle.jsonl"
    said = [json.dumps({**line, "chat": "private"}, ensure_ascii=False) for line in lines]
    file.write_text("\n".join(said), encoding="utf-8")
    done(run_bot("replay", file.name, folder=reported))

    shown = done(run_bot("tickets", "show", "A2611-0001", folder=reported))

    (line,) = [line for line in shown.splitlines() if line.startswith("whistle:")]
    assert line == (
        "whistle: 城管 called 2026-11-23T09:30:00+08:00 by 何静; "
        "answered 2026-11-23T10:05:00+08:00 late (due 2026-11-23T10:00:00+08:00); "
        "arrived 2026-11-23T10:10:00+08:00 (due 2026-11-24T17:30:00+08:00)"
    )
    assert "joined: 0" in shown


def test_no_phone_number_and_no_formula_leaves_the_house(reported: Path) -> None:
    done(run_bot("tickets", "export", "t.xlsx", folder=reported))

    (sheet,) = load_workbook(reported / "t.xlsx").worksheets
    texts = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    together = "\n".join(texts)
    assert not any(number in together for number in ("3900000008", "３９０００", "0000-1234", "5550987"))
    assert "打***或者***，家里***" in together
    assert "12345" in together
    assert not [text for text in texts if text[0] in "=+-@"]
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_an_empty_store_exports_its_headings(folder: Path) -> None:
    done(run_bot("tickets", "export", "t.xlsx", folder=folder))

    (sheet,) = load_workbook(folder / "t.xlsx").worksheets
    assert (sheet.max_row, sheet["A1"].value) == (1, "编号")


# -- knowledge and roster ---------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["knowledge", "roster"])
def test_an_export_taken_back_in_changes_nothing(folder: Path, what: str) -> None:
    before = contents(folder / "资料")
    done(run_bot(what, "export", "a.xlsx", folder=folder))

    shown = done(run_bot(what, "import", "a.xlsx", "--yes", folder=folder))

    assert "没有要改的" in shown
    assert contents(folder / "资料") == before


def test_an_import_is_shown_first_and_done_when_confirmed(folder: Path) -> None:
    done(run_bot("knowledge", "export", "a.xlsx", folder=folder))
    edit(
        folder / "a.xlsx", "property", lambda sheet: write(sheet, "property-fee", "答案", "一平方米1.30元。")
    )
    edit(folder / "a.xlsx", "property", lambda sheet: sheet.delete_rows(row_of(sheet, "dead-car")))
    edit(
        folder / "a.xlsx",
        "property",
        lambda sheet: sheet.append(["lift-check", "电梯年检", "谁检电梯", "一年一次。"]),
    )
    before = contents(folder / "资料")

    shown = done(run_bot("knowledge", "import", "a.xlsx", folder=folder))

    assert contents(folder / "资料") == before
    for line in (
        "新增 1 条：\n  + lift-check 电梯年检（“property”第 13 行）",
        "改动 1 条：\n  ~ property-fee 物业费标准与缴纳（“property”第",
        "→ 一平方米1.30元。",
        "删除 1 条：\n  - dead-car 僵尸车",
        "--yes",
    ):
        assert line in shown

    assert "已经导入" in done(run_bot("knowledge", "import", "a.xlsx", "--yes", folder=folder))
    assert read_knowledge(folder / "资料").faqs["property-fee"].answer == "一平方米1.30元。"
    assert "没有要改的" in done(run_bot("knowledge", "import", "a.xlsx", folder=folder))


def test_a_roster_with_mistakes_is_not_taken_in_even_if_confirmed(folder: Path) -> None:
    done(run_bot("roster", "export", "a.xlsx", folder=folder))
    edit(folder / "a.xlsx", "人员", lambda sheet: write(sheet, "李敏", "电话", 139000))
    edit(folder / "a.xlsx", "人员", lambda sheet: write(sheet, "赵强", "电话", 1390000))
    edit(folder / "a.xlsx", "人员", lambda sheet: write(sheet, "何静", "角色", "管理员"))
    before = contents(folder / "资料")

    shown = refused(run_bot("roster", "import", "a.xlsx", "--yes", folder=folder))

    assert "“人员”第 3 行 D 列“电话”：“1390000”不像电话号码；写成" in shown
    assert "“人员”第 6 行 B 列“角色”：没有“管理员”这个角色；角色有“网格员”" in shown
    assert "退回 2 处" in shown
    assert contents(folder / "资料") == before


def test_duties_are_shown_first_and_then_taken_in(folder: Path) -> None:
    done(run_bot("roster", "export", "a.xlsx", folder=folder))
    edit(folder / "a.xlsx", "班次", lambda sheet: sheet.append(["晚班", "工作日", "17:30-08:30"]))
    edit(folder / "a.xlsx", "值班", lambda sheet: sheet.append(["晚班", "周一至周五", "赵强、何静"]))
    before = contents(folder / "资料")

    shown = done(run_bot("roster", "import", "a.xlsx", folder=folder))

    assert "+ 晚班 周一至周五（“值班”第 2 行）" in shown
    assert contents(folder / "资料") == before
    done(run_bot("roster", "import", "a.xlsx", "--yes", folder=folder))
    assert [line.people for line in read_knowledge(folder / "资料").rota.lines] == [("赵强", "何静")]
    assert "1 条归口和值班" in done(run_bot("roster", "export", "b.xlsx", folder=folder))


def test_the_channels_of_the_configuration_have_a_column_for_accounts(folder: Path) -> None:
    done(run_bot("roster", "export", "a.xlsx", folder=folder))

    assert "账号:staff" in [cell.value for cell in load_workbook(folder / "a.xlsx")["人员"][1]]


def test_lists_of_other_programs_are_taken_in(folder: Path) -> None:
    book_with(folder / "a.xlsx", [["q", "a", "indexes"], ["几号供暖", "十一月十五日。", "啥时候来暖气"]])

    done(run_bot("knowledge", "import", "a.xlsx", "--yes", folder=folder))

    assert "几号供暖" in [entry.title for entry in read_knowledge(folder / "资料").faqs.values()]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("absent.xlsx", None, "没有这个文件"), ("a.csv", "姓名,角色\n", "另存为 .xlsx")],
)
def test_a_file_that_is_no_workbook_ends_in_a_sentence(
    folder: Path, name: str, content: str | None, says: str
) -> None:
    if content is not None:
        (folder / name).write_text(content, encoding="utf-8")

    assert says in refused(run_bot("roster", "import", name, folder=folder))


def test_files_that_are_wrong_themselves_are_told_before_anything_else(folder: Path) -> None:
    done(run_bot("roster", "export", "a.xlsx", folder=folder))
    places = folder / "资料" / "places.yaml"
    places.write_text(
        places.read_text(encoding="utf-8").replace("网格员: 孙丽", "网格员: 孙莉"), encoding="utf-8"
    )

    said = refused(run_bot("roster", "import", "a.xlsx", folder=folder))

    assert "places.yaml:" in said
    assert "先改好再导入" in said


# -- rates ------------------------------------------------------------------------------------------------


def test_rates_are_said_with_their_numbers(reported: Path) -> None:
    said = done(run_bot("rates", "--from", "2026-11-23", "--to", "2026-11-23", folder=reported))
    lines = done(run_bot("rates", "--from", "2026-11-23", "--to", "2026-11-23", "--json", folder=reported))

    records = {record["rate"]: record for record in map(json.loads, lines.splitlines())}
    assert [*records] == [
        *["taken", "contacted", "on_time", "solved", "satisfied", "reopened", "repeated", "returned"],
        *["told", "whistle_answered", "whistle_arrived"],
    ]
    assert all({"met", "n", "value", "name", "unanswered"} < record.keys() for record in records.values())
    assert records["satisfied"] == {
        "rate": "satisfied",
        "name": "满意率",
        "met": 0,
        "n": 0,
        "unanswered": 0,
        "value": None,
    }
    assert "满意率  —  评价了的 0 件（没有），未评价 0 件" in said


@pytest.mark.parametrize("days", [("2026-11-23", "2026-11-22"), ("十一月", "2026-11-22")])
def test_days_that_are_none_are_bad_usage(folder: Path, days: tuple[str, str]) -> None:
    called = run_bot("rates", "--from", days[0], "--to", days[1], folder=folder)

    assert called.returncode == 2
    assert "Traceback" not in called.stderr
