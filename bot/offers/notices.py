"""Who is told what about bookings and sign-ups, each as a promise in the outbox."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.clock import from_local
from bot.community.identity import person_by_id, staff_person
from bot.community.speech import masked_phone, sentence, spoken_moment
from bot.messaging import Button
from bot.offers.models import Booking, Signup
from bot.outbox.enqueue import Push, enqueue, enqueue_all
from bot.outbox.models import Purpose
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge
from knowledge.offers import Activity, LegalService


def booking_facts(knowledge: Knowledge, booking: Booking) -> dict[str, object]:
    """The placeholders every sentence about a booking may use. The topic is the lawyer's alone."""
    return {
        "when": spoken_moment(knowledge, booking.start_at),
        "lawyer": booking.lawyer,
        "place": booking.place,
        "mode": booking.mode,
        "where": spoken_where(knowledge, lawyer=booking.lawyer, place=booking.place, phone=booking.phone),
    }


def service_facts(knowledge: Knowledge, legal: LegalService) -> dict[str, object]:
    """When the lawyer is there, and how far ahead one may book."""
    windows = [
        sentence(
            knowledge,
            "legal.window",
            {
                "weekday": knowledge.replies[f"time.weekday_{window.weekday}"],
                "start": f"{window.start:%H:%M}",
                "end": f"{window.end:%H:%M}",
            },
        )
        for window in legal.windows
    ]
    return {
        "lawyer": legal.lawyer,
        "windows": knowledge.replies["legal.list_comma"].join(windows),
        "days": legal.earliest.days,
        "hours": legal.latest // timedelta(hours=1),
    }


def spoken_where(knowledge: Knowledge, *, lawyer: str, place: str, phone: str | None) -> str:
    """To come to the lawyer's room, or to wait for the call; to the resident alone."""
    key = "legal.where_by_phone" if phone else "legal.where_in_person"
    return sentence(knowledge, key, {"lawyer": lawyer, "place": place, "phone": masked_phone(phone or "")})


def activity_facts(knowledge: Knowledge, activity: Activity) -> dict[str, object]:
    """The placeholders every sentence about an activity may use."""
    return {
        "title": activity.title,
        "when": spoken_moment(knowledge, from_local(activity.starts_at)),
        "place": activity.place,
    }


def lawyer_facts(tx: Transaction, knowledge: Knowledge, booking: Booking) -> dict[str, object]:
    """The placeholders of what is said to the lawyer alone: who comes, and about what."""
    who = person_by_id(tx, booking.person_id)
    return {
        **booking_facts(knowledge, booking),
        "who": (who.name if who else None) or knowledge.replies["legal.somebody"],
        "phone": booking.phone or "",
        "topic": sentence(knowledge, "legal.topic_line", {"topic": booking.topic}) if booking.topic else "",
    }


def tell_lawyer(
    tx: Transaction,
    knowledge: Knowledge,
    key: str,
    booking: Booking,
    *,
    now: datetime,
    before: Booking | None = None,
) -> None:
    """Push a sentence about a booking to its lawyer; `before` is the booking that it took the place of."""
    lawyer = staff_person(tx, booking.lawyer)
    if lawyer is None:
        return
    values = {
        **lawyer_facts(tx, knowledge, booking),
        "before": spoken_moment(knowledge, (before or booking).start_at),
    }
    enqueue(
        tx,
        dedupe_key=f"booking/{booking.id}/{key}",
        person_id=lawyer.id,
        purpose=Purpose.NOTICE,
        text=sentence(knowledge, key, values).strip(),
        now=now,
    )


def remind_of_booking(tx: Transaction, knowledge: Knowledge, booking: Booking, *, now: datetime) -> None:
    """To the resident; the lawyer has `legal.lawyer_reminder`."""
    enqueue(
        tx,
        dedupe_key=f"booking/{booking.id}/legal.reminder",
        person_id=booking.person_id,
        purpose=Purpose.NOTICE,
        text=sentence(knowledge, "legal.reminder", booking_facts(knowledge, booking)),
        now=now,
        buttons=[_button(knowledge, "legal.button_call_off")],
    )


def tell_signed_up(
    tx: Transaction,
    knowledge: Knowledge,
    key: str,
    activity: Activity,
    signed_up: Iterable[Signup],
    *,
    now: datetime,
) -> None:
    """Push a sentence about their sign-up to these people: a seat has come free, or it is tomorrow."""
    text = sentence(knowledge, key, activity_facts(knowledge, activity))
    buttons = (_button(knowledge, "volunteering.button_leave", title=activity.title),)
    pushes = [Push(f"signup/{signup.id}/{key}", signup.person_id, text, buttons) for signup in signed_up]
    enqueue_all(tx, pushes, purpose=Purpose.NOTICE, now=now)


def _button(knowledge: Knowledge, key: str, **values: object) -> Button:
    """A button that says in full what it is about: it may be pressed days later."""
    label = sentence(knowledge, key, values)
    return Button(label, label)
