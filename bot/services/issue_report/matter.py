"""What a message says of the matter itself: its words, pictures, and a number to call back."""

from bot.community.identity import note_phone
from bot.conversation.state import Form
from bot.conversation.turn import Turn
from bot.services.issue_report import entering
from bot.tickets.notices import excerpt
from intents.normalise import fold
from intents.result import Understanding

LEAST_MATTER = 2  # characters that can name a matter
LEAST_UNNAMED = 7  # characters of a matter that no category knows; fewer only say that there is one


def take_matter(turn: Turn, form: Form) -> None:
    meaning = turn.meaning
    form.values["text"] = meaning.text
    form.values["category"] = meaning.category or ""
    form.values["urgency"] = meaning.urgency or "P3"


def take_photos(turn: Turn, form: Form) -> None:
    if turn.message.photos:
        photos = [*form.values.get("photos", "").split(), *turn.message.photos]
        form.values["photos"] = " ".join(dict.fromkeys(photos))


def take_phone(turn: Turn, form: Form) -> bool:
    """The number to call back, told with the matter or after it; whether there is a new one."""
    if entering.is_entered(form):
        return entering.take_resident(turn, form)
    if not turn.meaning.phones or turn.meaning.phones[0] in (form.get("phone"), turn.person.phone):
        return False
    form.values["phone"] = turn.meaning.phones[0]
    if turn.person.phone is None:
        note_phone(turn.tx, turn.person.id, form.values["phone"])
    elif form.get("text"):
        form.values["text"] += turn.reply("report.call_back_at", phone=form.values["phone"])
    return True


def says_more_than_a_place(meaning: Understanding) -> bool:
    """Whether there is a matter in the text besides “幸福里3号楼2单元” or “我要报修”."""
    named = _bare(meaning.place.text if meaning.place else "")
    return len(_bare(meaning.text).replace(named, "")) >= LEAST_UNNAMED


def _bare(text: str) -> str:
    """The words without what stands between them."""
    return "".join(character for character in fold(text) if character.isalnum())


def subject(turn: Turn, form: Form) -> str:
    category = turn.knowledge.categories.get(form.get("category") or "")
    return category.short if category else excerpt(form.values["text"], 40)
