"""The kinds of channels: what each can be set to, and how it is made of the bot's parts."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from bot.kinds import onebot, own_pages, telegram, wechat, wecom
from bot.kinds.base import Options, Parts
from bot.messaging import Channel
from bot.settings import ConfigError, ConfigFile, Settings
from knowledge.problems import Problem

CHANNELS: Mapping[str, tuple[type[Options], Callable[[str, Any, Parts], Channel]]] = {
    "web": (own_pages.WebOptions, own_pages.web_chat),
    "sandbox": (own_pages.SandboxOptions, own_pages.sandbox),
    "wechat_official": (wechat.OfficialAccountOptions, wechat.official_account),
    "telegram": (telegram.TelegramOptions, telegram.bot),
    "onebot": (onebot.OneBotOptions, onebot.gateway),
    "wecom_app": (wecom.StaffAppOptions, wecom.staff_app),
    "wecom_webhook": (wecom.WebhookOptions, wecom.webhook),
    "wecom_robot": (wecom.RobotOptions, wecom.robot),
    "wecom_kf": (wecom.CustomerServiceOptions, wecom.customer_service),
    "wecom_report": (wecom.ReportOptions, wecom.reports),
}
"""Kind -> what can be set, and how it is made. A new channel is one line here."""

DEMO_ONLY = frozenset({"sandbox"})
"""Kinds on which anybody may speak as anybody."""


def channel_options(settings: Settings, file: ConfigFile, *, is_demo: bool = False) -> dict[str, Options]:
    """Each channel's options, checked. Raises ConfigError."""
    checked: dict[str, Options] = {}
    problems: list[Problem] = []
    for name, channel in settings.channels.items():
        if channel.kind not in CHANNELS or (channel.kind in DEMO_ONLY and not is_demo):
            known = "、".join(kind for kind in CHANNELS if kind not in DEMO_ONLY)
            problems.append(
                file.problem(
                    "unknown_channel", ("channels", name, "kind"), {"kind": channel.kind, "choices": known}
                )
            )
            continue
        shape = CHANNELS[channel.kind][0]
        try:
            checked[name] = shape(**channel.model_dump())
        except ValidationError as error:
            problems += file.problems(error, shape, under=("channels", name))
    if problems:
        raise ConfigError(problems)
    return checked
