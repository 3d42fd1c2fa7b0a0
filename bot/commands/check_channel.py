"""`check --channel`: asks a platform whether the settings are right, and looks when it last called."""

from datetime import datetime
from pathlib import Path

from bot.clock import to_local
from bot.commands.one_channel import opened, report
from bot.conversation.inbox import last_heard
from bot.upkeep import CheckedChannel, Finding


def run_check_channel(name: str, *, config: Path | None) -> None:
    with opened(name, config) as one:
        channel = one.channel
        if isinstance(channel, CheckedChannel):
            findings = one.ask(channel.check())
        else:
            findings = [Finding("channel_not_asked")]
        heard = one.app.run(lambda tx: last_heard(tx, name))
    report([*findings, _heard(heard)])


def _heard(moment: datetime | None) -> Finding:
    if moment is None:
        return Finding("channel_never_heard")
    return Finding("channel_heard", {"moment": f"{to_local(moment):%Y-%m-%d %H:%M}"})
