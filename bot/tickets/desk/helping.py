"""协办: others are called in to help; one owner stays responsible."""

from datetime import datetime

from bot.community.models import Person
from bot.storage.transaction import Transaction
from bot.tickets import co_owners, ledger
from bot.tickets.desk.office import Office
from bot.tickets.lifecycle import Move, Party, RefusalReason, TransitionRefused, next_state
from bot.tickets.models import Ticket
from bot.tickets.notices import tell_staff


class Helping(Office):
    def call_in(
        self, tx: Transaction, ticket: Ticket, by: Person, helper: Person, words: str, now: datetime
    ) -> Ticket:
        """协办: one more of the staff gets the push and may add to the history."""
        actor = self.actor_of(tx, ticket, by, now)
        next_state(ticket.state, Move.CO_ASSIGN, actor)
        is_new = helper.id != ticket.owner_id and co_owners.add(tx, ticket.id, helper.id, now)
        if not is_new:
            raise TransitionRefused(RefusalReason.HELPS_ALREADY)
        noted = f"{helper.name or ''} {words}".strip()
        ticket = self._step(tx, ticket, Move.CO_ASSIGN, actor, by=by, words=noted, now=now)
        tell_staff(
            tx, self._knowledge(), helper.staff_name, "notice.co_assigned", ticket, now=now,
            owner=by.name or "", contact=self._contact(tx, ticket), words=words,
            after=self._pictures(ticket.photos, now),
        )  # fmt: skip
        return ticket

    def progress(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> Ticket:
        """进展: how far it is, for the history; the owner hears what a helper says."""
        actor = self.actor_of(tx, ticket, by, now)
        return self._step(tx, ticket, Move.PROGRESS, actor, by=by, words=words, now=now)

    def stop_helping(self, tx: Transaction, ticket: Ticket, by: Person, reason: str, now: datetime) -> None:
        """退 from a helper: it is not for them; the owner hears why."""
        co_owners.remove(tx, ticket.id, by.id)
        ledger.note(tx, ticket, "stop_helping", by=by.id, now=now, words=reason)
        values = {"owner": by.name or "", "reason": reason}
        self._tell(tx, ticket, Party.OWNER, "notice.helper_left", by=by, now=now, values=values)

    def helps(self, tx: Transaction, ticket: Ticket, person: Person) -> bool:
        return person.id in co_owners.of_ticket(tx, ticket.id)
