"""What every part of the desk stands on: the rules in force, who is who, and the one way to make a move."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.community import directory
from bot.community.identity import person_by_id
from bot.community.models import Person
from bot.community.speech import sentence
from bot.outbox.models import Purpose
from bot.storage.transaction import Transaction
from bot.tickets import co_owners, ledger, outages, queries, whistles
from bot.tickets.clocks import Clocks
from bot.tickets.duty import Duty
from bot.tickets.escalation import LEVEL_ROLES, Level
from bot.tickets.lifecycle import (
    TABLE,
    Actor,
    Move,
    Party,
    RefusalReason,
    TicketState,
    TransitionRefused,
    next_state,
)
from bot.tickets.models import Kind, Ticket
from bot.tickets.notices import tell_residents, tell_staff
from bot.tickets.overtaken import forget
from bot.tickets.working_time import Calendars, WorkCalendar
from knowledge.model import Knowledge, RoleName, StaffMember

# It is done, or will not be.
_ENDS = frozenset({TicketState.RESOLVED, TicketState.CLOSED, TicketState.DECLINED})
_SENDS_UP = frozenset({Move.ESCALATE, Move.WHISTLE})
_RECOUNTED = frozenset({Move.EXTEND, Move.RESUME, Move.COMPLETE_INFO})  # what moves the promised times
_ASSIGNED = {
    Kind.REQUEST: "notice.assigned",
    Kind.CONSULTATION: "notice.assigned_consultation",
    Kind.WISH: "notice.assigned_wish",
    Kind.TOPIC: "notice.assigned_topic",
    Kind.MEDIATION: "notice.assigned_mediation",
}
NOTHING: Mapping[str, str] = {}


def _purpose(before: Ticket, after: Ticket, move: Move, by: Person | None) -> Purpose:
    """Why residents are told of a move.

    That it came to an end they hear whatever they have heard before; that the end was confirmed, or that
    nobody answered, where a message is left over for it. Who sends it up tells them so, and that is passed on
    like a reply; what climbs by the clock is a notice.
    """
    if after.state in _ENDS and before.state not in _ENDS:
        return Purpose.CLOSING
    is_sent_up = move in _SENDS_UP and after.level > before.level
    return Purpose.RELAY if is_sent_up and by is not None else Purpose.NOTICE


class Office:
    def __init__(
        self,
        *,
        knowledge: Callable[[], Knowledge],
        calendars: Callable[[], Calendars],
        is_answered_elsewhere: Callable[[str], bool],
        photo_link: Callable[[str, datetime], str | None],
        named_channels: tuple[str, ...] = (),
    ) -> None:
        """`is_answered_elsewhere`: whether a channel is only read, so that staff answer on its own pages.
        `photo_link`: where the staff can look at a photo for a while; None where they cannot.
        `named_channels`: where a group is called by its name (sandbox, dialogue files)."""
        self._knowledge = knowledge
        self._calendars = calendars
        self._is_answered_elsewhere = is_answered_elsewhere
        self._photo_link = photo_link
        self._named_channels = named_channels
        self.duty = Duty(knowledge, calendars)
        self.clocks = Clocks(knowledge, calendars)

    # -- the one way to make a move -----------------------------------------------------------------

    def _step(
        self,
        tx: Transaction,
        ticket: Ticket,
        move: Move,
        actor: Actor,
        *,
        by: Person | None,
        now: datetime,
        words: str = "",
        told: Mapping[str, str] = NOTHING,
        key: str | None = None,
        occasion: str | None = None,
        **changes: Any,
    ) -> Ticket:
        """Make a move of the table, note it, and tell everybody whom its row names. Raises TransitionRefused.

        `told` fills the sentences' placeholders besides the facts of the ticket; `owner` is whoever acts,
        `words` and `reason` what they said. `key` is said to the owner instead of the table's sentence;
        `occasion` makes a repeated notice harmless.
        """
        next_state(ticket.state, move, actor)
        tells = TABLE[ticket.state, move].tells
        moved = ledger.move(
            tx, ticket, move, actor, by=by.id if by else None, words=words, now=now, **changes
        )
        if move in _RECOUNTED:
            moved = ledger.change(tx, moved, **ledger.due_columns(self.clocks.recounted(tx, moved)))
        values = {"owner": (by.name if by else None) or "", "words": words, "reason": words, **told}
        purpose = _purpose(ticket, moved, move, by)
        for party, sentence_key in tells.items():
            spoken = key if key is not None and party is Party.OWNER else sentence_key
            self._tell(
                tx, moved, party, spoken, move,
                by=by, now=now, occasion=occasion, values=values, purpose=purpose,
            )  # fmt: skip
        if moved.state in _ENDS:
            outages.announce_end(tx, self._knowledge(), moved, now, named_channels=self._named_channels)
        return moved

    def _tell(
        self,
        tx: Transaction,
        ticket: Ticket,
        party: Party,
        key: str,
        move: Move | None = None,
        *,
        by: Person | None = None,
        now: datetime,
        values: Mapping[str, str] = NOTHING,
        after: str = "",
        occasion: str | None = None,
        purpose: Purpose = Purpose.NOTICE,
    ) -> None:
        """One party hears one sentence; whoever acts is not told. `purpose`: why residents are told it."""
        knowledge = self._knowledge()
        if party is Party.RESIDENTS:
            tell_residents(
                tx, knowledge, key, ticket,
                now=now, purpose=purpose, besides=by.id if by else None,
                occasion=occasion, **values,
            )  # fmt: skip
            return
        if move in (Move.ASSIGN, Move.TRANSFER):
            values = {**values, "contact": self._contact(tx, ticket)}
            after = self._pictures(ticket.photos, now)
        if key == "notice.assigned":
            key = "notice.assigned_urgent" if ticket.is_urgent else _ASSIGNED[ticket.kind]
        # Somebody who waits for a person is being talked with: their lines are no single pushes.
        is_talk = ticket.kind is Kind.CONSULTATION and move in (Move.SUPPLEMENT, Move.URGE)
        purpose = Purpose.RELAY if is_talk else Purpose.NOTICE
        for name in self._names(tx, ticket, party, now, by_the_clock=by is None):
            if by is None or name != by.staff_name:
                tell_staff(
                    tx, knowledge, name, key, ticket,
                    now=now, occasion=occasion, purpose=purpose, after=after, **values,
                )  # fmt: skip

    def _names(
        self, tx: Transaction, ticket: Ticket, party: Party, now: datetime, *, by_the_clock: bool
    ) -> list[str]:
        """Who a party among the staff is now."""
        people: list[int | None] = []
        if party is Party.CO_OWNERS:
            people += co_owners.of_ticket(tx, ticket.id)
        elif party is Party.DEPARTMENT:
            people.append(whistles.of_ticket(tx, ticket.id)[-1].contact_id)
        elif party is Party.OWNER and ticket.owner_id is not None:
            people.append(ticket.owner_id)
        elif party is Party.RUNG:
            return self._on_rung(tx, Level(ticket.level), now, by_the_clock=by_the_clock)
        else:
            dispatcher = self.duty.dispatcher(tx, now)
            return [dispatcher] if dispatcher is not None else []
        found = [person_by_id(tx, person) for person in people if person is not None]
        return [person.staff_name for person in found if person is not None and person.staff_name]

    def _on_rung(self, tx: Transaction, level: Level, now: datetime, *, by_the_clock: bool) -> list[str]:
        """Who stands on a rung, and the secretary; she hears of what is late before it climbs."""
        roles = {RoleName.SECRETARY, LEVEL_ROLES[level]} - ({RoleName.SECRETARY} if by_the_clock else set())
        here = self.duty.presence(tx, now)
        return [name for role in sorted(roles) if (name := here.holder(role)) is not None]

    def _let_go(self, tx: Transaction, ticket: Ticket, person_id: int) -> None:
        """Somebody who joined is not of it any more: they hear nothing of it, not even what waits already."""
        ledger.stop_following(tx, ticket, person_id)
        forget(tx, ticket.id, person_id, None)

    # -- who somebody is to a ticket ------------------------------------------------------------------

    def actor_of(self, tx: Transaction, ticket: Ticket, person: Person, now: datetime) -> Actor:
        """In which capacity one of the staff acts on this ticket. Raises TransitionRefused for a stranger."""
        if person.id == ticket.owner_id:
            return Actor.ASSIGNEE
        member = self.duty.presence(tx, now).acting(person.staff_name)
        at_desk = _at_desk(ticket, member) if member is not None else None
        if at_desk is not None:
            return at_desk
        if person.id in co_owners.of_ticket(tx, ticket.id):
            return Actor.CO_OWNER
        if person.id in (ticket.reporter_id, ticket.operator_id):
            return Actor.REPORTER
        if not directory.may_work_tickets(member):
            return Actor.FOLLOWER
        raise TransitionRefused(RefusalReason.NOT_YOURS)

    def _resident(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Actor:
        """The same for what residents do: one of the staff who joined is one of them."""
        if by.id in (ticket.reporter_id, ticket.operator_id):
            return Actor.REPORTER
        if by.id in queries.followers(tx, ticket.id):
            return Actor.FOLLOWER
        return self.actor_of(tx, ticket, by, now)

    # -- what is known --------------------------------------------------------------------------------

    def owner_name(self, tx: Transaction, ticket: Ticket) -> str | None:
        owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
        return owner.name if owner else None

    def is_office_time(self, now: datetime) -> bool:
        return self._calendars().community.next_working_moment(now) == now

    def opening_from(self, ticket: Ticket, moment: datetime) -> datetime:
        """The opening of the day that begins at this moment, or of the next one that is worked there."""
        return self._calendar(ticket).next_working_moment(moment)

    def _calendar(self, ticket: Ticket) -> WorkCalendar:
        return self._calendars().at(ticket.place.compound)

    def _pictures(self, photos: Sequence[str], now: datetime) -> str:
        """Where to look at them, in lines of their own, for whoever has the matter in hand."""
        if not photos:
            return ""
        links = [link for name in photos if (link := self._photo_link(name, now)) is not None]
        key = "notice.photos" if links else "notice.photos_without_link"
        return "\n" + sentence(self._knowledge(), key, {"count": len(photos), "links": "\n".join(links)})

    def _contact(self, tx: Transaction, ticket: Ticket) -> str:
        """Name and phone of the reporter, for whoever has to get in touch with them."""
        reporter = person_by_id(tx, ticket.reporter_id) if ticket.reporter_id is not None else None
        anonymous = self._knowledge().replies["notice.anonymous"]
        known = (reporter.name or anonymous, reporter.phone) if reporter else (anonymous,)
        contact = " ".join(part for part in known if part)
        if ticket.operator_id not in (None, ticket.reporter_id) and ticket.operator_id is not None:
            operator = person_by_id(tx, ticket.operator_id)
            values = {"contact": contact, "name": (operator.name if operator else None) or anonymous}
            contact = sentence(self._knowledge(), "notice.entered_by", values)
        if self._is_answered_elsewhere(ticket.channel):
            return sentence(self._knowledge(), "notice.answered_elsewhere", {"contact": contact})
        return contact


def _at_desk(ticket: Ticket, member: StaffMember) -> Actor | None:
    """Secretary, dispatcher, and the subdistrict from its own rung on."""
    if directory.is_secretary(member):
        return Actor.SECRETARY
    if directory.is_desk(member):
        return Actor.DISPATCHER
    return Actor.SECRETARY if directory.is_subdistrict(member) and ticket.level >= Level.L3 else None
