"""An exchange about an appointment: what it holds, and what a message says for it."""

from collections.abc import Sequence
from datetime import datetime

from bot.conversation.state import Form
from bot.conversation.turn import Turn
from bot.offers.slots import Wish
from intents.result import Act
from intents.service_words import Cue, has_cue, names_a_topic
from knowledge.offers import LegalService

_TOPIC = 40  # characters: one line, so that the lawyer can prepare; nobody is asked for more


def take_begun(turn: Turn, service: str) -> Form | None:
    """The exchange that is open already, off the stack."""
    for frame in turn.conversation.stack:
        if isinstance(frame, Form) and frame.service == service:
            turn.conversation.stack.remove(frame)
            return frame
    return None


def is_begun(turn: Turn, service: str) -> bool:
    return any(isinstance(frame, Form) and frame.service == service for frame in turn.conversation.stack)


def calls_off(turn: Turn) -> bool:
    """“律师那个不约了”; a question in which something is called off is a question for the lawyer."""
    says_so = Act.LEAVE in turn.meaning.acts or has_cue(turn.meaning.text, Cue.CALL_OFF)
    return says_so and not names_a_topic(turn.meaning.text)


def legal_service(turn: Turn) -> LegalService:
    assert turn.knowledge.legal is not None, "an exchange is only begun where there is a lawyer"
    return turn.knowledge.legal


def start_of(form: Form) -> datetime:
    return datetime.fromisoformat(form.values["start"])


def set_start(form: Form, start: datetime) -> None:
    form.values.pop("why_not", None)
    form.values.pop("wish", None)
    form.values["start"] = start.isoformat()


def refuse(form: Form, why: str, wish: Wish) -> None:
    """Remember the wish that cannot be met as it is; the next question offers what is near it."""
    form.values.pop("start", None)
    form.values["why_not"] = why
    form.values["wish"] = wish.as_text()


def take_mode(turn: Turn, form: Form, modes: Sequence[str]) -> None:
    text = turn.meaning.text
    for mode in modes:
        cue = Cue.BY_PHONE if has_cue(mode, Cue.BY_PHONE) else Cue.IN_PERSON
        if len(modes) == 1 or has_cue(text, cue) or (form.asked == "mode" and mode in text):
            form.values["mode"] = mode
    if form.asked == "mode" and Act.SKIP in turn.meaning.acts:
        form.values["mode"] = modes[0]  # “都行”


def is_by_phone(form: Form) -> bool:
    return has_cue(form.values["mode"], Cue.BY_PHONE)


def phone_of(turn: Turn, form: Form) -> str:
    return form.get("phone") or turn.person.phone or ""


def topic_of(turn: Turn) -> str:
    """The first message, where it says more than that a lawyer is wanted."""
    text = rest = " ".join(turn.meaning.text.split())
    for mention in turn.meaning.times:
        rest = rest.replace(mention.text, "")
    return text[:_TOPIC] if names_a_topic(rest) else ""
