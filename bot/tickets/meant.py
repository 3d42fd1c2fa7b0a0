"""Which of several tickets a resident speaks of: by its number, else by words that fit no other."""

import re
from collections.abc import Sequence

from bot.tickets.models import Ticket
from intents.normalise import fold
from intents.staff_words import find_ticket_number
from knowledge.model import Knowledge

_NUMBER = re.compile(r"[a-z]\s?[0-9]{4}\s?-?\s?[0-9]{4,6}")


def spoken_of(knowledge: Knowledge, tickets: Sequence[Ticket], text: str) -> list[Ticket]:
    """Those the text can be about; all of them where it does not tell them apart."""
    number = find_ticket_number(text)
    if number is not None:
        return [ticket for ticket in tickets if ticket.number == number]
    said = set(text)
    names = {ticket.id: _characters(knowledge, ticket) & said for ticket in tickets}
    common = set.intersection(*names.values()) if len(names) > 1 else set()
    telling = [ticket for ticket in tickets if names[ticket.id] - common]
    return telling if len(telling) == 1 else list(tickets)


def without_number(text: str) -> str:
    """What is said besides the number of a ticket."""
    return _NUMBER.sub(" ", fold(text)).strip()


def _characters(knowledge: Knowledge, ticket: Ticket) -> set[str]:
    category = knowledge.categories.get(ticket.category) if ticket.category else None
    return set(category.short + category.name if category is not None else ticket.text)
