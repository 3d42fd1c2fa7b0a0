"""`check`: finds what is wrong in config, knowledge and phrases, or, asking the platform, with one channel.
Never starts anything."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.clock import SystemClock, local_day, to_local
from bot.commands.common import fail, settings_in_force, store
from bot.messaging import (
    Channel,
    CheckedChannel,
    DeliveryFailure,
    Finding,
    PermanentFailure,
)
from bot.settings import ConfigError, ConfigFile, Settings, read_settings
from knowledge.library import SHIPPED, check_knowledge
from knowledge.model import Level, Problem
from knowledge.problems import sentences
from knowledge.replies import render


def run_check(config: Path | None) -> None:
    here = Path("config.yaml")
    path = config or (here if here.exists() else None)
    problems: list[Problem] = []
    folder = SHIPPED
    try:
        settings, file = read_settings(path)
    except ConfigError as error:
        problems += error.problems
    else:
        folder = settings.knowledge or SHIPPED
        problems += _channel_problems(settings, file)
    for found in check_knowledge(folder, local_day(SystemClock().now())):
        problems.append(replace(found, file=str(_from_here(folder / found.file))))
    for found in problems:
        print(found)
    errors = sum(found.level is Level.ERROR for found in problems)
    print(f"{errors} 处错误，{len(problems) - errors} 处提醒")
    sys.exit(1 if errors else 0)


def run_check_channel(name: str, *, config: Path | None) -> None:
    from bot.app import App
    from bot.conversation.inbox import last_heard
    from knowledge.problems import KnowledgeError

    settings, file = settings_in_force(config)
    if name not in settings.channels:
        fail(f"没有叫“{name}”的渠道。配置里有：{'、'.join(settings.channels)}", status=2)
    with store(settings):
        try:
            app = App(settings, file)
        except (ConfigError, KnowledgeError) as error:
            fail(str(error))
        findings = asyncio.run(_ask(app.channels[name], settings.channels[name].kind))
        findings += _heard(app.run(lambda tx: last_heard(tx, name)))
        app.close()
    for finding in findings:
        what, mend = sentences()[finding.key]
        level = "错误" if finding.is_wrong else "看到"
        print(f"{level}：{render(what, finding.values)}；{render(mend, finding.values)}")
    sys.exit(1 if any(finding.is_wrong for finding in findings) else 0)


async def _ask(channel: Channel, kind: str) -> list[Finding]:
    if not isinstance(channel, CheckedChannel):
        return [Finding("channel_not_asked")]
    try:
        return list(await channel.check())
    except DeliveryFailure as failure:
        return [_refusal(failure, kind.partition("_")[0])]
    finally:
        await channel.close()


def _refusal(failure: DeliveryFailure, platform: str) -> Finding:
    known = f"channel_{platform}_{failure.code}"
    if known in sentences():
        return Finding(known, {"reason": str(failure)}, is_wrong=True)
    is_answer = failure.code is not None or isinstance(failure, PermanentFailure)
    key = "channel_refused" if is_answer else "channel_unreachable"
    return Finding(key, {"reason": str(failure)}, is_wrong=True)


def _heard(moment: datetime | None) -> Sequence[Finding]:
    if moment is None:
        return [Finding("channel_never_heard")]
    return [Finding("channel_heard", {"moment": f"{to_local(moment):%Y-%m-%d %H:%M}"})]


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _channel_problems(settings: Settings, file: ConfigFile) -> list[Problem]:
    from bot.kinds import channel_options

    try:
        channel_options(settings, file)
    except ConfigError as error:
        return error.problems
    return []
