"""Files that are no workbooks, or hold no values."""

import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from knowledge.sheets.workbook import BookRefused, Column, SheetTable, Unreadable, read_book, write_book
from tests.unit.knowledge.books import book_with, edit


def refusal(path: Path) -> str:
    with pytest.raises(BookRefused) as caught:
        read_book(path)
    return caught.value.key


def test_a_file_that_is_no_workbook_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("姓名,角色\n李敏,网格员\n", encoding="utf-8")
    (tmp_path / "a.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    whole = book_with(tmp_path / "b.xlsx", [["甲", "乙"]] * 50)
    (tmp_path / "cut.xlsx").write_bytes(whole.read_bytes()[:3000])

    assert refusal(tmp_path / "absent.xlsx") == "book_missing"
    assert refusal(tmp_path / "a.csv") == "book_unreadable"
    assert refusal(tmp_path / "a.zip") == "book_unreadable"
    assert refusal(tmp_path / "cut.xlsx") == "book_unreadable"
    assert refusal(tmp_path) == "book_unreadable"
    assert refusal(tmp_path / "a.xls") == "book_old"


def test_a_part_that_is_no_xml_is_refused_in_words(tmp_path: Path) -> None:
    path = book_with(tmp_path / "a.xlsx", [["甲", "乙"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data[:40] if "sheet1" in name else data)

    assert refusal(path) == "book_unreadable"


def test_a_file_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(401):
            part.write(b" " * 1_000_000)

    assert refusal(path) == "book_too_big"


def test_a_formula_counts_with_its_result_and_is_told_without_one(tmp_path: Path) -> None:
    path = book_with(tmp_path / "a.xlsx", [["甲", "=A1", "=1/0"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            counted = re.sub(rb"<f>A1</f><v ?/?>(</v>)?", "<f>A1</f><v>好</v>".encode(), data)
            archive.writestr(name, counted.replace(b'<c r="B1">', b'<c r="B1" t="str">'))

    (sheet,) = read_book(path)

    assert list(sheet.rows[1]) == ["甲", "好", Unreadable.FORMULA]


def test_an_error_in_a_cell_is_no_value(tmp_path: Path) -> None:
    (sheet,) = read_book(book_with(tmp_path / "a.xlsx", [["甲", "#N/A"]]))

    assert list(sheet.rows[1]) == ["甲", Unreadable.ERROR]


def test_merged_cells_are_filled_down_and_not_to_the_side(tmp_path: Path) -> None:
    path = book_with(tmp_path / "a.xlsx", [["甲", None, "丙"], [None, None, "丁"], [None, None, "戊"]])

    (sheet,) = read_book(edit(path, "Sheet1", lambda sheet: sheet.merge_cells("A1:B3")))

    assert [row[0] for row in sheet.rows.values()] == ["甲", "甲", "甲"]
    assert [row[1] for row in sheet.rows.values()] == [None, None, None]


def test_a_text_that_looks_like_an_error_or_a_number_stays_text(tmp_path: Path) -> None:
    texts = ["#N/A", "0530", "13900000001", "1e5", "TRUE", "甲\n乙"]
    write_book(tmp_path / "a.xlsx", [SheetTable("甲", [Column("乙", 10)], [[text] for text in texts])])

    (sheet,) = read_book(tmp_path / "a.xlsx")

    assert [row[0] for row in list(sheet.rows.values())[1:]] == texts


def test_titles_that_no_program_takes_are_made_fit(tmp_path: Path) -> None:
    columns = [Column("甲", 10)]
    titles = ["a/b:c*?[d]", "很" * 40, "很" * 41, "Abc", "abc"]
    write_book(tmp_path / "a.xlsx", [SheetTable(title, columns, []) for title in titles])

    assert [sheet.title for sheet in read_book(tmp_path / "a.xlsx")] == [
        *["a-b-c---d-", "很" * 31, "很" * 29 + "~2", "Abc", "abc~2"]
    ]


def test_what_does_not_fit_into_a_cell_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(BookRefused) as caught:
        write_book(tmp_path / "a.xlsx", [SheetTable("甲", [Column("乙", 10)], [["长" * 40_000]])])

    assert caught.value.key == "cell_too_long"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BookRefused) as caught:
        write_book(tmp_path / "absent" / "a.xlsx", [SheetTable("甲", [Column("乙", 10)], [])])

    assert caught.value.key == "book_not_writable"


def test_the_book_before_stays_whole_until_the_new_one_is(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    Workbook().save(path)
    before = path.read_bytes()

    with pytest.raises(BookRefused):
        write_book(path, [SheetTable("甲", [Column("乙", 10)], [["长" * 40_000]])])

    assert path.read_bytes() == before
