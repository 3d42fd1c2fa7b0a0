"""A message in several parts goes on where it broke off, in whichever process."""

from datetime import UTC, datetime

import pytest

from bot.channels.progress import Progress
from bot.clock import MovableClock
from bot.messaging import TemporaryFailure
from tests.channels.wechat.notebook import MemoryNotebook

pytestmark = pytest.mark.anyio


async def test_what_went_out_is_not_sent_again() -> None:
    clock = MovableClock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
    notebook = MemoryNotebook(clock)
    sent: list[tuple[str, int]] = []

    async def send_part(part: str, number: int) -> None:
        if part == "丙" and len(sent) == 2:
            sent.append(("(failed)", number))
            raise TemporaryFailure("busy")
        sent.append((part, number))

    with pytest.raises(TemporaryFailure):
        await Progress(notebook, clock).send(7, ["甲", "乙", "丙", "丁"], send_part)
    await Progress(notebook, clock).send(7, ["甲", "乙", "丙", "丁"], send_part)
    await Progress(notebook, clock).send(8, ["另一条"], send_part)

    assert sent == [("甲", 1), ("乙", 2), ("(failed)", 3), ("丙", 3), ("丁", 4), ("另一条", 1)]
