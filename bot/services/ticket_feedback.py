"""评价、重开: the resident's word on what was done closes the loop, in plain words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.conversation.state import Choice, Option
from bot.conversation.turn import Turn
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import TicketState, TransitionRefused, is_in_hand
from bot.tickets.limits import REOPEN_WINDOW
from bot.tickets.meant import spoken_of
from bot.tickets.models import Satisfaction, Solved, Ticket
from bot.tickets.notices import facts_for_residents, place_of, subject_of
from intents.normalise import clauses
from intents.result import Act, Understanding
from intents.service_words import Cue, has_cue

_RATINGS = {
    Act.DISSATISFIED: Satisfaction.DISSATISFIED,
    Act.FAIRLY_SATISFIED: Satisfaction.FAIRLY_SATISFIED,
    Act.SATISFIED: Satisfaction.SATISFIED,
}
_VERDICTS = frozenset({Act.YES, Act.NO, Act.FIXED, Act.NOT_FIXED, Act.THANKS, *_RATINGS})
_RATE_WITHIN = timedelta(days=7)
_MOST_OFFERED = 3
_VERDICT, _MENDED = "verdict", "mended"  # what a choice was about


class TicketFeedback:
    """Hears “没好，又返上来了”, “这回好了，谢谢，挺满意” and the rating of a matter just closed."""

    name = "ticket_feedback"
    intents = frozenset({"rate_ticket"})
    speaks_in_groups = False

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def start(self, turn: Turn) -> None:
        if not self.overhear(turn):
            turn.say("rating.nothing_to_rate")

    def overhear(self, turn: Turn) -> bool:
        """A verdict on a matter that waits for one; a new matter in the same words is not taken for it."""
        heard = _with_objection(turn.meaning)
        acts = heard.acts
        if turn.is_group or not acts & _VERDICTS or has_cue(heard.text, Cue.NOT_NEEDED):
            return False
        mine = queries.reported_by(turn.tx, turn.person.id)
        waiting = [ticket for ticket in mine if ticket.state is TicketState.RESOLVED]
        if waiting and not _is_new_matter(turn, waiting):
            meant = _meant(turn, waiting)
            if len(meant) > 1 and acts - {Act.THANKS}:
                self._ask_which(turn, meant, _VERDICT, "rating.which")
                return True
            turn.meaning = heard if meant else turn.meaning
            return bool(meant) and self._judge(turn, meant[0])
        in_hand = [ticket for ticket in mine if is_in_hand(ticket.state)]
        if Act.FIXED in acts and in_hand and turn.meaning.intent in (None, "rate_ticket"):
            self._ask_which(turn, _meant(turn, in_hand), _MENDED, "rating.mended_already")
            return True
        closed = [ticket for ticket in mine if _was_closed_lately(ticket, turn)]
        if heard is not turn.meaning:  # what the resident has called solved is not objected to
            closed = [ticket for ticket in closed if ticket.solved is Solved.UNANSWERED]
        meant = _meant(turn, closed) if closed and not _is_new_matter(turn, closed) else []
        turn.meaning = heard if meant else turn.meaning
        return bool(meant) and self._look_back(turn, meant[0])

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        ticket = queries.by_id(turn.tx, int(value)) if value else None
        if ticket is None:
            turn.say("conversation.cancelled" if choice.purpose == _VERDICT else "rating.goes_on")
        elif choice.purpose == _MENDED:
            self._close_mended(turn, ticket)
        else:
            turn.meaning = _with_objection(turn.reread(choice.text))
            self._judge(turn, ticket)

    # -- below ------------------------------------------------------------------------------------

    def _ask_which(self, turn: Turn, tickets: Sequence[Ticket], purpose: str, key: str) -> None:
        options = [
            Option(f"{place_of(turn.knowledge, ticket)} {subject_of(turn.knowledge, ticket)}", str(ticket.id))
            for ticket in tickets[:_MOST_OFFERED]
        ]
        turn.offer(self.name, purpose, options, key)

    def _judge(self, turn: Turn, ticket: Ticket) -> bool:
        """True if nothing else is said in the message."""
        acts = turn.meaning.acts
        rating = _rating(acts)
        if Act.NOT_FIXED in acts or (Act.NO in acts and Act.FIXED not in acts):
            self._reopen(turn, ticket)
        elif acts & {Act.FIXED, Act.YES} or rating is not Satisfaction.UNRATED:
            closed = self._desk.confirm(turn.tx, ticket, turn.person, rating, turn.now)
            if turn.meaning.intent == "report_issue" and turn.meaning.category not in (None, ticket.category):
                turn.say("rating.thanks", facts_for_residents(turn.knowledge, closed))
                turn.meaning = replace(turn.meaning, acts=frozenset())
                return False  # “灯好了，但是下水道堵了”
            self._thank(turn, closed, rating)
        elif turn.meaning.intent in (None, "rate_ticket", "greeting"):
            # “谢谢” alone says neither yes nor no: ask, do not guess.
            turn.say(
                "rating.solved_or_not",
                facts_for_residents(turn.knowledge, ticket),
                buttons=[turn.button("rating.button_solved"), turn.button("rating.button_unsolved")],
            )
        else:
            return False
        return True

    def _look_back(self, turn: Turn, ticket: Ticket) -> bool:
        """A matter closed within the last days: rated late, or broken again."""
        acts = turn.meaning.acts
        rating = _rating(acts)
        if Act.NOT_FIXED in acts and turn.meaning.category in (None, ticket.category):
            self._reopen(turn, ticket)
            return True
        if ticket.solved is Solved.UNANSWERED and Act.FIXED in acts:
            ticket = self._desk.answer_late(turn.tx, ticket, turn.person, turn.now)
            if rating is Satisfaction.UNRATED:
                self._thank(turn, ticket, rating)
                return True
        if (
            rating is not Satisfaction.UNRATED
            and ticket.satisfaction is Satisfaction.UNRATED
            and ticket.closed_at is not None
            and turn.now - ticket.closed_at <= _RATE_WITHIN
        ):
            self._desk.rate(turn.tx, ticket, turn.person, rating, turn.now)
            rated = turn.reply(f"satisfaction.{rating}")
            turn.say("rating.noted", facts_for_residents(turn.knowledge, ticket), rating=rated)
            return True
        return False

    def _reopen(self, turn: Turn, ticket: Ticket) -> None:
        try:
            ticket = self._desk.reopen(turn.tx, ticket, turn.person, turn.meaning.text, turn.now)
        except TransitionRefused:
            turn.say("rating.too_late_to_reopen", facts_for_residents(turn.knowledge, ticket))
        else:
            owner = self._desk.owner_name(turn.tx, ticket) or turn.reply("report.dispatcher")
            turn.say("rating.reopened", facts_for_residents(turn.knowledge, ticket), owner=owner)

    def _close_mended(self, turn: Turn, ticket: Ticket) -> None:
        try:
            ticket = self._desk.confirm(turn.tx, ticket, turn.person, Satisfaction.UNRATED, turn.now)
        except TransitionRefused:
            turn.say("rating.nothing_to_rate")
        else:
            self._thank(turn, ticket, Satisfaction.UNRATED)

    def _thank(self, turn: Turn, ticket: Ticket, rating: Satisfaction) -> None:
        values = facts_for_residents(turn.knowledge, ticket)
        if rating is Satisfaction.UNRATED:
            words = ("satisfied", "fairly_satisfied", "dissatisfied")
            buttons = [turn.button(f"satisfaction.{word}") for word in words]
            turn.say("rating.ask_satisfaction", values, buttons=buttons)
        elif rating is Satisfaction.DISSATISFIED:
            turn.say("rating.thanks_dissatisfied", values)
        else:
            turn.say("rating.thanks", values)


def _with_objection(heard: Understanding) -> Understanding:
    """“凭什么办不了，我不服” says of what is called done that it is not solved."""
    return replace(heard, acts=frozenset({Act.NOT_FIXED})) if has_cue(heard.text, Cue.DISAGREES) else heard


def _meant(turn: Turn, tickets: Sequence[Ticket]) -> list[Ticket]:
    by_category = [ticket for ticket in tickets if ticket.category == turn.meaning.category]
    return spoken_of(turn.knowledge, by_category or tickets, turn.meaning.text)


def _is_new_matter(turn: Turn, tickets: Sequence[Ticket]) -> bool:
    """“下水道又堵了” where another matter waits for a verdict; “没好，水还往下滴” is one on that matter."""
    category = turn.meaning.category
    if category is None or any(ticket.category == category for ticket in tickets):
        return False
    first = next(iter(clauses(turn.meaning.text)), "")
    return turn.reread(first).category == category


def _was_closed_lately(ticket: Ticket, turn: Turn) -> bool:
    return (
        ticket.state is TicketState.CLOSED
        and ticket.closed_at is not None
        and turn.now - ticket.closed_at <= REOPEN_WINDOW
        and ticket.solved is not Solved.NO
    )


def _rating(acts: frozenset[Act]) -> Satisfaction:
    return next((rating for act, rating in _RATINGS.items() if act in acts), Satisfaction.UNRATED)
