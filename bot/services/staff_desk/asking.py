"""What a staff word must tell, as the table of moves says, and how it is asked for where it is missing."""

from collections.abc import Mapping
from datetime import datetime

from bot.clock import to_local
from bot.conversation.turn import Turn
from bot.services.staff_desk.people import departments
from bot.tickets.lifecycle import Move, Need
from intents.staff_words import (
    BASIS_WORD,
    CONTACT_WORD,
    StaffVerb,
    StaffWords,
    find_short_number,
    read_day,
    read_grounds,
)

MOVES: Mapping[StaffVerb, Move] = {
    StaffVerb.ACCEPT: Move.TAKE,
    StaffVerb.TRANSFER: Move.TRANSFER,
    StaffVerb.GIVE_BACK: Move.RETURN,
    StaffVerb.EXTEND: Move.EXTEND,
    StaffVerb.DONE: Move.RESOLVE,
    StaffVerb.ESCALATE: Move.ESCALATE,
    StaffVerb.DIRECT_LINE: Move.ESCALATE,
    StaffVerb.HOLD: Move.HOLD,
    StaffVerb.RESUME: Move.RESUME,
    StaffVerb.CALL_IN: Move.CO_ASSIGN,
    StaffVerb.PROGRESS: Move.PROGRESS,
    StaffVerb.EXPLAIN: Move.EXPLAIN,
    StaffVerb.ASK: Move.ASK,
    StaffVerb.ACCEPT_CASE: Move.ACCEPT_CASE,
    StaffVerb.DECLINE: Move.DECLINE,
    StaffVerb.WHISTLE: Move.WHISTLE,
    StaffVerb.ANSWER_WHISTLE: Move.ANSWER_WHISTLE,
    StaffVerb.ARRIVE: Move.ARRIVE,
    StaffVerb.REMINDER_LETTER: Move.SUPERVISE,
    StaffVerb.ASSIGNMENT_LETTER: Move.SUPERVISE,
    StaffVerb.MERGE: Move.MERGE,
    StaffVerb.SPLIT: Move.SPLIT,
    StaffVerb.CALL_BACK: Move.CALL_BACK,
}
"""The move each word makes; the words that are not here change nothing about a ticket."""

# In the order in which it is asked.
QUESTIONS: Mapping[StaffVerb, Mapping[Need, str]] = {
    StaffVerb.TRANSFER: {Need.ASSIGNEE: "staff.whom_to_transfer"},
    StaffVerb.GIVE_BACK: {Need.REASON: "staff.why_give_back"},
    StaffVerb.EXTEND: {Need.UNTIL: "staff.how_to_extend", Need.REASON: "staff.why_extend"},
    StaffVerb.DONE: {Need.OUTCOME: "staff.what_done"},
    StaffVerb.HOLD: {Need.UNTIL: "staff.hold_until", Need.REASON: "staff.why_hold"},
    StaffVerb.CALL_IN: {Need.ASSIGNEE: "staff.whom_to_call_in"},
    StaffVerb.PROGRESS: {Need.WORDS: "staff.what_progress"},
    StaffVerb.EXPLAIN: {Need.BASIS: "staff.which_basis", Need.CONTACT: "staff.which_contact"},
    StaffVerb.ASK: {Need.WORDS: "staff.what_to_ask"},
    StaffVerb.DECLINE: {Need.REASON: "staff.why_decline"},
    StaffVerb.WHISTLE: {Need.DEPARTMENT: "staff.which_department"},
    StaffVerb.MERGE: {Need.OTHER_TICKET: "staff.which_into"},
    StaffVerb.CALL_BACK: {Need.WORDS: "staff.how_called_back"},
    StaffVerb.REPLY: {Need.WORDS: "staff.what_to_reply"},
    StaffVerb.ON_THE_SPOT: {Need.OUTCOME: "staff.what_on_the_spot"},
}

# Words by which an answer is told from what was said before it.
_MARKS = {Need.BASIS: BASIS_WORD, Need.CONTACT: CONTACT_WORD}


def question(turn: Turn, words: StaffWords) -> tuple[Need, str] | None:
    """What the word lacks first, and the sentence that asks for it; None where it lacks nothing."""
    for need, key in QUESTIONS.get(words.verb, {}).items():
        if not _is_told(turn, words, need):
            return need, key
    return None


def with_answer(said: str, asked: str, answer: str) -> str:
    """The staff line completed by the answer to what was asked."""
    mark = _MARKS.get(Need(asked), "")
    return f"{said} {answer}" if mark in answer else f"{said} {mark}{answer}"


def day_and_reason(words: StaffWords, now: datetime) -> tuple[datetime | None, str]:
    """The day of a hold, as local midnight without zone, and its reason."""
    day, reason = read_day(words.rest, to_local(now).replace(tzinfo=None))
    return (datetime(day.year, day.month, day.day) if day else None), reason  # noqa: DTZ001


def _is_told(turn: Turn, words: StaffWords, need: Need) -> bool:
    told: object = words.rest
    match words.verb, need:
        case StaffVerb.TRANSFER, _:
            told = words.person or words.rest
        case StaffVerb.EXTEND, Need.UNTIL:
            told = words.days is not None
        case StaffVerb.HOLD, _:
            day, reason = day_and_reason(words, turn.now)
            told = day if need is Need.UNTIL else reason
        case StaffVerb.EXPLAIN, _:
            basis, contact = read_grounds(words.rest)
            told = basis if need is Need.BASIS else contact
        case StaffVerb.WHISTLE, _:
            told = departments(turn.knowledge, words.rest)
        case StaffVerb.MERGE, _:
            told = find_short_number(words.rest)
    return bool(told)
