"""What the owner's words do, one function each: make the move, say what came of it."""

from dataclasses import dataclass

from bot.clock import from_local, local_day
from bot.community import directory
from bot.community.identity import person_by_id, reachable, staff_person
from bot.community.speech import spoken_day
from bot.conversation.turn import Turn
from bot.services.staff_desk.asking import day_and_reason
from bot.services.staff_desk.people import called
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TicketState, is_waiting
from bot.tickets.models import Ticket
from bot.tickets.notices import facts, spoken_due
from intents.staff_words import StaffVerb, StaffWords, read_grounds
from knowledge.model import StaffMember


@dataclass(frozen=True, slots=True)
class Deed:
    """One staff word about one ticket, ready to be done."""

    desk: TicketDesk
    turn: Turn
    ticket: Ticket
    words: StaffWords

    def tell(self, key: str, ticket: Ticket | None = None, **values: str) -> None:
        knowledge, ticket = self.turn.knowledge, ticket or self.ticket
        self.turn.say(key, facts(knowledge, ticket) | spoken_due(knowledge, ticket, self.turn.now) | values)

    @property
    def only_helps(self) -> bool:
        """Whether the speaker was called in to the ticket and does not own it."""
        person = self.turn.person
        return self.ticket.owner_id != person.id and self.desk.helps(self.turn.tx, self.ticket, person)

    @property
    def owner(self) -> str:
        return self.desk.owner_name(self.turn.tx, self.ticket) or self.turn.reply("report.dispatcher")


def accept(deed: Deed) -> None:
    turn = deed.turn
    ticket = deed.desk.claim(turn.tx, deed.ticket, turn.person, turn.now)
    takes_over = ticket.is_urgent and ticket.owner_id != turn.person.id
    take = deed.desk.take_over if takes_over else deed.desk.take
    deed.tell("staff.taken", take(turn.tx, ticket, turn.person, turn.now))


def transfer(deed: Deed) -> None:
    turn = deed.turn
    said = deed.words.person or deed.words.rest
    target = _the_one(deed, said)
    if target is None:
        return
    if staff_person(turn.tx, target.name) == turn.person and deed.ticket.owner_id == turn.person.id:
        deed.tell("staff.yours_already")
    else:
        ticket = deed.desk.transfer(turn.tx, deed.ticket, turn.person, target.name, turn.now)
        deed.tell("staff.transferred", ticket, name=target.name)


def give_back(deed: Deed) -> None:
    turn = deed.turn
    if deed.only_helps:
        deed.desk.stop_helping(turn.tx, deed.ticket, turn.person, deed.words.rest, turn.now)
        deed.tell("staff.stopped_helping", owner=deed.owner)
        return
    ticket = deed.desk.give_back(turn.tx, deed.ticket, turn.person, deed.words.rest, turn.now)
    deed.tell("staff.given_back", ticket)


def extend(deed: Deed) -> None:
    turn, words = deed.turn, deed.words
    assert words.days is not None, "asked for before"
    ticket = deed.desk.extend(turn.tx, deed.ticket, turn.person, words.days, words.rest, turn.now)
    deed.tell("staff.extended", ticket)


def hold(deed: Deed) -> None:
    """It goes on at the opening of that day, or of the next one that is worked."""
    turn = deed.turn
    day, reason = day_and_reason(deed.words, turn.now)
    assert day is not None, "asked for before"
    until = deed.desk.opening_from(deed.ticket, from_local(day))
    ticket = deed.desk.hold(turn.tx, deed.ticket, turn.person, until, reason, turn.now)
    deed.tell("staff.held", ticket, until=spoken_day(turn.knowledge, local_day(until)))


def resume(deed: Deed) -> None:
    key = "staff.completed" if deed.ticket.state is TicketState.NEEDS_INFO else "staff.resumed"
    deed.tell(key, _wait_over(deed))


def _wait_over(deed: Deed) -> Ticket:
    """What waits for its date goes on before it, what waits for an answer without it: they have rung the
    resident themselves, or been there."""
    turn, ticket = deed.turn, deed.ticket
    if ticket.state is TicketState.NEEDS_INFO:
        said = deed.words.rest
        return deed.desk.complete_info(turn.tx, ticket, turn.person, said, ticket.place, turn.now)
    return deed.desk.resume(turn.tx, ticket, turn.person, turn.now)


