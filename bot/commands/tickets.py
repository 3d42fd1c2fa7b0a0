"""`tickets`: reads the store."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import to_local
from bot.commands.common import fail, knowledge_in_force, settings_in_force, store
from bot.community.identity import person_by_id
from bot.outbox.history import passages
from bot.storage.transaction import Transaction
from bot.tickets import queries, whistles
from bot.tickets.models import Ticket, Whistle
from bot.tickets.notices import place_of, subject_of
from knowledge.console import words
from knowledge.model import Knowledge

# Column -> width in characters.
_COLUMNS = {
    "number": 13, "state": 11, "category": 6, "category_name": 16, "urgency": 6, "compound": 10,
    "building": 6, "unit": 6, "room": 8, "place": 20, "text": 50, "owner": 10, "level": 6,
    "created_at": 17, "due_at": 17, "closed_at": 17, "outcome": 30, "resolved": 6, "satisfaction": 10,
}  # fmt: skip
_LONGEST = 30_000  # characters; more does not fit into a cell
_WRAPPED = ("place", "text", "outcome")
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
# Mobile and area-code numbers, however they are grouped; three- to five-digit hotlines belong to everybody.
_PHONE = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?"
    r"(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[-—－ ]?\d{7,8}|[48]00[- ]?\d{3}[- ]?\d{4})(?!\d)"
)


def run_list(*, as_json: bool, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    with store(settings) as database, database.reading(knowledge.community.id) as tx:
        for ticket in queries.every(tx):
            if as_json:
                print(json.dumps(_record(tx, knowledge, ticket), ensure_ascii=False))
            else:
                print(_line(tx, knowledge, ticket))


def run_export(path: Path, *, config: Path | None) -> None:
    from bot.commands.books import save_book
    from knowledge.sheets.workbook import Column, SheetTable

    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    with store(settings) as database, database.reading(knowledge.community.id) as tx:
        rows = [_row(tx, knowledge, ticket) for ticket in queries.every(tx)]
    columns = [
        Column(words(f"tickets.column_{name}"), width, name in _WRAPPED) for name, width in _COLUMNS.items()
    ]
    save_book(path, [SheetTable(words("tickets.sheet"), columns, rows)])
    print(words("tickets.exported", number=len(rows), path=path))


def _row(tx: Transaction, knowledge: Knowledge, ticket: Ticket) -> list[str | datetime | None]:
    """In the order of the columns; moments as local time, which is all that a workbook knows."""
    record = _record(tx, knowledge, ticket)
    place = record["place"]
    category = knowledge.categories.get(ticket.category) if ticket.category else None
    return [
        *(record[key] for key in ("no", "state", "category")),
        category.name if category else None,
        record["urgency"],
        *(place[key] for key in ("compound", "building", "unit", "room")),
        *(_without_phones(text) for text in (ticket.place.text, ticket.text)),
        *(record[key] for key in ("owner", "level")),
        *(_wall_clock(moment) for moment in (ticket.created_at, ticket.due_at, ticket.closed_at)),
        _without_phones(ticket.outcome),
        *(record[key] for key in ("resolved", "satisfaction")),
    ]


def _wall_clock(moment: datetime | None) -> datetime | None:
    return to_local(moment).replace(tzinfo=None, second=0, microsecond=0) if moment else None


def _without_phones(text: str | None) -> str | None:
    """A workbook is handed on to people who must not ring up residents."""
    return _PHONE.sub("***", text.translate(_DIGITS))[:_LONGEST] if text else None


def run_show(number: str, *, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    with store(settings) as database, database.reading(knowledge.community.id) as tx:
        ticket = queries.by_number(tx, number.upper())
        if ticket is None:
            fail(words("tickets.not_found", number=number))
        for key, value in _record(tx, knowledge, ticket).items():
            print(f"{key}: {value if value is not None else ''}")
        print(f"joined: {len(queries.followers(tx, ticket.id))}")
        for call in whistles.of_ticket(tx, ticket.id):
            print(f"whistle: {_call(tx, call)}")
        print("history:")
        lines = [
            (event.at, f"{event.what} {event.to_state} {_name(tx, event.actor_id)} {event.words or ''}")
            for event in queries.history(tx, ticket.id)
        ]
        lines += [
            (
                passage.at,
                f"message {passage.state} {_name(tx, passage.person_id)} "
                f"{passage.channel or '-'} {passage.why or ''}",
            )
            for passage in passages(tx, ticket.id)
        ]
        for at, line in sorted(lines, key=lambda entry: entry[0]):
            print(f"  {_moment(at)} {line}".rstrip())


def _call(tx: Transaction, call: Whistle) -> str:
    """A department called in: by whom, and when it answered and came, each beside when it had to."""
    return (
        f"{call.department} called {_moment(call.called_at)} by {_name(tx, call.caller_id)}; "
        f"answered {_kept(call.answered_at, call.answer_due_at)}; "
        f"arrived {_kept(call.arrived_at, call.arrival_due_at)}"
    )


def _kept(done_at: datetime | None, due_at: datetime) -> str:
    late = " late" if done_at is not None and done_at > due_at else ""
    return f"{_moment(done_at) or '-'}{late} (due {_moment(due_at)})"


def _name(tx: Transaction, person_id: int | None) -> str:
    person = person_by_id(tx, person_id) if person_id is not None else None
    return (person.name if person else None) or "-"


def _line(tx: Transaction, knowledge: Knowledge, ticket: Ticket) -> str:
    owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
    return "  ".join(
        (
            ticket.number,
            knowledge.replies[f"state.{ticket.state}"],
            ticket.urgency,
            place_of(knowledge, ticket),
            subject_of(knowledge, ticket),
            (owner.name if owner else None) or "-",
            _moment(ticket.due_at) or "",
        )
    )


def _record(tx: Transaction, knowledge: Knowledge, ticket: Ticket) -> dict[str, Any]:
    owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
    place = ticket.place
    return {
        "no": ticket.number,
        "state": knowledge.replies[f"state.{ticket.state}"],
        "category": ticket.category,
        "urgency": ticket.urgency,
        "place": {
            "compound": place.compound,
            "building": place.building,
            "unit": place.unit,
            "room": place.room,
            "text": place.text,
        },
        "text": ticket.text,
        "owner": owner.name if owner else None,
        "level": f"L{ticket.level}",
        "created_at": _moment(ticket.created_at),
        "due_at": _moment(ticket.due_at),
        "closed_at": _moment(ticket.closed_at),
        "outcome": ticket.outcome,
        "resolved": knowledge.replies[f"solved.{ticket.solved}"],
        "satisfaction": knowledge.replies[f"satisfaction.{ticket.satisfaction}"],
    }


def _moment(moment: datetime | None) -> str | None:
    return to_local(moment).isoformat(timespec="seconds") if moment else None
