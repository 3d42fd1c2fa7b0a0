"""What the operator may write for Telegram and OneBot, and what is said where it is wrong."""

from typing import Any

import pytest

from bot.kinds import channel_options
from bot.settings import ConfigError, ConfigFile, settings_from

TG = {"kind": "telegram", "token": "42:AAH_x-y", "webhook_secret": "neighbours-1"}


def checked(**channel: Any) -> object:
    file = ConfigFile("config.yaml", None)
    settings = settings_from({"channels": {"one": channel}}, file)
    return channel_options(settings, file)["one"]


@pytest.mark.parametrize(
    "channel",
    [
        TG,
        {**TG, "webhook_url": "https://bot.example.cn/telegram/one"},
        {"kind": "telegram", "token": "42:AAH_x-y", "mode": "polling"},
        {"kind": "onebot", "access_token": "neighbours"},
    ],
)
def test_it_can_be_written_like_this(channel: dict[str, str]) -> None:
    assert checked(**channel)


@pytest.mark.parametrize(
    ("channel", "option"),
    [
        ({**TG, "webhook_secret": ""}, "webhook_secret"),
        ({"kind": "telegram", "token": "42:AAH_x-y"}, "webhook_secret"),
        ({**TG, "webhook_secret": "有 空格"}, "webhook_secret"),
        ({**TG, "webhook_secret": "x" * 257}, "webhook_secret"),
        ({"kind": "telegram", "webhook_secret": "x"}, "token"),
        ({**TG, "token": "AAH_x-y"}, "token"),
        ({**TG, "token": "42:"}, "token"),
        ({**TG, "mode": "long"}, "mode"),
        ({**TG, "webhook_url": "bot.example.cn"}, "webhook_url"),
        ({**TG, "api_base": "api.telegram.org"}, "api_base"),
        ({**TG, "secret": "x"}, "secret"),
        ({"kind": "onebot"}, "access_token"),
        ({"kind": "onebot", "access_token": ""}, "access_token"),
    ],
)
def test_a_mistake_is_told_by_the_name_of_the_setting(channel: dict[str, str], option: str) -> None:
    with pytest.raises(ConfigError) as told:
        checked(**channel)

    assert f"channels.one.{option}" in str(told.value)
    assert "AAH_x-y" not in str(told.value)  # a secret is not repeated
