"""Who is told what about a ticket, each as a promise in the outbox."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.clock import local_day
from bot.community.cover import presence
from bot.community.identity import staff_person
from bot.community.speech import sentence, spoken_moment, spoken_place
from bot.messaging import Brief, Button
from bot.outbox.enqueue import Push, enqueue_all, enqueue_new
from bot.outbox.models import Purpose
from bot.storage.ids import new_id
from bot.storage.transaction import Transaction
from bot.tickets.models import Kind, Ticket
from bot.tickets.overtaken import Untold, forget, joined_text, overtake, promise_key
from bot.tickets.queries import followers
from knowledge.model import Knowledge

# What may be pressed instead of typed under a sentence to residents.
_BUTTONS: Mapping[str, tuple[str, ...]] = {
    "notice.resolved": ("rating.button_solved", "rating.button_unsolved"),
    "notice.closed_unrated": ("rating.button_unsolved",),
}
_EXCERPT = 60  # characters of the resident's words that fit on a lock screen
_NOTHING: Mapping[int, Untold] = {}
_BRIEF_MATTER = 10  # characters; with how it stands behind it, 20


def place_of(knowledge: Knowledge, ticket: Ticket) -> str:
    place = ticket.place
    return spoken_place(
        knowledge, compound=place.compound, building=place.building, unit=place.unit, text=place.text
    )


def subject_of(knowledge: Knowledge, ticket: Ticket) -> str:
    """What the matter is called in a sentence: the category's short name, else the resident's words."""
    category = knowledge.categories.get(ticket.category) if ticket.category else None
    if category is not None:
        return category.short
    emergency = knowledge.emergency_classes.get(ticket.category) if ticket.category else None
    return emergency.name if emergency is not None else excerpt(ticket.text, 16)


def excerpt(text: str, length: int = _EXCERPT) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def rung_name(knowledge: Knowledge, level: int) -> str:
    """How people call a rung of the ladder: 社区, 街道."""
    return knowledge.replies[f"level.rung_{level:d}"]


def facts(knowledge: Knowledge, ticket: Ticket) -> dict[str, object]:
    """The placeholders every sentence about a ticket may use."""
    return {
        "number": ticket.number,
        "place": place_of(knowledge, ticket),
        "subject": subject_of(knowledge, ticket),
        "text": excerpt(ticket.text),
        "due": spoken_moment(knowledge, ticket.due_at),
        "outcome": ticket.outcome or "",
    }


def spoken_due(knowledge: Knowledge, ticket: Ticket, now: datetime) -> dict[str, str]:
    """What residents are promised (`promise`) and what the owner has to keep (`deadline`). A date that has
    passed is not promised again."""
    past = "_past" if ticket.due_at < now else ""
    due = {"due": spoken_moment(knowledge, ticket.due_at)}
    return {name: sentence(knowledge, f"due.{name}{past}", due) for name in ("promise", "deadline")}


def facts_for_residents(knowledge: Knowledge, ticket: Ticket) -> dict[str, object]:
    """The same for the people concerned; what was told in their own words is not quoted back to them."""
    values = facts(knowledge, ticket)
    if ticket.kind is not Kind.REQUEST:
        values |= {"place": "", "subject": knowledge.replies[f"kind.{ticket.kind}"]}
    return values


def brief_of(knowledge: Knowledge, key: str, ticket: Ticket) -> Brief | None:
    """What a sentence to residents comes down to; None where its words are what matters (a reply, a reason),
    or where the matter is nobody else's business. Nothing that somebody typed is in it."""
    stands = knowledge.replies.get(f"brief.{key.removeprefix('notice.')}")
    if stands is None or ticket.kind is not Kind.REQUEST:
        return None
    matter = excerpt(subject_of(knowledge, ticket), _BRIEF_MATTER) if ticket.category else ""
    place = ticket.place
    return Brief(
        number=ticket.number,
        place=spoken_place(knowledge, compound=place.compound, building=place.building, unit=place.unit)
        if place.compound
        else knowledge.community.name,
        what=f"{matter or knowledge.replies['brief.matter']} {stands}",
    )


def tell_staff(
    tx: Transaction,
    knowledge: Knowledge,
    name: str | None,
    key: str,
    ticket: Ticket,
    *,
    now: datetime,
    occasion: str | None = None,
    purpose: Purpose = Purpose.NOTICE,
    after: str = "",
    **values: str,
) -> None:
    """Push a sentence about a ticket to one of the staff, or to who stands in for them today, which the
    sentence then says. `occasion` makes a repeated promise harmless."""
    there = (presence(tx, knowledge, local_day(now)).there(name) or name) if name else None
    person = staff_person(tx, there) if there else None
    if person is not None:
        tell(
            tx, knowledge, [person.id], key, ticket,
            now=now, purpose=purpose, occasion=occasion, values=values,
            before=sentence(knowledge, "notice.for_absent", {"name": name}) if there != name else "",
            after=after,
        )  # fmt: skip


def tell_residents(
    tx: Transaction,
    knowledge: Knowledge,
    key: str,
    ticket: Ticket,
    *,
    now: datetime,
    purpose: Purpose = Purpose.NOTICE,
    besides: int | None = None,
    occasion: str | None = None,
    **values: str,
) -> None:
    """Tell everybody who reported or joined, except the one whose message this very turn answers. Whoever
    still has to hear something of it hears all in one message."""
    reporters = [ticket.reporter_id] if ticket.reporter_id is not None else []
    concerned = dict.fromkeys(reporters + followers(tx, ticket.id))
    audience = [person for person in concerned if person != besides]
    if besides in concerned:
        forget(tx, ticket.id, besides, key)
    tell(
        tx, knowledge, audience, key, ticket,
        now=now, purpose=purpose,
        buttons=_buttons(knowledge, key), brief=brief_of(knowledge, key, ticket), occasion=occasion,
        values={**facts_for_residents(knowledge, ticket), **values},
        untold=overtake(tx, ticket.id, audience, key),
    )  # fmt: skip


def _buttons(knowledge: Knowledge, key: str) -> tuple[Button, ...]:
    labels = [knowledge.replies[label] for label in _BUTTONS.get(key, ())]
    return tuple(Button(label, label) for label in labels)


def tell(
    tx: Transaction,
    knowledge: Knowledge,
    audience: Iterable[int],
    key: str,
    ticket: Ticket,
    *,
    values: Mapping[str, object],
    now: datetime,
    purpose: Purpose = Purpose.NOTICE,
    buttons: tuple[Button, ...] = (),
    brief: Brief | None = None,
    occasion: str | None = None,
    before: str = "",
    after: str = "",
    untold: Mapping[int, Untold] = _NOTHING,
) -> None:
    """`before` and `after`: what is said before the sentence and after it. `untold`: what some of them have
    not been told yet, and hear with it."""
    told = facts(knowledge, ticket) | spoken_due(knowledge, ticket, now) | dict(values)
    text = before + sentence(knowledge, key, told) + after
    promise = enqueue_all if occasion else enqueue_new
    alike: dict[Purpose, list[Push]] = defaultdict(list)
    for person_id in audience:
        more = untold.get(person_id, Untold())
        keys = [*(said for said, _ in more.sentences), key]
        push = Push(
            promise_key(ticket.id, keys, occasion or new_id(), person_id), person_id,
            joined_text(more, text), buttons, None if more.sentences else brief,
        )  # fmt: skip
        alike[more.purpose_with(purpose)].append(push)
    for purpose_of_all, pushes in alike.items():
        promise(tx, pushes, purpose=purpose_of_all, now=now, urgent=ticket.is_urgent, ticket_id=ticket.id)
