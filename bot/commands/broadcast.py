"""`broadcast`: messages to 客户群. Nothing reaches a group before its owner presses “send” in WeCom."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bot.commands.common import fail
from bot.commands.one_channel import cannot, opened, report
from bot.upkeep import BroadcastingChannel, Finding
from knowledge.console import words

Work = Callable[[BroadcastingChannel], Awaitable[Sequence[Finding]]]


def run_create(name: str, text: str, *, owner: str, groups: Sequence[str], config: Path | None) -> None:
    try:
        _run(name, lambda channel: channel.prepare_broadcast(owner, text, groups), config)
    except ValueError:
        fail(words("broadcast.refused"), status=2)


def run_remind(name: str, task: str, *, config: Path | None) -> None:
    _run(name, lambda channel: channel.remind_of_broadcast(task), config)


def run_result(name: str, task: str, *, config: Path | None) -> None:
    _run(name, lambda channel: channel.broadcast_result(task), config)


def _run(name: str, work: Work, config: Path | None) -> None:
    with opened(name, config) as one:
        if not isinstance(one.channel, BroadcastingChannel):
            cannot(one)
        findings = one.ask(work(one.channel))
    report(findings)
