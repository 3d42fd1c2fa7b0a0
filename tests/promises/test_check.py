"""`python -m bot check`: says where something is written wrong, and the mend."""

import re
import shutil
from pathlib import Path

import pytest

from knowledge.library import SHIPPED
from tests.conftest import ROOT
from tests.promises.commands import run_bot

FINDING = re.compile(r"^(?P<at>[^:\s]+:\d+:\d+): (?P<level>error|warning): (?P<what>.+)；(?P<mend>.+)$")

WECHAT = """channels:
  wechat:
    kind: wechat_official
    app_id: wx0123456789abcdef
    token: neighbours
"""


def errors(output: str) -> list[re.Match[str]]:
    found = [FINDING.match(line) for line in output.splitlines()[:-1]]
    assert None not in found, f"a line is not a finding: {output}"
    return [line for line in found if line is not None and line["level"] == "error"]


def test_the_shipped_files_are_right(tmp_path: Path) -> None:
    checked = run_bot("check", folder=tmp_path)

    assert errors(checked.stdout) == []
    assert (checked.returncode, checked.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []  # nothing was started, nothing was made


def test_the_example_configuration_is_right(tmp_path: Path) -> None:
    checked = run_bot("check", "--config", str(ROOT / "config.example.yaml"), folder=tmp_path)

    assert errors(checked.stdout) == []
    assert checked.returncode == 0


def test_a_wrong_configuration_is_told_with_its_place_and_its_mend(tmp_path: Path) -> None:
    lines = ["# 我们社区", "lisen: 127.0.0.1:80", "log_level: loud", ""]
    (tmp_path / "config.yaml").write_text("\n".join(lines), encoding="utf-8")

    checked = run_bot("check", folder=tmp_path)

    assert [error["at"] for error in errors(checked.stdout)] == ["config.yaml:3:12", "config.yaml:2:1"]
    assert "是不是“listen”" in checked.stdout
    assert (checked.returncode, checked.stderr) == (1, "")


def test_a_wrong_channel_is_told_with_its_place_and_its_mend(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(WECHAT, encoding="utf-8")

    checked = run_bot("check", folder=tmp_path)

    (error,) = errors(checked.stdout)
    assert error["at"] == "config.yaml:3:5"
    assert "LINLI_CHANNELS__WECHAT__SECRET" in error["mend"]
    assert (checked.returncode, checked.stderr) == (1, "")


def test_a_secret_may_come_from_the_environment_alone(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(WECHAT, encoding="utf-8")

    checked = run_bot("check", folder=tmp_path, variables={"LINLI_CHANNELS__WECHAT__SECRET": "s"})

    assert errors(checked.stdout) == []
    assert checked.returncode == 0


@pytest.mark.parametrize(
    ("file", "before", "after", "at"),
    [
        ("reminders.yaml", "    时间:", "    时闻:", r"资料/reminders\.yaml:\d+:\d+"),
        ("people.yaml", "角色: 网格员", "角色：网格员", r"资料/people\.yaml:\d+:\d+"),
    ],
)
def test_a_wrong_knowledge_file_is_told_with_its_place(
    tmp_path: Path, file: str, before: str, after: str, at: str
) -> None:
    folder = tmp_path / "资料"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / file).read_text(encoding="utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    (tmp_path / "config.yaml").write_text("knowledge: 资料\n", encoding="utf-8")

    checked = run_bot("check", folder=tmp_path)

    assert errors(checked.stdout)
    assert all(re.fullmatch(at, error["at"]) for error in errors(checked.stdout))
    assert (checked.returncode, checked.stderr) == (1, "")


@pytest.mark.parametrize(
    "arguments",
    [("demo", "--port", "99999"), ("due",), ("due", "--at", "yesterday"), ("reply",), ("converse",)],
)
def test_a_wrong_command_line_ends_in_status_2_without_a_traceback(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    called = run_bot(*arguments, folder=tmp_path)

    assert called.returncode == 2
    assert "Traceback" not in called.stderr
    assert called.stderr


@pytest.mark.parametrize(
    "command", [("serve",), ("tickets", "list"), ("understand",), ("demo", "--no-browser")]
)
def test_a_wrong_setting_ends_every_command_in_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    called = run_bot(*command, folder=tmp_path, variables={"LINLI_LOG_LEVEL": "loud"})

    assert called.returncode == 1
    assert called.stderr.startswith("LINLI_LOG_LEVEL:1:1: error: “log_level”写得不对；可以写 debug")
    assert "Traceback" not in called.stderr
