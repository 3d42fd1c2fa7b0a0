"""Settings: read from a file and the environment; each mistake is told with its place and its mend."""

from pathlib import Path

import pytest

from bot.kinds import channel_options
from bot.settings import ConfigError, Settings, read_settings
from knowledge.problems import Problem

WECHAT = """channels:
  wechat:
    kind: wechat_official
    app_id: wx0123456789abcdef
    token: neighbours
"""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(content: str) -> Settings:
    """Everything that `serve` checks before it starts."""
    Path("config.yaml").write_text(content, encoding="utf-8")
    settings, file = read_settings(Path("config.yaml"))
    channel_options(settings, file)
    return settings


def mistakes(content: str) -> list[Problem]:
    with pytest.raises(ConfigError) as refused:
        read(content)
    return refused.value.problems


@pytest.mark.parametrize(
    ("content", "at", "what", "mend"),
    [
        ("lisen: 127.0.0.1:80\n", "1:1", "没有“lisen”", "是不是“listen”"),
        ("colour: red\n", "1:1", "没有“colour”", "这里可以写 database_url、listen"),
        ("# 端口\nlisten: 127.0.0.1:99999\n", "2:9", "“listen”写得不对", "端口不超过 65535"),
        ("listen: 8080\n", "1:9", "“listen”写得不对", "127.0.0.1:8080"),
        ("listen：127.0.0.1:8080\n", "1:7", "中文冒号", "英文冒号"),
        ("listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n", "2:1", "写了两次", "留下一处"),
        ("log_level: loud\n", "1:12", "“log_level”写得不对", "debug、info、warning、error"),
        ("knowledge: nowhere\n", "1:12", "“knowledge”指的文件夹不存在", "检查路径"),
        ("database_url: mysql://host/base\n", "1:15", "“database_url”写得不对", "postgresql+psycopg://"),
        ("database_url: postgresql+psycopg://u@h:x/b\n", "1:15", "“database_url”写得不对", "sqlite:///"),
        ("", "1:1", "配置文件是空的", "config.example.yaml"),
        ("channels: web\n", "1:11", "“channels”下面还有一层", "另起一行"),
        ("channels:\n  web: web\n", "2:8", "“channels.web”下面还有一层", "另起一行"),
        ("channels:\n  web: {}\n", "2:8", "没有写“channels.web.kind”", "补上"),
        ("channels:\n  web: {kind: telegraph}\n", "2:15", "没有“telegraph”这种渠道", "可以写 web"),
        ("channels:\n  web: {kind: sandbox}\n", "2:15", "没有“sandbox”这种渠道", "可以写 web"),
        ("channels:\n  web:\n    kind: web\n    colour: red\n", "4:5", "没有“channels.web.colour”", "kind"),
        (WECHAT, "3:5", "没有写“channels.wechat.secret”", "LINLI_CHANNELS__WECHAT__SECRET"),
        (
            WECHAT + "    secret:\n",
            "6:12",
            "没有写“channels.wechat.secret”",
            "LINLI_CHANNELS__WECHAT__SECRET",
        ),
        (
            WECHAT + "    secret: s\n    aes_key: short\n",
            "7:14",
            "“channels.wechat.aes_key”不是平台给的样子",
            "43 位",
        ),
        (
            WECHAT + "    secret: s\n    api_base: host\n",
            "7:15",
            "“channels.wechat.api_base”不是网址",
            "https",
        ),
        (
            WECHAT + "    secret: s\n    template:\n      id: T1\n      what: thing2\n      plaice: thing3\n",
            "10:7",
            "没有“channels.wechat.template.plaice”",
            "是不是“place”",
        ),
        (
            WECHAT + "    secret: s\n    template:\n      id: T1\n      what: phrase2\n",
            "9:13",
            "channels.wechat.template.what",
            "",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_mend(content: str, at: str, what: str, mend: str) -> None:
    (found,) = mistakes(content)

    assert f"{found.file}:{found.line}:{found.column}" == f"config.yaml:{at}"
    assert what in found.message
    assert mend in found.mend


def test_all_mistakes_are_told_at_once() -> None:
    content = "listen: 8080\nlog_level: loud\nlisten_on: x\n"

    assert {found.line for found in mistakes(content)} == {1, 2, 3}


def test_a_file_that_does_not_exist_is_told() -> None:
    with pytest.raises(ConfigError, match=r"^nowhere\.yaml:1:1: error: 没有这个文件；检查 --config"):
        read_settings(Path("nowhere.yaml"))


def test_a_gbk_file_is_read_as_it_was_meant() -> None:
    Path("config.yaml").write_bytes("knowledge: 资料  # 社区资料\n".encode("gbk"))
    Path("资料").mkdir()

    settings, _ = read_settings(Path("config.yaml"))

    assert settings.knowledge == Path("资料")


def test_without_a_file_the_defaults_stand() -> None:
    settings, _ = read_settings(None)

    assert settings == Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert [channel.kind for channel in settings.channels.values()] == ["web"]


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_LISTEN", "127.0.0.1:9090")

    assert read("listen: 127.0.0.1:7070\n").port == 9090


def test_a_secret_in_the_environment_joins_the_channel_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_CHANNELS__WECHAT__SECRET", "from the environment")

    options = read(WECHAT).channels["wechat"].model_dump()

    assert options["secret"] == "from the environment"
    assert options["app_id"] == "wx0123456789abcdef"


def test_a_wrong_variable_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_LISTEN", "8080")

    (found,) = mistakes("listen: 127.0.0.1:7070\n")

    assert (found.file, found.line, found.column) == ("LINLI_LISTEN", 1, 1)


def test_a_mistyped_variable_is_told_and_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_DATABSE_URL", "sqlite://")

    (found,) = mistakes("log_level: info\n")

    assert found.file == "LINLI_DATABSE_URL"
    assert "LINLI_DATABASE_URL" in found.mend
