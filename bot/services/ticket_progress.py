"""查进度、催办、补充、撤回、拆开: what a resident asks or adds about matters already filed."""

from collections.abc import Sequence

from bot.clock import local_day
from bot.community.speech import spoken_day, spoken_moment
from bot.conversation.state import Choice, Option
from bot.conversation.turn import Turn
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.escalation import Level
from bot.tickets.lifecycle import Move, TicketState, TransitionRefused, clock_runs, is_open
from bot.tickets.meant import spoken_of, without_number
from bot.tickets.models import Ticket
from bot.tickets.notices import facts, place_of, rung_name, spoken_due, subject_of
from intents.result import Act
from intents.staff_words import find_ticket_number

_MOST_SHOWN = 3
_APART = "stand_alone"  # the choice of what is another matter
_SURE = "withdraw_sure"  # the choice that asks whether it is meant


class TicketProgress:
    """Everything here works on one of the person's own matters; several open ones are offered by number."""

    name = "ticket_progress"
    intents = frozenset({"track_ticket", "urge_ticket", "supplement_ticket", "withdraw_ticket"})
    speaks_in_groups = False

    def __init__(self, desk: TicketDesk) -> None:
        self._desk = desk

    def start(self, turn: Turn) -> None:
        intent = turn.meaning.intent
        assert intent is not None
        mine = queries.reported_by(turn.tx, turn.person.id)
        number = find_ticket_number(turn.meaning.text)
        if number is not None:
            self._on_numbered(turn, intent, number, mine)
            return
        candidates = spoken_of(
            turn.knowledge, [ticket for ticket in mine if is_open(ticket.state)], turn.meaning.text
        )
        if intent == "track_ticket" and not candidates:
            candidates = mine[:1]
        if not candidates and turn.gives_up:
            turn.say("greeting.all_right")
        elif not candidates:
            turn.say("progress.nothing_open")
        elif len(candidates) == 1:
            self._do(turn, intent, candidates[0])
        else:
            self._offer(turn, candidates, intent, "progress.which")

    def overhear(self, turn: Turn) -> bool:
        """“我家这个不是一回事”; and whoever gives the number of a ticket and asks for nothing else we know
        wants to hear of it."""
        if self._part(turn):
            return True
        number = find_ticket_number(turn.meaning.text)
        if number is None or turn.meaning.intent in self.intents or turn.is_group:
            return False
        besides = turn.reread(without_number(turn.meaning.text))
        intent = besides.intent if besides.intent in self.intents else "track_ticket"
        if besides.acts & {Act.UNDO, Act.CANCEL}:
            intent = "withdraw_ticket"
        self._on_numbered(turn, intent, number, queries.reported_by(turn.tx, turn.person.id))
        return True

    def _part(self, turn: Turn) -> bool:
        """What was wrongly joined, or put together by the staff, stands on its own again."""
        if Act.OTHER_MATTER not in turn.meaning.acts or turn.is_group or turn.conversation.top is not None:
            return False
        joined = [
            ticket
            for ticket in queries.reported_by(turn.tx, turn.person.id)
            if ticket.state is TicketState.MERGED
            or (ticket.reporter_id != turn.person.id and is_open(ticket.state))
        ]
        into = {ticket.merged_into for ticket in joined}
        joined = [ticket for ticket in joined if ticket.id not in into]  # followed because of the merged one
        meant = spoken_of(turn.knowledge, joined, turn.meaning.text) if joined else []
        if len(meant) == 1:
            self._stand_alone(turn, meant[0])
        elif meant:
            self._offer(turn, meant, _APART, "progress.split_which")
        return bool(meant)

    def _stand_alone(self, turn: Turn, ticket: Ticket) -> None:
        try:
            if ticket.state is TicketState.MERGED:
                own = self._desk.part(turn.tx, ticket, turn.person, turn.now)
            else:
                own = self._desk.split(turn.tx, ticket, turn.person, turn.person.id, turn.now)
        except TransitionRefused:
            self._show(turn, ticket)
        else:
            turn.say("progress.split", _standing_facts(turn, own))

    def _offer(self, turn: Turn, tickets: Sequence[Ticket], purpose: str, key: str) -> None:
        options = [
            Option(f"{place_of(turn.knowledge, ticket)} {subject_of(turn.knowledge, ticket)}", str(ticket.id))
            for ticket in tickets[:_MOST_SHOWN]
        ]
        turn.offer(self.name, purpose, options, key)

    def _on_numbered(self, turn: Turn, intent: str, number: str, mine: Sequence[Ticket]) -> None:
        ticket = queries.by_number(turn.tx, number)
        if ticket is not None and ticket.merged_into is not None:
            ticket = queries.by_id(turn.tx, ticket.merged_into)  # it goes on there; they joined it
        is_operator = ticket is not None and ticket.operator_id == turn.person.id
        if ticket is not None and (is_operator or any(one.id == ticket.id for one in mine)):
            self._do(turn, intent, ticket)
        else:
            turn.say("progress.not_yours", number=number)

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        asked = value or (choice.options[0].value if choice.purpose == _SURE else None)
        ticket = queries.by_id(turn.tx, int(asked)) if asked else None
        if ticket is None:
            turn.say("progress.none_of_these")
        elif value is None:
            turn.say("progress.goes_on_as_before", facts(turn.knowledge, ticket))
        elif choice.purpose == _SURE:
            self._withdraw(turn, ticket)
        elif choice.purpose == _APART:
            self._stand_alone(turn, ticket)
        else:
            self._do(turn, choice.purpose, ticket)

    def _do(self, turn: Turn, intent: str, ticket: Ticket) -> None:
        try:
            if intent == "urge_ticket":
                self._desk.urge(turn.tx, ticket, turn.person, turn.now)
                if clock_runs(ticket.state):
                    turn.say("progress.urged", _standing_facts(turn, ticket), state=self._state(turn, ticket))
                else:
                    turn.say("progress.urged_waiting")
                    self._show(turn, ticket)
            elif intent == "supplement_ticket":
                self._desk.supplement(turn.tx, ticket, turn.person, turn.meaning.text, turn.now)
                turn.say("progress.supplemented", facts(turn.knowledge, ticket))
            elif intent == "withdraw_ticket":
                option = Option(turn.reply("progress.option_withdraw"), str(ticket.id))
                turn.offer(
                    self.name, _SURE, [option], "progress.sure_to_withdraw",
                    **facts(turn.knowledge, ticket),
                )  # fmt: skip
            else:
                self._show(turn, ticket)
        except TransitionRefused:
            self._show(turn, ticket)

    def _withdraw(self, turn: Turn, ticket: Ticket) -> None:
        try:
            ticket = self._desk.withdraw(turn.tx, ticket, turn.person, turn.now)
        except TransitionRefused:
            self._show(turn, ticket)
        else:
            goes_on = is_open(ticket.state)
            turn.say("report.goes_on" if goes_on else "progress.withdrawn", facts(turn.knowledge, ticket))

    def _show(self, turn: Turn, ticket: Ticket) -> None:
        values = {
            **_standing_facts(turn, ticket),
            "state": self._state(turn, ticket),
            "owner": self._desk.owner_name(turn.tx, ticket) or turn.reply("report.dispatcher"),
            "created": spoken_moment(turn.knowledge, ticket.created_at),
        }
        if not is_open(ticket.state):
            turn.say("progress.ended", values)
        elif ticket.outcome and ticket.resolved_at is not None:
            turn.say("progress.waiting_for_you", values)
        else:
            turn.say_text(self._standing(turn, ticket, values))

    def _standing(self, turn: Turn, ticket: Ticket, values: dict[str, object]) -> str:
        """Where it stands, how far it has been sent up, and what was last said of it."""
        if ticket.held_until is not None:
            reason = queries.happened(turn.tx, ticket, Move.HOLD)[-1].words
            until = spoken_day(turn.knowledge, local_day(ticket.held_until))
            parts = [turn.reply("progress.on_hold", **values, reason=reason, until=until)]
        elif ticket.state is TicketState.NEEDS_INFO:
            question = queries.happened(turn.tx, ticket, Move.ASK)[-1].words
            parts = [turn.reply("progress.asked", **values, words=question)]
        else:
            parts = [turn.reply("progress.status", **values)]
        if ticket.level >= Level.L2:
            parts.append(turn.reply("progress.at_rung", rung=rung_name(turn.knowledge, ticket.level)))
        if said := queries.happened(turn.tx, ticket, Move.PROGRESS):
            parts.append(turn.reply("progress.latest", words=said[-1].words))
        return "".join(parts)

    def _state(self, turn: Turn, ticket: Ticket) -> str:
        return turn.reply(f"state.{ticket.state}")


def _standing_facts(turn: Turn, ticket: Ticket) -> dict[str, object]:
    """The facts of a ticket, and what its owner is still held to."""
    return facts(turn.knowledge, ticket) | spoken_due(turn.knowledge, ticket, turn.now)
