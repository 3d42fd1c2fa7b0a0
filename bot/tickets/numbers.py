"""How tickets are numbered: a letter of the community, the month, and a serial that begins anew with it."""

from datetime import datetime

from bot.clock import to_local
from knowledge.model import Community


def month_of(now: datetime) -> str:
    """“2611” for November 2026."""
    return f"{to_local(now):%y%m}"


def this_months_number(community: Community, serial: int, now: datetime) -> str:
    """“A2611-0042” for the 42nd ticket of this month."""
    return f"{community.ticket_letter}{month_of(now)}-{serial:04d}"
