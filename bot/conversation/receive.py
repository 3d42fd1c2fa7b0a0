"""The table of contents of a message: seen before? who? what is meant? who deals with it? what is said?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock, to_local
from bot.community import identity
from bot.community.directory import group_at
from bot.community.models import Person
from bot.conversation import fallback, inbox, lines, state
from bot.conversation.dialogs import Dialogs
from bot.conversation.flood import Flood
from bot.conversation.mind import Mind
from bot.conversation.speaking import promise, tell_privacy_once
from bot.conversation.state import Choice, Conversation, load, save
from bot.conversation.turn import Listener, Service, Turn, UndoingService, is_detail
from bot.messaging import Address, Answer, Capabilities, Fate, InboundMessage
from bot.outbox.pressed import pushed_buttons
from bot.storage.transaction import Transaction
from intents.result import Act, Hearing, Understanding

_PICTURE_MEANS = "report_issue"
"""What a picture without words is taken for."""

_TAKING_BACK_MEANS = "withdraw_ticket"
"""What “撤回” is taken for where nothing was done just now."""


class Receiver:
    """Answers one message in one transaction. Knows the order of things, and nothing else."""

    def __init__(
        self,
        *,
        mind: Callable[[], Mind],
        services: Sequence[Service],
        first: Sequence[Listener],
        then: Sequence[Listener],
        capabilities: Mapping[str, Capabilities],
        clock: Clock,
        most_a_minute: int | None = None,
    ) -> None:
        """`first` listeners see every message before anything else, `then` those that belong to no open
        exchange. `most_a_minute`: how many of one person's lines are dealt with; None: all."""
        self._mind = mind
        which = _WhichIntent(self)
        self._services = {service.name: service for service in (*services, which)}
        self._by_intent = {intent: service for service in services for intent in service.intents}
        self._first = first
        self._then = then
        self._capabilities = capabilities
        self._clock = clock
        self._flood = Flood(most_a_minute, capabilities)
        self._dialogs = Dialogs(self._services, self._digress)

    def receive(self, tx: Transaction, message: InboundMessage) -> Answer:
        return self.receive_all(tx, [message])[0]

    def receive_all(self, tx: Transaction, messages: Sequence[InboundMessage]) -> list[Answer]:
        """Deal in their order with the messages that are new; give the old answer again to the others."""
        now = self._clock.now()
        messages = [inbox.made_fit(message) for message in messages]
        seen = list(zip(messages, inbox.claim_all(tx, messages, now), strict=True))
        new = [message for message, is_new in seen if is_new]
        identity.read_together(tx, [(message.channel, message.sender) for message in new])
        state.read_together(tx, [(message.channel, message.chat, message.sender) for message in new])
        return [
            self._answer(tx, message, now) if is_new else inbox.recall(tx, message)
            for message, is_new in seen
        ]

    def _answer(self, tx: Transaction, message: InboundMessage, now: datetime) -> Answer:
        turn = self._open_turn(tx, message, now)
        if self._flood.drops(turn):
            save(tx, turn.conversation, now)
            return replace(promise(turn, self._capabilities[message.channel]), fate=Fate.DROPPED)
        lines.complete(turn)
        self._deal_with(turn)
        tell_privacy_once(turn)
        answer = promise(turn, self._capabilities[message.channel])
        for conversation in (turn.conversation, *turn.opened):
            if (
                turn.said
                or conversation.minute
                or not conversation.is_idle
                or conversation.updated_at is not None
            ):
                save(tx, conversation, now)
        return answer

    # -- who says what --------------------------------------------------------------------------

    def _open_turn(self, tx: Transaction, message: InboundMessage, now: datetime) -> Turn:
        person = identity.identify(
            tx, channel=message.channel, account=message.sender, name=message.sender_name, now=now
        )
        identity.note_seen(tx, channel=message.channel, account=message.sender, now=now)
        address = Address(message.channel, message.chat, message.is_group)
        conversation = load(tx, address=address, sender=message.sender, now=now)
        if message.place_hint:
            conversation.place_hint = message.place_hint
        text = _pressed(tx, message.text, conversation)
        if message.mentioned:
            text = _without_names(text, self._mind().knowledge.community.mention_names)
        meaning = self._understand(text, message, person)
        return Turn(
            tx=tx,
            message=message,
            meaning=meaning,
            person=person,
            conversation=conversation,
            knowledge=self._mind().knowledge,
            now=now,
            reread=lambda part: self._understand(part, message, person),
        )

    def _understand(self, text: str, message: InboundMessage, person: Person) -> Understanding:
        mind = self._mind()
        group = (
            group_at(mind.knowledge, channel=message.channel, chat=message.chat) if message.is_group else None
        )
        compound = group.compound if group else person.home.compound if person.home else None
        hearing = Hearing(
            now=to_local(self._clock.now()).replace(tzinfo=None),
            is_group=message.is_group,
            mentioned=message.mentioned,
            compound=compound,
        )
        return mind.understand(text, hearing)

    # -- who deals with it ----------------------------------------------------------------------

    def _deal_with(self, turn: Turn) -> None:
        if self._heard(turn, self._first):
            return
        if turn.is_group and turn.message.mentioned and turn.conversation.top is None and turn.meaning.acts:
            private = turn.in_private()
            if private.conversation.top is not None:  # “@邻里 对” answers the private read-back
                self._dialogs.proceed(private)
                return
        if turn.conversation.top is not None and (not turn.is_group or turn.message.mentioned):
            self._dialogs.proceed(turn)
        elif not self._digress(turn, ""):
            self._not_understood(turn)

    def _digress(self, turn: Turn, open_service: str) -> bool:
        """Deal with a message that is not about the exchange open in `open_service`."""
        if self._heard(turn, self._then):
            return True
        if not open_service:
            if self._undo_or_correct(turn):
                return True
            if _takes_back(turn):
                turn.meaning = replace(turn.meaning, intent=_TAKING_BACK_MEANS, confidence=1.0)
        intent = turn.meaning.intent
        service = self._by_intent.get(intent) if intent is not None else None
        if service is None or service.name == open_service or not self._may_speak(turn):
            return False
        if not open_service and not turn.is_group and fallback.ask_which(turn):
            return True
        turn.conversation.misses = 0
        self._start(turn, service)
        return True

    def _start(self, turn: Turn, service: Service) -> None:
        if not turn.is_group or service.speaks_in_groups:
            self._dialogs.begin(turn, service)
            return
        if not self._capabilities[turn.message.channel].private_from_group:
            if turn.message.mentioned:
                turn.say("conversation.write_in_private")
            return
        self._dialogs.begin(turn.in_private(), service)
        if turn.message.mentioned:
            turn.say("conversation.answered_in_private")

    def _heard(self, turn: Turn, listeners: Sequence[Listener]) -> bool:
        for listener in listeners:
            if listener.overhear(turn):
                for conversation in (turn.conversation, *turn.opened):
                    self._dialogs.ask_new(turn, conversation)
                return True
        return False

    def take_as(self, turn: Turn, text: str, intent: str | None) -> None:
        """Go on with the intent picked from “您是想…还是…？”; with a person where none was."""
        turn.meaning = turn.reread(text)
        if intent is None:
            turn.conversation.misses += 1
            fallback.next_rung(turn)
        else:
            turn.meaning = replace(turn.meaning, intent=intent)
            self._start(turn, self._by_intent[intent])

    def _undo_or_correct(self, turn: Turn) -> bool:
        done = turn.conversation.done
        if done is None:
            return False
        if turn.now > done.until:
            turn.conversation.done = None
            return False
        service = self._services[done.service]
        if not hasattr(service, "undo"):
            return False
        undoing: UndoingService = service  # type: ignore[assignment]  # checked by its method just above
        if Act.UNDO in turn.meaning.acts:
            turn.conversation.done = None
            undoing.undo(turn, done.reference)
            return True
        corrects = Act.CORRECTION in turn.meaning.acts
        is_about_it = corrects or _is_picture(turn.message) or is_detail(turn.meaning)
        return is_about_it and undoing.correct(turn, done.reference)

    def _may_speak(self, turn: Turn) -> bool:
        return not turn.is_group or turn.message.mentioned or turn.meaning.respond

    def _not_understood(self, turn: Turn) -> None:
        if turn.is_group:
            if turn.message.mentioned:
                turn.say("conversation.group_help")
        elif _is_picture(turn.message):
            self._start(turn, self._by_intent[_PICTURE_MEANS])
        elif not lines.hold(turn):
            fallback.next_rung(turn)


