"""Rows of the tickets table as tickets."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Row

from bot.tickets.lifecycle import TicketState
from bot.tickets.models import Kind, Place, Satisfaction, Solved, Ticket


def tickets_of(rows: Sequence[Row[Any]]) -> list[Ticket]:
    return [_ticket(row) for row in rows]


def ticket_of(row: Row[Any] | None) -> Ticket | None:
    return None if row is None else _ticket(row)


def ticket_and(row: Row[Any], label: str) -> tuple[Ticket, Any]:
    """The ticket of a row that has one column more, and that column."""
    columns = row._asdict()
    besides = columns.pop(label)
    return _made_of(columns), besides


def _ticket(row: Row[Any]) -> Ticket:
    return _made_of(row._asdict())


def _made_of(columns: dict[str, Any]) -> Ticket:
    place = Place(
        columns.pop("compound"),
        columns.pop("building"),
        columns.pop("unit"),
        columns.pop("room"),
        columns.pop("place_text"),
    )
    del columns["tenant"]
    columns["kind"] = Kind(columns["kind"])
    columns["state"] = TicketState(columns["state"])
    columns["solved"] = Solved(columns["solved"])
    columns["satisfaction"] = Satisfaction(columns["satisfaction"])
    columns["photos"] = tuple(columns["photos"])
    return Ticket(place=place, **columns)
