"""Unfinished exchanges, the same for every service: ask what is missing, take corrections, wander off and
come back, read back, cancel, repeat."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from bot.conversation import fallback
from bot.conversation.state import Choice, Conversation, Form, Handover, Stage
from bot.conversation.turn import ChoosingService, FormService, Question, Service, Turn
from intents.normalise import fold
from intents.result import Act
from intents.service_words import Cue, has_cue, read_ordinal

_MOST_REMINDERS = 2
_MISSES_BEFORE_A_PERSON_IS_OFFERED = 2
_MOST_MISSES = 3

HUMAN = "human_handover"  # the service at the end of every fallback

Digress = Callable[[Turn, str], bool]
"""Deal with a message that is not about the open exchange of the named service; false if it cannot."""


class Dialogs:
    """Carries on whatever exchange is open in a conversation."""

    def __init__(self, services: Mapping[str, Service], digress: Digress) -> None:
        self._services = services
        self._digress = digress

    def proceed(self, turn: Turn) -> None:
        """Take the message as part of the exchange on top of the stack."""
        top = turn.conversation.top
        assert top is not None
        acts = turn.meaning.acts
        if Act.REPEAT in acts and turn.conversation.last_said:
            turn.say_text(turn.conversation.last_said)
        elif isinstance(top, Choice):
            self._proceed_choice(turn, top)
        else:
            self._proceed_form(turn, top)

    def follow_up(self, turn: Turn, before: Sequence[Form | Choice]) -> None:
        """After a service has acted: ask the first question of a form it has just begun, or go back to
        the one that had been suspended. `before` is the stack as it was, less what is finished."""
        top = turn.conversation.top
        if not isinstance(top, Form):
            return
        if all(top is not frame for frame in before):
            self._continue(turn, top)
        else:
            self._resume(turn, top)

    def begin(self, turn: Turn, service: Service) -> None:
        """Start a service on this message, and ask the first question of the form it began."""
        before = turn.conversation.stack.copy()
        service.start(turn)
        top = turn.conversation.top
        if isinstance(top, Form) and all(top is not frame for frame in before):
            self._continue(turn, top)

    def ask_new(self, turn: Turn, conversation: Conversation) -> None:
        """Ask the first question of a form that a listener has just begun in `conversation`."""
        top = conversation.top
        if isinstance(top, Form) and id(top) not in conversation.asked_before:
            self._continue(replace(turn, conversation=conversation), top)

    # -- forms --------------------------------------------------------------------------------

    def _continue(self, turn: Turn, form: Form) -> None:
        """Ask for what is missing next, or read back when nothing is."""
        turn.conversation.asked_before.add(id(form))
        service = self._form_service(form)
        question = service.missing(turn, form)
        if question is None:
            form.stage = Stage.CONFIRMING
            form.asked = None
            service.read_back(turn, form)
        else:
            form.stage = Stage.FILLING
            form.asked = question.slot
            self._ask(turn, question)

    def _proceed_form(self, turn: Turn, form: Form) -> None:
        service = self._form_service(form)
        acts = turn.meaning.acts
        said_before = len(turn.said)
        gives_up = Act.CANCEL in acts or (Act.UNDO in acts and form.stage is Stage.CONFIRMING)
        if gives_up and turn.meaning.place is None:
            self._drop(turn, form, "conversation.cancelled")
        elif service.absorb(turn, form):  # “算了还是2单元吧” changes its mind about the place only
            form.misses = 0
            self._continue(turn, form)
        elif gives_up:
            self._drop(turn, form, "conversation.cancelled")
        elif len(turn.said) > said_before:
            return  # a value was refused, with the reason
        elif form.stage is Stage.CONFIRMING and Act.YES in acts and Act.NO not in acts:
            self._submit(turn, form)
        elif Act.NO in acts and has_cue(turn.meaning.text, Cue.NOT_NEEDED):
            self._drop(turn, form, "conversation.cancelled")
        elif form.stage is Stage.CONFIRMING and acts & {Act.NO, Act.CHANGE, Act.CORRECTION}:
            turn.say("conversation.what_to_change")
        elif form.stage is Stage.FILLING and Act.SKIP in acts and self._skip(turn, form, service):
            self._continue(turn, form)
        elif self._digress(turn, form.service):
            self._remind(turn, form, service)
        elif service.absorb_free_text(turn, form):
            form.misses = 0
            self._continue(turn, form)
        else:
            self._miss(turn, form, service, says_it_again=turn.meaning.intent in service.intents)

    def _submit(self, turn: Turn, form: Form) -> None:
        before = _without(turn, form)
        self._form_service(form).submit(turn, form)
        self.follow_up(turn, before)

    def _skip(self, turn: Turn, form: Form, service: FormService) -> bool:
        question = service.missing(turn, form)
        if question is None or not question.optional:
            return False
        form.values[question.slot] = ""
        return True

    def _remind(self, turn: Turn, form: Form, service: FormService) -> None:
        """After a digression: say once more what is still open, if the form is still on top."""
        if turn.conversation.top is not form or form.reminders >= _MOST_REMINDERS:
            return
        if turn.conversation.handover is Handover.HUMAN:
            return  # a person asks now
        form.reminders += 1
        question = service.missing(turn, form)
        if question is None:
            turn.say("conversation.remind_confirm")
            service.read_back(turn, form)
        else:
            self._ask(turn, question, lead="conversation.remind")

    def _miss(self, turn: Turn, form: Form, service: FormService, *, says_it_again: bool) -> None:
        """Ask once more; plainly where the person only said again what they want."""
        form.misses += 1
        question = service.missing(turn, form)
        if form.misses >= _MOST_MISSES:
            turn.say("conversation.to_a_person")
            self.begin(turn, self._services[HUMAN])  # with the stack as it is: nothing said is lost
        elif question is None:
            turn.say("conversation.yes_or_no")
        elif says_it_again and form.misses == 1:
            self._ask(turn, question)
        elif form.misses >= _MISSES_BEFORE_A_PERSON_IS_OFFERED:
            self._ask(turn, question, lead="conversation.unclear_again")
        else:
            self._ask(turn, question, lead="conversation.unclear")

    def _ask(self, turn: Turn, question: Question, lead: str | None = None) -> None:
        text = question.text if lead is None else turn.reply(lead, question=question.again or question.text)
        turn.say_text(text, buttons=question.buttons)

    def _drop(self, turn: Turn, frame: Form | Choice, key: str) -> None:
        before = _without(turn, frame)
        turn.say(key)
        self.follow_up(turn, before)

    def _resume(self, turn: Turn, form: Form) -> None:
        service = self._form_service(form)
        question = service.missing(turn, form)
        if question is None:
            form.stage = Stage.CONFIRMING
            service.read_back(turn, form)
        else:
            form.asked = question.slot
            self._ask(turn, question, lead="conversation.resume")

    # -- choices ------------------------------------------------------------------------------

    def _proceed_choice(self, turn: Turn, choice: Choice) -> None:
        acts = turn.meaning.acts
        picked = _picked(turn.meaning.text, choice)
        if picked is not None:
            self._choose(turn, choice, picked)
        elif acts & {Act.CANCEL, Act.NONE_OF_THESE, Act.NO}:
            self._choose(turn, choice, None)
        elif Act.YES in acts and (agreed := _agreed_to(choice)) is not None:
            self._choose(turn, choice, agreed)
        elif acts == {Act.YES} and turn.meaning.intent is None:
            _without(turn, choice)
            self._none_chosen(turn, choice)
        else:
            _without(turn, choice)
            below = turn.conversation.top
            if isinstance(below, Form):
                self._proceed_form(turn, below)  # the choice was a digression: it is forgotten
            elif not self._digress(turn, ""):
                self._none_chosen(turn, choice)

    def _none_chosen(self, turn: Turn, choice: Choice) -> None:
        """Ask once more for the number; after that the choice is dropped, and nobody is stuck in it."""
        if turn.conversation.misses:
            fallback.next_rung(turn)
            return
        turn.conversation.misses = 1
        turn.conversation.stack.append(choice)
        turn.say("conversation.which_number", most=len(choice.options))

    def _choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        before = _without(turn, choice)
        turn.conversation.misses = 0
        service = cast(ChoosingService, self._services[choice.service])
        service.choose(turn, choice, value)
        self.follow_up(turn, before)

    def _form_service(self, form: Form) -> FormService:
        return cast(FormService, self._services[form.service])


def _without(turn: Turn, frame: Form | Choice) -> list[Form | Choice]:
    """Take a finished frame off the stack; what is left."""
    stack = turn.conversation.stack
    stack[:] = [other for other in stack if other is not frame]
    return stack.copy()


def _agreed_to(choice: Choice) -> str | None:
    """What “对” picks: the only option, or the one that says yes."""
    values = [option.value for option in choice.options]
    return values[0] if len(values) == 1 else next((value for value in values if value == "yes"), None)


def _picked(text: str, choice: Choice) -> str | None:
    """The value of the option named by number or by its words."""
    said = fold(text).strip(" ,.。")
    index = read_ordinal(said, len(choice.options))
    if index is not None and not said.startswith("0"):  # “0003” is the end of a ticket number
        return choice.options[index].value
    if len(said) >= 2:  # noqa: PLR2004 - one character is in too many labels
        labels = [(fold(option.label), option.value) for option in choice.options]
        named = [value for label, value in labels if said in label or label in said]
        if len(named) == 1:
            return named[0]
    return None