def _takes_back(turn: Turn) -> bool:
    """“撤回”; a bare “取消” only just after something was done."""
    acts = turn.meaning.acts
    return Act.UNDO in acts or (acts == {Act.CANCEL} and turn.conversation.done is not None)


def _is_picture(message: InboundMessage) -> bool:
    return bool(message.photos) and not message.text.strip()


def _pressed(tx: Transaction, text: str, conversation: Conversation) -> str:
    """A bare number picks the button of that number, where buttons could not be shown."""
    number = text.strip()
    if isinstance(conversation.top, Choice) or not number.isdigit() or len(number) > 1:
        return text
    offered = conversation.last_buttons
    if conversation.top is None and not conversation.address.is_group:
        offered = pushed_buttons(tx, conversation.address) or offered
    index = int(number) - 1
    return offered[index] if 0 <= index < len(offered) else text


def _without_names(text: str, names: Sequence[str]) -> str:
    """What was said to the bot, without its name."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, " ")
    return text.strip()


class _WhichIntent:
    """The choice between two intents that were about equally likely."""

    name = fallback.SERVICE
    intents: frozenset[str] = frozenset()
    speaks_in_groups = False

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def start(self, turn: Turn) -> None:
        """Never the start of a message."""

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        if turn.gives_up:
            turn.say("conversation.cancelled")
        else:
            self._receiver.take_as(turn, choice.text, value)
