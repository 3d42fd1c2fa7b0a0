"""The only way to change a ticket: check the rule, make the change, append the event, promise the notices."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam

from bot.clock import local_day, to_local
from bot.community import directory
from bot.community.identity import person_by_id, staff_person
from bot.community.models import Person
from bot.community.speech import sentence
from bot.messaging import Button
from bot.outbox.models import Purpose
from bot.storage.transaction import Transaction
from bot.tickets import ledger, queries
from bot.tickets.clocks import Clocks
from bot.tickets.duty import Duty
from bot.tickets.escalation import LEVEL_ROLES, Level, raised
from bot.tickets.lifecycle import (
    COMMUNITY_EXTENSION,
    Actor,
    Intervention,
    Move,
    RefusalReason,
    TicketState,
    TransitionRefused,
    check_extension,
    check_intervention,
    check_on_spot,
    check_reopening,
    handle_return,
    is_open,
)
from bot.tickets.models import (
    Draft,
    Kind,
    Place,
    Satisfaction,
    Solved,
    Ticket,
    ticket_followers,
    tickets,
)
from bot.tickets.notices import tell_residents, tell_staff
from bot.tickets.working_time import Calendars
from knowledge.model import Knowledge, RoleName

JOIN_WINDOW = timedelta(hours=72)
"""How recent an open ticket about the same place and category must be for others to join it."""

_ASSIGNED = {
    Kind.REQUEST: "notice.assigned",
    Kind.CONSULTATION: "notice.assigned_consultation",
    Kind.WISH: "notice.assigned_wish",
    Kind.TOPIC: "notice.assigned_topic",
    Kind.MEDIATION: "notice.assigned_mediation",
}

_SECOND_ROUND = 2
_DESK = (Actor.DISPATCHER, Actor.SECRETARY)

_THIS_TICKET = and_(tickets.c.tenant == bindparam("of_tenant"), tickets.c.id == bindparam("of_id"))


class TicketDesk:
    """Opens tickets and makes their moves. Refusals are raised as TransitionRefused."""

    def __init__(
        self,
        *,
        knowledge: Callable[[], Knowledge],
        calendars: Callable[[], Calendars],
        is_answered_elsewhere: Callable[[str], bool],
        photo_link: Callable[[str, datetime], str | None],
    ) -> None:
        """`is_answered_elsewhere`: whether a channel is only read, so that staff answer on its own pages.
        `photo_link`: where the staff can look at a photo for a while; None where they cannot."""
        self._knowledge = knowledge
        self._calendars = calendars
        self._is_answered_elsewhere = is_answered_elsewhere
        self._photo_link = photo_link
        self.duty = Duty(knowledge, calendars)
        self.clocks = Clocks(knowledge, calendars)

    # -- opening ------------------------------------------------------------------------------

    def open(self, tx: Transaction, draft: Draft, now: datetime) -> Ticket:
        """File a matter, find who is responsible, and push it to them."""
        ticket = self._file(tx, draft, now)
        return self._dispatch(tx, ticket, now)

    def close_on_spot(self, tx: Transaction, draft: Draft, by: Person, outcome: str, now: datetime) -> Ticket:
        """Open and close in one message (L0)."""
        check_on_spot(draft.urgency)
        ticket = self._file(tx, draft, now, owner_id=by.id)
        return ledger.move(
            tx, ticket, Move.CLOSE_ON_SPOT, Actor.ASSIGNEE, by=by.id, words=outcome, now=now,
            level=0, outcome=outcome, resolved_at=now, closed_at=now,
        )  # fmt: skip

    def _file(self, tx: Transaction, draft: Draft, now: datetime, *, owner_id: int | None = None) -> Ticket:
        month = f"{to_local(now):%y%m}"
        serial = queries.next_serial(tx, month)
        number = f"{self._knowledge().community.ticket_letter}{month}-{serial:04d}"
        due = self.clocks.of_report(draft.kind, draft.category, draft.urgency, draft.place, now)
        return ledger.add(tx, draft, number=number, due=due, now=now, owner_id=owner_id)

    def _dispatch(self, tx: Transaction, ticket: Ticket, now: datetime) -> Ticket:
        """Name the owner. Where nobody serves the place the dispatcher owns it meanwhile; what says too
        little of its place or its category waits in the dispatcher's queue."""
        owner = self.duty.owner_of(tx, ticket, now)
        if isinstance(owner, str):
            return self._assign(tx, ticket, owner, Actor.SYSTEM, by=None, now=now, move=Move.ASSIGN)
        dispatcher = self.duty.dispatcher(tx, now)
        if dispatcher is not None and owner.is_gap:
            return self._assign(
                tx, ticket, dispatcher, Actor.SYSTEM, by=None, now=now, move=Move.ASSIGN, key="notice.gap"
            )
        tell_staff(
            tx, self._knowledge(), dispatcher, "notice.unowned", ticket, now=now,
            contact=self._contact(tx, ticket), after=self._pictures(ticket.photos, now),
        )  # fmt: skip
        return ticket

    def owner_name(self, tx: Transaction, ticket: Ticket) -> str | None:
        owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
        return owner.name if owner else None

    def is_office_time(self, now: datetime) -> bool:
        return self._calendars().community.next_working_moment(now) == now

    def _assign(
        self,
        tx: Transaction,
        ticket: Ticket,
        name: str,
        actor: Actor,
        *,
        by: int | None,
        now: datetime,
        move: Move,
        key: str | None = None,
        words: str = "",
    ) -> Ticket:
        owner = staff_person(tx, name)
        assert owner is not None, "every name of people.yaml is a person in the store"
        ticket = ledger.move(
            tx, ticket, move, actor, by=by, words=f"{name} {words}".strip(), now=now, owner_id=owner.id
        )
        key = key or ("notice.assigned_urgent" if ticket.is_urgent else _ASSIGNED[ticket.kind])
        tell_staff(
            tx, self._knowledge(), name, key, ticket, now=now,
            contact=self._contact(tx, ticket), after=self._pictures(ticket.photos, now),
        )  # fmt: skip
        return ticket

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
        if reporter is None:
            return anonymous
        contact = " ".join(part for part in (reporter.name or anonymous, reporter.phone) if part)
        if self._is_answered_elsewhere(ticket.channel):
            return sentence(self._knowledge(), "notice.answered_elsewhere", {"contact": contact})
        return contact

    # -- what the owner does --------------------------------------------------------------------

    def take(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """收到: the owner has it in hand; the resident hears who."""
        ticket = ledger.move(
            tx, ticket, Move.TAKE, self.actor_of(ticket, by, now), by=by.id, now=now, accepted_at=now
        )
        tell_residents(tx, self._knowledge(), "notice.taken", ticket, now=now, owner=by.name or "")
        return ticket

    def claim(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """The desk keeps a ticket that waits for an owner; any other ticket stays as it is."""
        if ticket.state not in (TicketState.SUBMITTED, TicketState.ACCEPTED):
            return ticket
        actor = self.actor_of(ticket, by, now)
        if actor not in _DESK:
            return ticket
        return ledger.move(
            tx, ticket, Move.ASSIGN, actor, by=by.id, words=by.name or "", now=now, owner_id=by.id
        )

    def take_over(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """收到 from somebody further down the duty order, about an urgent ticket nobody has picked up."""
        if by.staff_name is None or by.staff_name not in self.duty.order(tx, ticket, now):
            raise TransitionRefused(RefusalReason.NOT_YOURS)
        ticket = ledger.move(
            tx, ticket, Move.TRANSFER, Actor.ASSIGNEE, by=by.id, words=by.staff_name, now=now, owner_id=by.id
        )
        return self.take(tx, ticket, by, now)

    def transfer(self, tx: Transaction, ticket: Ticket, by: Person, to: str, now: datetime) -> Ticket:
        """转: hand it over to another of the staff; a ticket nobody owns is given out the same way.

        The resident hears who has it when that person says 收到, not at every turn it takes on the way.
        """
        in_queue = ticket.state in (TicketState.SUBMITTED, TicketState.ACCEPTED)
        move = Move.ASSIGN if in_queue else Move.TRANSFER
        return self._assign(tx, ticket, to, self.actor_of(ticket, by, now), by=by.id, now=now, move=move)

    def give_back(self, tx: Transaction, ticket: Ticket, by: Person, reason: str, now: datetime) -> Ticket:
        """退: back to the dispatcher with a reason; twice at most."""
        handle_return(ticket.returns)
        knowledge = self._knowledge()
        ticket = ledger.move(
            tx, ticket, Move.RETURN, self.actor_of(ticket, by, now), by=by.id, words=reason, now=now,
            owner_id=None, returns=ticket.returns + 1, accepted_at=None,
        )  # fmt: skip
        dispatcher = self.duty.dispatcher(tx, now)
        tell_staff(
            tx, knowledge, dispatcher, "notice.returned", ticket, now=now, reason=reason, owner=by.name or ""
        )
        return ticket

    def extend(
        self, tx: Transaction, ticket: Ticket, by: Person, days: int, reason: str, now: datetime
    ) -> Ticket:
        """延: more working days, once and before it is due; the resident hears why."""
        check_intervention(ticket.state, Intervention.EXTEND, self.actor_of(ticket, by, now))
        check_extension(
            working_days=days,
            most_days=COMMUNITY_EXTENSION,
            extended_before=ticket.extended,
            due_at=ticket.due_at,
            now=now,
        )
        ledger.note(tx, ticket, Intervention.EXTEND, by=by.id, now=now, words=f"{days} {reason}".strip())
        due = self.clocks.recounted(tx, ticket)
        ticket = ledger.change(tx, ticket, extended=True, **ledger.due_columns(due))
        tell_residents(tx, self._knowledge(), "notice.extended", ticket, now=now, reason=reason)
        return ticket

    def resolve(self, tx: Transaction, ticket: Ticket, by: Person, outcome: str, now: datetime) -> Ticket:
        """好了: done, with what was done; everybody concerned is asked once whether it is solved."""
        knowledge = self._knowledge()
        ticket = ledger.move(
            tx, ticket, Move.RESOLVE, self.actor_of(ticket, by, now), by=by.id, words=outcome, now=now,
            outcome=outcome, resolved_at=now,
        )  # fmt: skip
        self._ask_whether_solved(tx, knowledge, ticket, now, occasion=f"round{ticket.round}")
        return ticket

    def _ask_whether_solved(
        self, tx: Transaction, knowledge: Knowledge, ticket: Ticket, now: datetime, *, occasion: str
    ) -> None:
        labels = [knowledge.replies[key] for key in ("rating.button_solved", "rating.button_unsolved")]
        buttons = [Button(label, label) for label in labels]
        tell_residents(
            tx,
            knowledge,
            "notice.resolved",
            ticket,
            now=now,
            closing=True,
            buttons=buttons,
            occasion=occasion,
        )

    def escalate(
        self, tx: Transaction, ticket: Ticket, by: Person | None, reason: str, now: datetime
    ) -> Ticket:
        """报上去: one level up; the community secretary hears, and so does the resident."""
        knowledge = self._knowledge()
        actor = self.actor_of(ticket, by, now) if by else Actor.SYSTEM
        check_intervention(ticket.state, Intervention.ESCALATE, actor)
        ticket = ledger.change(tx, ticket, level=raised(Level(ticket.level)))
        ledger.note(tx, ticket, Intervention.ESCALATE, by=by.id if by else None, now=now, words=reason)
        owner = (by.name if by else None) or ""
        for name in self._on_rung(ticket.level, now):
            if by is None or name != by.staff_name:
                tell_staff(
                    tx, knowledge, name, "notice.escalated", ticket, now=now, reason=reason, owner=owner
                )
        tell_residents(tx, knowledge, "notice.escalated_resident", ticket, now=now)
        return ticket

    def _on_rung(self, level: int, now: datetime) -> list[str]:
        """Who hears of a ticket sent up to this level: whoever stands there, and the secretary."""
        roles = dict.fromkeys((RoleName.SECRETARY, LEVEL_ROLES[Level(level)]))
        knowledge, today = self._knowledge(), local_day(now)
        found = (directory.with_role(knowledge, role, today) for role in roles)
        return [members[0].name for members in found if members]

    def speak(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> None:
        """回复: a word to the residents concerned, through the bot."""
        self.actor_of(ticket, by, now)
        ledger.note(tx, ticket, "contact", by=by.id, now=now, words=words)
        tell_residents(
            tx,
            self._knowledge(),
            "notice.reply",
            ticket,
            now=now,
            closing=True,
            owner=by.name or "",
            words=words,
        )

    # -- what the resident does -----------------------------------------------------------------

    def confirm(
        self, tx: Transaction, ticket: Ticket, by: Person, satisfaction: Satisfaction, now: datetime
    ) -> Ticket:
        """“修好了”: closed, solved, with the resident's own rating or none."""
        actor = self._resident(tx, ticket, by, now)
        if actor is Actor.FOLLOWER:  # somebody who joined may say so for all; the reporter can still reopen
            actor = Actor.REPORTER
        return ledger.move(
            tx, ticket, Move.CONFIRM, actor, by=by.id, now=now,
            closed_at=now, solved=Solved.YES, satisfaction=satisfaction,
        )  # fmt: skip

    def confirm_mended(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """Mended by itself or by somebody else: the owner need not come any more."""
        closed = self.confirm(tx, ticket, by, Satisfaction.UNRATED, now)
        self._tell_owner_or_dispatcher(tx, closed, "notice.mended", now)
        return closed

    def answer_late(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """“解决了” about a matter that was closed because nobody had answered."""
        ticket = ledger.change(tx, ticket, solved=Solved.YES)
        ledger.note(tx, ticket, "answer_late", by=by.id, now=now)
        return ticket

    def rate(
        self, tx: Transaction, ticket: Ticket, by: Person, satisfaction: Satisfaction, now: datetime
    ) -> Ticket:
        """A rating given after closing; one per round."""
        ticket = ledger.change(tx, ticket, satisfaction=satisfaction)
        ledger.note(tx, ticket, "rate", by=by.id, now=now, words=satisfaction)
        return ticket

    def reopen(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> Ticket:
        """“没修好”: a second round, in half the time and one level higher."""
        check_reopening(ticket.closed_at, now)
        knowledge = self._knowledge()
        due = self.clocks.of_next_round(ticket, now)
        ticket = ledger.move(
            tx, ticket, Move.REOPEN, self._resident(tx, ticket, by, now), by=by.id, words=words, now=now,
            solved=Solved.NO, satisfaction=Satisfaction.UNRATED, closed_at=None, resolved_at=None,
            round=ticket.round + 1, round_started_at=now, level=raised(Level(ticket.level)),
            extended=False, **ledger.due_columns(due),
        )  # fmt: skip
        owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
        name = owner.staff_name if owner else None
        tell_staff(tx, knowledge, name, "notice.reopened", ticket, now=now, words=words)
        if ticket.round > _SECOND_ROUND:
            secretary = directory.secretary(knowledge, local_day(now))
            to = secretary.name if secretary else None
            tell_staff(
                tx, knowledge, to, "notice.reopened_again", ticket, now=now, words=words, owner=name or ""
            )
        return ticket

    def withdraw(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """撤回: ends the matter, unless others have joined it; then it goes on in the name of the first."""
        actor = self._resident(tx, ticket, by, now)
        if actor is Actor.FOLLOWER and is_open(ticket.state):
            ledger.note(tx, ticket, "leave", by=by.id, now=now)
            ledger.stop_following(tx, ticket, by.id)
            return ticket
        others = [person for person in queries.followers(tx, ticket.id) if person != by.id]
        if others and actor is Actor.REPORTER:
            ledger.note(tx, ticket, "leave", by=by.id, now=now)
            ledger.stop_following(tx, ticket, others[0])
            return ledger.change(tx, ticket, reporter_id=others[0])
        ticket = ledger.move(tx, ticket, Move.WITHDRAW, actor, by=by.id, now=now)
        owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
        name = owner.staff_name if owner else None
        tell_staff(tx, self._knowledge(), name, "notice.withdrawn", ticket, now=now)
        return ticket

    def urge(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> None:
        check_intervention(ticket.state, Intervention.URGE, self._resident(tx, ticket, by, now))
        ledger.note(tx, ticket, Intervention.URGE, by=by.id, now=now)
        # However often a resident asks within a day, the owner hears of it once.
        self._tell_owner_or_dispatcher(tx, ticket, "notice.urged", now, occasion=f"{by.id}/{local_day(now)}")

    def supplement(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> None:
        """Something to add: noted, and passed to whoever has it in hand."""
        check_intervention(ticket.state, Intervention.SUPPLEMENT, self._resident(tx, ticket, by, now))
        ledger.note(tx, ticket, Intervention.SUPPLEMENT, by=by.id, now=now, words=words)
        self._tell_owner_or_dispatcher(tx, ticket, "notice.supplemented", now, words=words)

    def add_photos(
        self, tx: Transaction, ticket: Ticket, by: Person, photos: tuple[str, ...], now: datetime
    ) -> None:
        """Pictures that came after the words; whoever has the matter in hand gets to see them."""
        ledger.change(tx, ticket, photos=[*ticket.photos, *photos])
        ledger.note(tx, ticket, Intervention.SUPPLEMENT, by=by.id, now=now, words=" ".join(photos))
        self._tell_owner_or_dispatcher(
            tx, ticket, "notice.photos_added", now, after=self._pictures(photos, now)
        )

    def join(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> None:
        """附议: one more resident with the same matter; hears of every step from now on."""
        is_new = tx.add_if_new(
            ticket_followers, ticket_id=ticket.id, person_id=by.id, joined_at=now, words=words
        )
        if is_new:
            ledger.note(tx, ticket, "join", by=by.id, now=now, words=words)
        if ticket.is_urgent:  # one more pair of eyes: what they see may change what is brought along
            self._tell_owner_or_dispatcher(tx, ticket, "notice.supplemented", now, words=words)

    def move_place(self, tx: Transaction, ticket: Ticket, by: Person, place: Place, now: datetime) -> Ticket:
        """Put the place right; where another worker is responsible there, the ticket goes to them."""
        before = ticket.owner_id
        ticket = ledger.change(
            tx, ticket, compound=place.compound, building=place.building, unit=place.unit,
            room=place.room, place_text=place.text,
        )  # fmt: skip
        ticket = replace(ticket, place=place)
        ledger.note(tx, ticket, "correct_place", by=by.id, now=now, words=place.text)
        knowledge = self._knowledge()
        name = self.duty.owner_of(tx, ticket, now)
        owner = staff_person(tx, name) if isinstance(name, str) else None
        if not isinstance(name, str) or owner is None or owner.id == before:
            self._tell_owner_or_dispatcher(tx, ticket, "notice.place_corrected", now)
            return ticket
        previous = person_by_id(tx, before) if before is not None else None
        tell_staff(
            tx, knowledge, previous.staff_name if previous else None, "notice.moved_away", ticket,
            now=now, owner=name,
        )  # fmt: skip
        in_queue = ticket.state in (TicketState.SUBMITTED, TicketState.ACCEPTED)
        move = Move.ASSIGN if in_queue else Move.TRANSFER
        actor = Actor.SYSTEM if in_queue else Actor.DISPATCHER
        return self._assign(tx, ticket, name, actor, by=by.id, now=now, move=move)

    # -- what the clock does --------------------------------------------------------------------

    def close_unrated(self, tx: Transaction, ticket: Ticket, now: datetime) -> Ticket:
        """Nobody answered: closed, and shown as 未评价, never as satisfied. They are told so, and how to
        have it done again."""
        ticket = ledger.move(tx, ticket, Move.CLOSE_UNRATED, Actor.SYSTEM, by=None, now=now, closed_at=now)
        knowledge = self._knowledge()
        label = knowledge.replies["rating.button_unsolved"]
        tell_residents(
            tx, knowledge, "notice.closed_unrated", ticket,
            now=now, closing=True, buttons=[Button(label, label)], occasion=f"round{ticket.round}/closed",
        )  # fmt: skip
        return ticket

    # -- who somebody is to a ticket --------------------------------------------------------------

    def actor_of(self, ticket: Ticket, person: Person, now: datetime) -> Actor:
        """In which capacity a person acts on this ticket. Raises TransitionRefused for a stranger."""
        if person.id == ticket.owner_id:
            return Actor.ASSIGNEE
        if person.id in (ticket.reporter_id, ticket.operator_id):
            return Actor.REPORTER
        member = directory.member(self._knowledge(), person.staff_name, local_day(now))
        if member is not None and directory.is_desk(member):
            return Actor.SECRETARY if directory.is_secretary(member) else Actor.DISPATCHER
        if not directory.may_work_tickets(member):
            return Actor.FOLLOWER
        raise TransitionRefused(RefusalReason.NOT_YOURS)

    # -- below ------------------------------------------------------------------------------------

    def _resident(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Actor:
        """The same for what residents do: one of the staff who joined is one of them."""
        if by.id == ticket.reporter_id:
            return Actor.REPORTER
        return Actor.FOLLOWER if by.id in queries.followers(tx, ticket.id) else self.actor_of(ticket, by, now)

    def _tell_owner_or_dispatcher(
        self,
        tx: Transaction,
        ticket: Ticket,
        key: str,
        now: datetime,
        *,
        occasion: str | None = None,
        **values: str,
    ) -> None:
        knowledge = self._knowledge()
        owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
        name = owner.staff_name if owner else self.duty.dispatcher(tx, now)
        # Somebody who waits for a person is being talked with: their lines are no single pushes.
        purpose = Purpose.RELAY if ticket.kind is Kind.CONSULTATION else Purpose.NOTICE
        tell_staff(tx, knowledge, name, key, ticket, now=now, purpose=purpose, occasion=occasion, **values)
