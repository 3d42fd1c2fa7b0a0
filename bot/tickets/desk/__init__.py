"""The only way to change a ticket: check the rule, make the change, append the event, promise the notices."""

from bot.tickets.desk.desk import TicketDesk

__all__ = ["TicketDesk"]
