"""Leave, swaps and shifts in words, for the two who agree on them and for the desk."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.clock import local_day
from bot.community import cover, directory
from bot.community.cover import ChangeState, RosterChange
from bot.community.identity import staff_person
from bot.community.speech import sentence, spoken_day
from bot.conversation.turn import Turn
from bot.messaging import Button
from bot.outbox.enqueue import enqueue
from bot.outbox.models import Purpose
from bot.outbox.withdraw import withdraw
from bot.tickets.duty import agreed_swaps
from bot.tickets.on_call import people_of, shifts_on
from bot.tickets.working_time import WorkCalendar
from knowledge.model import Knowledge, StaffMember

_ONE_DAY = timedelta(days=1)
PLEASE_AGREE = "roster.please_agree"


def spoken_days(knowledge: Knowledge, first: date, last: date) -> str:
    if first == last:
        return spoken_day(knowledge, first)
    values = {"first": spoken_day(knowledge, first), "last": spoken_day(knowledge, last)}
    return sentence(knowledge, "roster.days", values)


def spoken_change(knowledge: Knowledge, changes: Sequence[RosterChange]) -> str:
    """One request: “11月25日周三到11月27日周五李敏请假，赵强顶班”, “11月25日周三晚班，李敏和赵强对换”."""
    lines = [
        sentence(
            knowledge,
            f"roster.change_{change.kind}",
            {
                "days": spoken_days(knowledge, change.first_day, change.last_day),
                "shift": change.shift or "",
                "asker": change.asker,
                "other": change.other,
            },
        )
        for change in changes
    ]
    return knowledge.replies["roster.comma"].join(lines)


def tell_other(
    turn: Turn, name: str, key: str, changes: Sequence[RosterChange], *, buttons: Sequence[Button] = ()
) -> None:
    """Pass a word on to the other of the two. It is said person to person, so no budget counts it."""
    person = staff_person(turn.tx, name)
    if person is None:
        return
    change = changes[0]
    values = {"asker": change.asker, "other": change.other, "what": spoken_change(turn.knowledge, changes)}
    enqueue(
        turn.tx,
        dedupe_key=_key(change, key),
        person_id=person.id,
        purpose=Purpose.RELAY,
        text=sentence(turn.knowledge, key, values),
        now=turn.now,
        buttons=buttons,
    )


def ask_no_more(turn: Turn, changes: Sequence[RosterChange]) -> None:
    """What is settled need not be asked: a question of the evening may still wait for the morning."""
    withdraw(turn.tx, _key(changes[0], PLEASE_AGREE))


def _key(change: RosterChange, reply: str) -> str:
    return f"roster/{change.request}/{reply}"


def overview(turn: Turn, member: StaffMember, calendar: WorkCalendar) -> str:
    """Who is on duty today and tomorrow, and who is on leave: of everybody for the desk, else one's own."""
    knowledge, today = turn.knowledge, local_day(turn.now)
    lines = []
    for day in (today, today + _ONE_DAY):
        for shift in shifts_on(knowledge.rota, calendar, day):
            people = people_of(knowledge.rota, shift.name, day, agreed_swaps(turn.tx, turn.now))
            names = knowledge.replies["roster.name_comma"].join(people)
            values = {"day": spoken_day(knowledge, day), "shift": shift.name, "names": names}
            lines.append(sentence(knowledge, "roster.on_duty" if people else "roster.empty_shift", values))
    changes = cover.from_day(turn.tx, today)
    if not directory.is_desk(member):
        changes = [change for change in changes if member.name in (change.asker, change.other)]
    lines += [change_line(knowledge, change) for change in changes]
    return "\n".join(lines) or knowledge.replies["roster.nothing"]


def change_line(knowledge: Knowledge, change: RosterChange) -> str:
    key = "roster.line_agreed" if change.state is ChangeState.AGREED else "roster.line_asked"
    values = {"what": spoken_change(knowledge, [change]), "other": change.other}
    return sentence(knowledge, key, values)
