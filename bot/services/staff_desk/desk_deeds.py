"""What the words of the community's desk do: call departments in, draft letters, join and part, call back."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import from_local, to_local
from bot.community.identity import person_by_id
from bot.community.speech import spoken_day, spoken_moment
from bot.conversation.state import Option
from bot.conversation.turn import Turn
from bot.services.staff_desk import which
from bot.services.staff_desk.deeds import Deed
from bot.services.staff_desk.people import departments
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.letters import Letter, draft
from bot.tickets.lifecycle import TicketState
from bot.tickets.models import Satisfaction, Ticket, Whistle
from bot.tickets.notices import excerpt, facts
from intents.arrivals import read_arrival
from intents.result import Act
from intents.service_words import Cue, has_cue
from intents.staff_words import StaffVerb, find_short_number

SPLIT = "split_who"  # a choice whose purpose is “split_who/<ticket id>”

_RATINGS = {
    Act.DISSATISFIED: Satisfaction.DISSATISFIED,
    Act.FAIRLY_SATISFIED: Satisfaction.FAIRLY_SATISFIED,
    Act.SATISFIED: Satisfaction.SATISFIED,
}
_MOST_NAMED = 9


def accept_case(deed: Deed) -> None:
    turn = deed.turn
    deed.tell("staff.accepted", deed.desk.accept_case(turn.tx, deed.ticket, turn.person, turn.now))


def decline(deed: Deed) -> None:
    turn = deed.turn
    ticket = deed.desk.decline(turn.tx, deed.ticket, turn.person, deed.words.rest, turn.now)
    deed.tell("staff.declined", ticket)


def whistle(deed: Deed) -> None:
    turn = deed.turn
    department, named = departments(turn.knowledge, deed.words.rest)[0]
    words = deed.words.rest.replace(named, "", 1).strip(" ，,。")
    call = deed.desk.whistle(turn.tx, deed.ticket, turn.person, department, words, turn.now)
    turn.say("staff.whistled", _about(deed, call))
    if call.contact_id is None:
        deed.tell("staff.ring_department", department=department.name, phone=department.phone or "")


def answer_whistle(deed: Deed) -> None:
    turn, words = deed.turn, deed.words.rest
    promised = _promised(turn, words)
    call = deed.desk.answer_whistle(turn.tx, deed.ticket, turn.person, words, turn.now, promised=promised)
    key = "staff.answered_promised" if promised else "staff.answered"
    turn.say(key, _about(deed, call), promised=promised)


def _promised(turn: Turn, words: str) -> str:
    """When the department itself says it will be there, as it is spoken; empty where it does not say."""
    arrival = read_arrival(words, to_local(turn.now).replace(tzinfo=None))
    if arrival is None:
        return ""
    if arrival.at is not None:
        return spoken_moment(turn.knowledge, from_local(datetime.combine(arrival.on, arrival.at)))
    part = turn.reply(f"time.part_{arrival.part}") if arrival.part else ""
    return spoken_day(turn.knowledge, arrival.on) + part


def arrive(deed: Deed) -> None:
    turn = deed.turn
    call = deed.desk.arrive(turn.tx, deed.ticket, turn.person, deed.words.rest, turn.now)
    deed.tell("staff.arrived", department=call.department)


def _about(deed: Deed, call: Whistle) -> dict[str, object]:
    turn = deed.turn
    return facts(turn.knowledge, deed.ticket) | {
        "department": call.department,
        "answer_by": spoken_moment(turn.knowledge, call.answer_due_at),
        "arrive_by": spoken_moment(turn.knowledge, call.arrival_due_at),
    }


def letter(deed: Deed) -> None:
    """The draft, to whoever asked for it and to nobody else."""
    turn = deed.turn
    kind = Letter.REMINDER if deed.words.verb is StaffVerb.REMINDER_LETTER else Letter.ASSIGNMENT
    deed.desk.note_letter(turn.tx, deed.ticket, turn.person, kind, turn.now)
    turn.say_text(draft(turn.tx, turn.knowledge, deed.ticket, kind, turn.now))


def merge(deed: Deed) -> None:
    turn = deed.turn
    number = find_short_number(deed.words.rest) or ""
    found = _named(deed, number)
    if len(found) != 1:
        turn.say("staff.several_such_tickets" if found else "staff.no_such_ticket", number=number)
        return
    (into,) = found
    deed.desk.merge(turn.tx, deed.ticket, into, turn.person, turn.now)
    deed.tell("staff.merged", into=into.number)


def _named(deed: Deed, number: str) -> list[Ticket]:
    """The ticket to merge into: by its number, its last digits, or its line in the list last seen."""
    turn = deed.turn
    member = deed.desk.duty.presence(turn.tx, turn.now).acting(turn.person.staff_name)
    if member is None or "-" in number:
        ticket = queries.by_number(turn.tx, number)
        return [ticket] if ticket is not None else []
    return which.pointed_at(turn, member, number)


def split(deed: Deed) -> None:
    """拆开: a merged ticket, or one of those who joined, by name where several did."""
    turn = deed.turn
    if deed.ticket.state is TicketState.MERGED:
        deed.tell("staff.parted", deed.desk.part(turn.tx, deed.ticket, turn.person, turn.now))
        return
    joined = {person: _name(turn, person) for person in queries.followers(turn.tx, deed.ticket.id)}
    named = [person for person, name in joined.items() if name in deed.words.rest] or list(joined)
    if not named:
        deed.tell("staff.nobody_joined")
    elif len(named) == 1:
        split_off(deed.desk, turn, deed.ticket, named[0])
    else:
        options = [Option(_joined(turn, deed.ticket, person), str(person)) for person in named[:_MOST_NAMED]]
        turn.offer(
            "staff_desk", f"{SPLIT}/{deed.ticket.id}", options, "staff.split_who", number=deed.ticket.number
        )


def split_off(desk: TicketDesk, turn: Turn, ticket: Ticket, person: int) -> None:
    own = desk.split(turn.tx, ticket, turn.person, person, turn.now)
    turn.say("staff.split", facts(turn.knowledge, own), name=_name(turn, person))


def _name(turn: Turn, person_id: int) -> str:
    person = person_by_id(turn.tx, person_id)
    return (person.name if person else None) or turn.reply("staff.somebody")


def _joined(turn: Turn, ticket: Ticket, person: int) -> str:
    words = queries.joined_with(turn.tx, ticket.id, person) or ""
    return turn.reply("staff.joined_option", name=_name(turn, person), words=excerpt(words, 16))


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What a resident said on the phone; `solved` is None where nobody picked up."""

    solved: bool | None
    satisfaction: Satisfaction = Satisfaction.UNRATED


