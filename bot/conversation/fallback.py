"""What is said when it is not clear what was meant: ask in human words, then help, then a person."""

from bot.clock import local_day
from bot.community import directory
from bot.community.speech import spoken_place
from bot.conversation.state import Option
from bot.conversation.turn import Turn
from bot.messaging import AttachmentKind
from intents.result import PlaceMention, Scored

SERVICE = "which_intent"
_CLOSE = 0.12  # two intents this near in confidence are both possible
_SURE = 0.75
_POSSIBLE = 0.3
_MOST_OPTIONS = 3
_ALIKE = frozenset({"track_ticket", "urge_ticket"})  # either answer says how it stands
_AROUND_A_PLACE = 6  # characters: “号楼”, “我住在”, commas


def ask_which(turn: Turn) -> bool:
    """“您是想…还是…？” with at most three ways, where two are about equally likely and none is sure."""
    meaning = turn.meaning
    if meaning.intent is None or meaning.confidence >= _SURE:
        return False
    scored = [Scored(meaning.intent, meaning.confidence), *meaning.alternatives]
    options = [
        Option(turn.reply(f"intent.{other.key}"), other.key)
        for other in scored[:_MOST_OPTIONS]
        if other.confidence >= max(_POSSIBLE, meaning.confidence - _CLOSE)
        and not (other.key != meaning.intent and {other.key, meaning.intent} <= _ALIKE)
        and f"intent.{other.key}" in turn.knowledge.replies
    ]
    if len(options) <= 1:
        return False
    turn.offer(SERVICE, "intent", options, "conversation.which_intent")
    return True


def next_rung(turn: Turn) -> None:
    """One step down the ladder: rephrase, then a person. A place and nothing else is no step down."""
    conversation = turn.conversation
    place = turn.meaning.place
    is_all = place is not None and _is_all(turn.message.text, place)
    if place is not None and place.text and (is_all or conversation.misses == 0):
        turn.say("conversation.place_only", place=_spoken(turn, place))
        conversation.misses += 0 if is_all else 1
        return
    conversation.misses += 1
    member = directory.member(turn.knowledge, turn.person.staff_name, local_day(turn.now))
    if directory.may_work_tickets(member):
        turn.say("conversation.rephrase_staff")
    elif not turn.meaning.text.strip():
        voice = any(one.kind is AttachmentKind.VOICE for one in turn.message.attachments)
        turn.say("conversation.voice" if voice else "conversation.empty")
    elif conversation.misses == 1:
        turn.say("conversation.rephrase")
    else:
        turn.say(
            "conversation.offer_person",
            buttons=[turn.button("conversation.button_person"), turn.button("conversation.button_report")],
        )


def _spoken(turn: Turn, place: PlaceMention) -> str:
    return spoken_place(
        turn.knowledge, compound=place.compound, building=place.building, unit=place.unit, text=place.text
    )


def _is_all(text: str, place: PlaceMention) -> bool:
    """Whether the text names a place and hardly more."""
    parts = (place.compound, place.building, place.unit, place.floor, place.room)
    named = sum(len(part) + 1 for part in parts if part is not None)  # “3” is written “3号楼”
    return len(text) <= named + _AROUND_A_PLACE
