"""What residents say about a matter of theirs while it is open."""

from dataclasses import replace
from datetime import datetime

from bot.clock import local_day
from bot.community.identity import staff_person
from bot.community.models import Person
from bot.storage.transaction import Transaction
from bot.tickets import ledger, queries
from bot.tickets.desk.filing import Filing
from bot.tickets.lifecycle import Actor, Move, Party, TicketState, is_open, may_change_hands
from bot.tickets.models import Place, Ticket
from bot.tickets.overtaken import forget

_IN_QUEUE = (TicketState.SUBMITTED, TicketState.ACCEPTED)


class Reporting(Filing):
    def withdraw(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """撤回: ends the matter, unless others have joined it; then it goes on in the name of the first."""
        actor = self._resident(tx, ticket, by, now)
        if actor is Actor.FOLLOWER and is_open(ticket.state):
            ledger.note(tx, ticket, "leave", by=by.id, now=now)
            self._let_go(tx, ticket, by.id)
            return ticket
        others = [person for person in queries.followers(tx, ticket.id) if person != by.id]
        if others and actor is Actor.REPORTER:
            ledger.note(tx, ticket, "leave", by=by.id, now=now)
            forget(tx, ticket.id, by.id, None)
            ledger.stop_following(tx, ticket, others[0])
            return ledger.change(tx, ticket, reporter_id=others[0])
        withdrawn = self._step(tx, ticket, Move.WITHDRAW, actor, by=by, now=now)
        if ticket.reporter_id is not None:
            forget(tx, ticket.id, ticket.reporter_id, None)
        return withdrawn

    def urge(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> None:
        """催: however often a resident asks within a day, the owner hears of it once."""
        actor = self._resident(tx, ticket, by, now)
        occasion = f"{by.id}/{local_day(now)}"
        self._step(tx, ticket, Move.URGE, actor, by=by, now=now, occasion=occasion)

    def supplement(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> None:
        """Something to add: noted, and passed to whoever has it in hand."""
        actor = self._resident(tx, ticket, by, now)
        self._step(tx, ticket, Move.SUPPLEMENT, actor, by=by, words=words, now=now)

    def add_photos(
        self, tx: Transaction, ticket: Ticket, by: Person, photos: tuple[str, ...], now: datetime
    ) -> None:
        """Pictures that came after the words; whoever has the matter in hand gets to see them."""
        ledger.change(tx, ticket, photos=[*ticket.photos, *photos])
        ledger.note(tx, ticket, Move.SUPPLEMENT, by=by.id, now=now, words=" ".join(photos))
        after = self._pictures(photos, now)
        self._tell(tx, ticket, Party.OWNER, "notice.photos_added", now=now, after=after)

    def move_place(self, tx: Transaction, ticket: Ticket, by: Person, place: Place, now: datetime) -> Ticket:
        """Put the place right; where another worker is responsible there, what is still to be done goes to
        them."""
        before = ticket.owner_id
        ticket = ledger.change(
            tx, ticket, compound=place.compound, building=place.building, unit=place.unit,
            room=place.room, place_text=place.text,
        )  # fmt: skip
        ticket = replace(ticket, place=place)
        ledger.note(tx, ticket, "correct_place", by=by.id, now=now, words=place.text)
        name = self.duty.owner_of(tx, ticket, now)
        owner = staff_person(tx, name) if isinstance(name, str) else None
        stays = owner is None or owner.id == before or not may_change_hands(ticket.state)
        if stays or not isinstance(name, str):
            self._tell(tx, ticket, Party.OWNER, "notice.place_corrected", now=now)
            return ticket
        if before is not None:
            self._tell(tx, ticket, Party.OWNER, "notice.moved_away", now=now, values={"owner": name})
        actor = Actor.SYSTEM if ticket.state in _IN_QUEUE else Actor.DISPATCHER
        return self._assign(tx, ticket, name, actor, by=by, now=now)