def call_back(deed: Deed) -> None:
    turn, words = deed.turn, deed.words.rest
    verdict = _verdict(turn, words)
    if verdict is None:
        turn.say("staff.how_called_back")
        return
    ticket = deed.desk.call_back(
        turn.tx, deed.ticket, turn.person, verdict.satisfaction, words, turn.now, solved=verdict.solved
    )
    deed.tell("staff.called_back", ticket, how=_spoken(turn, verdict))


def _verdict(turn: Turn, words: str) -> _Verdict | None:
    """A rating says that it is solved, unless it is said that it is not."""
    if has_cue(words, Cue.NOT_REACHED):
        return _Verdict(None)
    acts = turn.reread(words).acts
    rating = next((rating for act, rating in _RATINGS.items() if act in acts), Satisfaction.UNRATED)
    if Act.NOT_FIXED in acts:
        return _Verdict(False)
    if Act.FIXED in acts or rating is not Satisfaction.UNRATED:
        return _Verdict(True, rating)
    return None


def _spoken(turn: Turn, verdict: _Verdict) -> str:
    if verdict.solved is None:
        return turn.reply("staff.not_reached")
    if not verdict.solved:
        return turn.reply("staff.not_solved")
    if verdict.satisfaction is Satisfaction.UNRATED:
        return turn.reply("staff.solved")
    return turn.reply(f"satisfaction.{verdict.satisfaction}")
