"""请假、换班、值班表."""

from bot.services.roster_changes.service import RosterChanges

__all__ = ["RosterChanges"]
