"""All that can be done to tickets, gathered from the parts it is written in."""

from bot.tickets.desk.asking import Asking
from bot.tickets.desk.handling import Handling
from bot.tickets.desk.helping import Helping
from bot.tickets.desk.joining import Joining
from bot.tickets.desk.ladder import Ladder
from bot.tickets.desk.reporting import Reporting
from bot.tickets.desk.verdicts import Verdicts


class TicketDesk(Handling, Asking, Helping, Ladder, Reporting, Joining, Verdicts):
    """Opens tickets and makes their moves. Refusals are raised as TransitionRefused."""
