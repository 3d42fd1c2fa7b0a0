"""The demo is opened by people who want to see a push arrive, at whatever hour."""

from datetime import datetime, time

import pytest

from bot.clock import from_local
from bot.commands.serve import by_day
from knowledge.model import QuietHours

QUIET = QuietHours(time(20), time(8))


@pytest.mark.parametrize(
    ("now", "opens_at"),
    [
        (datetime(2026, 11, 23, 7, 59), datetime(2026, 11, 23, 8)),
        (datetime(2026, 11, 23, 8), datetime(2026, 11, 23, 8)),
        (datetime(2026, 11, 23, 19, 59), datetime(2026, 11, 23, 19, 59)),
        (datetime(2026, 11, 23, 20), datetime(2026, 11, 24, 8)),
        (datetime(2026, 11, 23, 23, 30), datetime(2026, 11, 24, 8)),
    ],
)
def test_the_demo_opens_by_day(now: datetime, opens_at: datetime) -> None:
    assert by_day(from_local(now), QUIET) == from_local(opens_at)
