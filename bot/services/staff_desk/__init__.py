"""工作人员的短词."""

from bot.services.staff_desk.service import StaffDesk

__all__ = ["StaffDesk"]
