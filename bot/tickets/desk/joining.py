"""One matter that several report: joined, told at every step, and parted again where it was not the same."""

from datetime import datetime

from bot.community.identity import person_by_id
from bot.community.models import Person
from bot.storage.transaction import Transaction
from bot.tickets import ledger, outages, queries
from bot.tickets.desk.filing import Filing
from bot.tickets.lifecycle import Actor, Move, Party, RefusalReason, TransitionRefused, is_open, next_state
from bot.tickets.models import Draft, Place, Ticket, ticket_followers


class Joining(Filing):
    def join(
        self,
        tx: Transaction,
        ticket: Ticket,
        by: Person,
        words: str,
        now: datetime,
        *,
        who: Person | None = None,
    ) -> None:
        """附议: one more resident with the same matter; hears of every step from now on. `who` joins, where
        `by` enters it for them."""
        next_state(ticket.state, Move.JOIN, Actor.FOLLOWER)
        if self._follow(tx, ticket, (who or by).id, words, now):
            ledger.note(tx, ticket, Move.JOIN, by=by.id, now=now, words=words)
            self._announce(tx, ticket, now)
        if ticket.is_urgent:  # one more pair of eyes: what they see may change what is brought along
            values = {"words": words}
            self._tell(
                tx, ticket, Party.OWNER, "notice.supplemented", Move.JOIN, by=by, now=now, values=values
            )

    def split(self, tx: Transaction, ticket: Ticket, by: Person, who: int, now: datetime) -> Ticket:
        """“我家这个不是一回事”, 拆开: what somebody who joined had said becomes a matter of its own."""
        actor = Actor.FOLLOWER if by.id == who else self.actor_of(tx, ticket, by, now)
        words = queries.joined_with(tx, ticket.id, who)
        if words is None:
            raise TransitionRefused(RefusalReason.NOT_JOINED)
        ticket = self._step(tx, ticket, Move.SPLIT, actor, by=by, words=words, now=now)
        self._let_go(tx, ticket, who)
        draft = Draft(
            text=words,
            category=ticket.category,
            urgency=ticket.urgency,
            place=self._place_of(tx, ticket, who),
            reporter_id=who,
            channel=ticket.channel,
            operator_id=by.id if by.id != who else None,
        )
        own = self.open(tx, draft, now)
        if by.id != who:
            told = {"old": ticket.number}
            self._tell(tx, own, Party.RESIDENTS, "notice.split", by=by, now=now, values=told)
        return own

    def merge(self, tx: Transaction, ticket: Ticket, into: Ticket, by: Person, now: datetime) -> Ticket:
        """并单: the same matter was filed twice; everybody hears of the one that goes on."""
        if into.id == ticket.id or not is_open(into.state):
            raise TransitionRefused(RefusalReason.NOT_TO_MERGE_WITH)
        actor = self.actor_of(tx, ticket, by, now)
        merged = self._step(
            tx, ticket, Move.MERGE, actor, by=by, words=into.number, now=now,
            told={"into": into.number}, merged_into=into.id, closed_at=now,
        )  # fmt: skip
        for person in self._concerned(tx, ticket):
            if person != into.reporter_id and self._follow(tx, into, person, ticket.text, now):
                ledger.note(tx, into, Move.JOIN, by=person, now=now, words=ticket.number)
        self._announce(tx, into, now)
        return merged

    def part(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """拆开 a merged ticket: it stands on its own again, with the whole of its time."""
        into = queries.by_id(tx, ticket.merged_into) if ticket.merged_into is not None else None
        due = self.clocks.of_report(ticket.kind, ticket.category, ticket.urgency, ticket.place, now)
        actor = self._resident(tx, ticket, by, now)
        ticket = self._step(
            tx, ticket, Move.PART, actor, by=by, now=now, told={"old": into.number if into else ""},
            merged_into=None, closed_at=None, owner_id=None, round_started_at=now, **ledger.due_columns(due),
        )  # fmt: skip
        if into is not None:
            ledger.note(tx, into, Move.SPLIT, by=by.id, now=now, words=ticket.number)
            for person in self._concerned(tx, ticket):
                self._let_go(tx, into, person)
        return self._dispatch(tx, ticket, now)

    # -- below ------------------------------------------------------------------------------------

    def _follow(self, tx: Transaction, ticket: Ticket, person: int, words: str, now: datetime) -> bool:
        return tx.add_if_new(
            ticket_followers, ticket_id=ticket.id, person_id=person, joined_at=now, words=words
        )

    def _concerned(self, tx: Transaction, ticket: Ticket) -> list[int]:
        reporters = [ticket.reporter_id] if ticket.reporter_id is not None else []
        return reporters + queries.followers(tx, ticket.id)

    def _announce(self, tx: Transaction, ticket: Ticket, now: datetime) -> None:
        """Where enough report it, the groups hear that it is an outage, and so does its owner."""
        households = outages.announce_begin(
            tx, self._knowledge(), ticket, now, named_channels=self._named_channels
        )
        if households is not None:
            values = {"households": str(households)}
            self._tell(tx, ticket, Party.OWNER, "notice.outage", now=now, values=values)

    def _place_of(self, tx: Transaction, ticket: Ticket, who: int) -> Place:
        """Where the matter of somebody who joined is: at home, where that is in the same compound."""
        person = person_by_id(tx, who)
        home, place = person.home if person else None, ticket.place
        if home is not None and home.compound == place.compound:
            return Place(home.compound, home.building, home.unit)
        return Place(place.compound, place.building, None, None, place.text)
