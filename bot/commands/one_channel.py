"""One configured channel, for the commands that speak to its platform."""

import asyncio
import sys
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bot.app import App
from bot.commands.common import fail, settings_in_force, store
from bot.messaging import Channel, DeliveryFailure, PermanentFailure
from bot.settings import ConfigError
from bot.upkeep import Finding
from knowledge.console import words
from knowledge.problems import KnowledgeError, sentences
from knowledge.replies import render


@dataclass(frozen=True, slots=True)
class OneChannel:
    """`kind` as the configuration names it."""

    app: App
    channel: Channel
    kind: str

    def ask(self, work: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
        """What the platform's answers come to. The channel is closed by it."""
        return asyncio.run(self._ask(work))

    async def _ask(self, work: Awaitable[Sequence[Finding]]) -> Sequence[Finding]:
        try:
            return await work
        except DeliveryFailure as failure:
            return [self._refusal(failure)]
        finally:
            await self.channel.close()

    def _refusal(self, failure: DeliveryFailure) -> Finding:
        known = f"channel_{self.kind.partition('_')[0]}_{failure.code}"
        if known in sentences():
            return Finding(known, {"reason": str(failure)}, is_wrong=True)
        is_answer = failure.code is not None or isinstance(failure, PermanentFailure)
        key = "channel_refused" if is_answer else "channel_unreachable"
        return Finding(key, {"reason": str(failure)}, is_wrong=True)


@contextmanager
def opened(name: str, config: Path | None) -> Iterator[OneChannel]:
    settings, file = settings_in_force(config)
    if name not in settings.channels:
        fail(words("channel.unknown", name=name, known="、".join(settings.channels)), status=2)
    with store(settings):
        try:
            app = App(settings, file)
        except (ConfigError, KnowledgeError) as error:
            fail(str(error))
        try:
            yield OneChannel(app, app.channels[name], settings.channels[name].kind)
        finally:
            app.close()


def cannot(one: OneChannel) -> NoReturn:
    fail(words("channel.cannot", kind=one.kind), status=2)


def report(findings: Sequence[Finding]) -> NoReturn:
    """Print them, and end with 1 where one is wrong."""
    for finding in findings:
        what, mend = sentences()[finding.key]
        print(
            words(
                "channel.finding_wrong" if finding.is_wrong else "channel.finding_seen",
                message=render(what, finding.values),
                mend=render(mend, finding.values),
            )
        )
    sys.exit(1 if any(finding.is_wrong for finding in findings) else 0)
