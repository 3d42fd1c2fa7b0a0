"""config.example.yaml holds every setting, each with a remark, and can be used as it is."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from bot.kinds import CHANNELS, DEMO_ONLY, channel_options
from bot.settings import ChannelSettings, ConfigFile, Settings, read_settings, settings_from
from tests.conftest import ROOT

EXAMPLE = ROOT / "config.example.yaml"
LINES = EXAMPLE.read_text(encoding="utf-8").splitlines()
SETTING = re.compile(r"^(?P<indent>\s*)(?:# (?P<deeper>\s*))?(?P<name>[a-z_]+):(?P<rest>.*)$")
KINDS = sorted(set(CHANNELS) - DEMO_ONLY)


def uncommented() -> str:
    """The example with every setting switched on that is shown behind a #."""
    return "\n".join(re.sub(r"^(\s*)# (\s*[a-z_]+:)", r"\1\2", line) for line in LINES)


def channel_blocks() -> dict[str, dict[str, str]]:
    channels = yaml.load(uncommented(), Loader=yaml.CBaseLoader)["channels"]
    return {block["kind"]: block for block in channels.values()}


def line_of(name: str, *, after: int = 0) -> int:
    for number, line in enumerate(LINES[after:], after):
        if (match := SETTING.match(line)) and match["name"] == name:
            return number
    pytest.fail(f"config.example.yaml does not have {name}")


def remark_before(number: int) -> str:
    return LINES[number - 1].strip() if number else ""


def test_the_example_can_be_used_as_it_is() -> None:
    settings, file = read_settings(EXAMPLE)

    assert channel_options(settings, file)
    assert settings == Settings()  # what it shows are the defaults


def test_everything_it_shows_can_be_switched_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("WECHAT", "STAFF", "ROBOT", "KF"):
        monkeypatch.setenv(f"LINLI_CHANNELS__{name}__AES_KEY", "k" * 43)
    monkeypatch.setenv("LINLI_CHANNELS__TG__TOKEN", "42:secret")
    monkeypatch.setenv("LINLI_CHANNELS__TG__WEBHOOK_SECRET", "secret")
    config = tmp_path / "config.yaml"
    config.write_text(uncommented(), encoding="utf-8")

    settings, file = read_settings(config)

    assert {options.kind for options in channel_options(settings, file).values()} == set(KINDS)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_shown_with_a_remark(name: str) -> None:
    remark = remark_before(line_of(name))

    assert re.match(r"# .*[\u4e00-\u9fff]", remark), f"no remark stands before {name}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_of_a_channel_is_shown_with_a_remark(kind: str) -> None:
    shape: type[BaseModel] = CHANNELS[kind][0]
    assert kind in channel_blocks(), f"config.example.yaml shows no channel of kind {kind}"
    assert set(channel_blocks()[kind]) == set(shape.model_fields)

    start = next(number for number, line in enumerate(LINES) if f"kind: {kind}" in line)
    for name in shape.model_fields:
        line = LINES[line_of(name, after=start)]
        assert re.search(r"  # .*[\u4e00-\u9fff]", line), f"no remark stands behind {name} of {kind}"


def test_no_secret_stands_in_the_example() -> None:
    for block in channel_blocks().values():
        for name in {"secret", "token", "aes_key", "webhook_secret", "access_token"} & block.keys():
            assert "LINLI_CHANNELS__" in block[name]


@pytest.mark.parametrize("kind", sorted(DEMO_ONLY))
def test_what_is_for_the_demo_only_is_not_shown(kind: str) -> None:
    assert kind not in channel_blocks()


def test_defaults_need_no_file() -> None:
    settings = settings_from({}, ConfigFile("none", None))

    assert settings.channels == {"web": ChannelSettings(kind="web")}