def done(deed: Deed) -> None:
    """A helper's “好了” is a word to the owner, who closes it."""
    turn, words = deed.turn, deed.words
    if deed.only_helps:
        deed.desk.progress(turn.tx, deed.ticket, turn.person, words.rest, turn.now)
        deed.tell("staff.helper_done", owner=deed.owner)
        return
    ticket = _wait_over(deed) if is_waiting(deed.ticket.state) else deed.ticket
    ticket = deed.desk.claim(turn.tx, ticket, turn.person, turn.now)
    _tell_done(deed, deed.desk.resolve(turn.tx, ticket, turn.person, words.rest, turn.now))


def _tell_done(deed: Deed, ticket: Ticket) -> None:
    """Also who asks the resident, where the bot cannot."""
    turn = deed.turn
    reporter = person_by_id(turn.tx, ticket.reporter_id) if ticket.reporter_id is not None else None
    if reporter is None:
        deed.tell("staff.resolved_nobody", ticket)
        return
    if reachable(turn.tx, [reporter.id]):
        deed.tell("staff.resolved", ticket)
        return
    contact = " ".join(part for part in (reporter.name, reporter.phone) if part)
    rings = person_by_id(turn.tx, ticket.operator_id) if ticket.operator_id is not None else None
    here = deed.desk.duty.presence(turn.tx, turn.now)
    name = here.there(rings.staff_name) if rings is not None else None
    if name in (None, turn.person.staff_name) or not directory.may_work_tickets(here.acting(name)):
        deed.tell("staff.resolved_ring", ticket, contact=contact)
    else:
        deed.tell("staff.resolved_rung_by", ticket, contact=contact, name=name or "")


def explain(deed: Deed) -> None:
    turn = deed.turn
    basis, contact = read_grounds(deed.words.rest)
    ticket = deed.desk.claim(turn.tx, deed.ticket, turn.person, turn.now)
    deed.tell("staff.explained", deed.desk.explain(turn.tx, ticket, turn.person, basis, contact, turn.now))


def escalate(deed: Deed) -> None:
    """报上去 goes one rung up, 直通车 to the top."""
    turn = deed.turn
    go_up = deed.desk.open_direct_line if deed.words.verb is StaffVerb.DIRECT_LINE else deed.desk.escalate
    ticket = go_up(turn.tx, deed.ticket, turn.person, deed.words.rest, turn.now)
    deed.tell("staff.escalated", ticket, level=f"{ticket.level:d}")


def reply(deed: Deed) -> None:
    turn = deed.turn
    deed.desk.speak(turn.tx, deed.ticket, turn.person, deed.words.rest, turn.now)
    deed.tell("staff.replied")


def ask(deed: Deed) -> None:
    turn = deed.turn
    deed.tell("staff.asked", deed.desk.ask(turn.tx, deed.ticket, turn.person, deed.words.rest, turn.now))


def call_in(deed: Deed) -> None:
    turn = deed.turn
    target = _the_one(deed, deed.words.rest)
    person = staff_person(turn.tx, target.name) if target else None
    if target is None or person is None:
        return
    words = deed.words.rest.replace(target.name, "").replace(target.role_title, "").strip(" ，,。")
    ticket = deed.desk.call_in(turn.tx, deed.ticket, turn.person, person, words, turn.now)
    deed.tell("staff.called_in", ticket, name=target.name, owner=deed.owner)


def progress(deed: Deed) -> None:
    turn = deed.turn
    deed.desk.progress(turn.tx, deed.ticket, turn.person, deed.words.rest, turn.now)
    deed.tell("staff.progress")


def who_has(deed: Deed) -> None:
    turn = deed.turn
    entry = turn.knowledge.staff.get(deed.desk.owner_name(turn.tx, deed.ticket) or "")
    others = len(queries.followers(turn.tx, deed.ticket.id))
    deed.tell(
        "staff.who_has" if entry else "staff.nobody_has",
        name=entry.name if entry else "",
        phone=(entry.phone if entry else None) or "",
        state=turn.reply(f"state.{deed.ticket.state}"),
        joined=turn.reply("staff.reported_by_several", households=others + 1) if others else "",
    )


def _the_one(deed: Deed, said: str) -> StaffMember | None:
    """Whom the words mean; says itself where that is nobody, or several."""
    turn = deed.turn
    found = called(turn, deed.ticket, said)
    if len(found) == 1:
        return found[0]
    if found:
        names = turn.reply("staff.names_comma").join(member.name for member in found)
        turn.say("staff.which_of_them", names=names)
    else:
        turn.say("staff.no_such_person", name=said)
    return None
