"""Sign-ups for activities: seats, the waiting list, and who moves up when somebody leaves.

Seats are given out in one way only: the waiting list is gone through in order, and whoever fits is
seated. A new sign-up joins the end of that list and is usually seated at once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.engine import Row

from bot.offers.models import Signup, SignupState, signup_seats, signups
from bot.offers.notices import tell_signed_up
from bot.storage.ids import new_id
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge
from knowledge.offers import Activity

_ACTIVE_STATES = [SignupState.SIGNED_UP.value, SignupState.WAITING.value]
_here = signups.c.tenant == bindparam("of_tenant")
_of_activity = signups.c.activity == bindparam("of_activity")
_this_seat_holder = (
    signup_seats.c.tenant == bindparam("of_tenant"),
    signup_seats.c.signup_id == bindparam("of_signup"),
)
_BY_ID = select(signups).where(_here, signups.c.id == bindparam("of_id"))
_OF_PERSON = (
    select(signups).where(_here, signups.c.person_id == bindparam("of_person")).order_by(signups.c.id.desc())
)
_IN_STATE = (
    select(signups)
    .where(_here, _of_activity, signups.c.state == bindparam("of_state"))
    .order_by(signups.c.id)
)
_TAKEN = select(signup_seats.c.seat).where(
    signup_seats.c.tenant == bindparam("of_tenant"), signup_seats.c.activity == bindparam("of_activity")
)
_HELD = select(signup_seats.c.seat).where(*_this_seat_holder).order_by(signup_seats.c.seat)
_RELEASE = delete(signup_seats).where(*_this_seat_holder)
_RELEASE_SEAT = delete(signup_seats).where(
    *_this_seat_holder,
    signup_seats.c.activity == bindparam("of_activity"),
    signup_seats.c.seat == bindparam("of_seat"),
)
_CHANGE = (
    update(signups)
    .where(_here, signups.c.id == bindparam("of_id"))
    .values(state=bindparam("new_state"), people=bindparam("new_people"))
)


def by_id(tx: Transaction, signup_id: int) -> Signup | None:
    row = tx.fetch_one(_BY_ID, of_id=signup_id)
    return None if row is None else _signup(row)


def of_person(tx: Transaction, person_id: int) -> list[Signup]:
    """All sign-ups ever made, newest first."""
    return [_signup(row) for row in tx.fetch(_OF_PERSON, of_person=person_id)]


def active_of(tx: Transaction, person_id: int, activities: Sequence[Activity]) -> list[Signup]:
    """Where this person is signed up or waits, among the given activities."""
    wanted = {activity.id for activity in activities}
    return [
        signup
        for signup in of_person(tx, person_id)
        if signup.activity in wanted and signup.state in _ACTIVE_STATES
    ]


def seated(tx: Transaction, activity: Activity) -> list[Signup]:
    return _in_state(tx, activity, SignupState.SIGNED_UP)


def waiting(tx: Transaction, activity: Activity) -> list[Signup]:
    """The waiting list, in order."""
    return _in_state(tx, activity, SignupState.WAITING)


def places_left(tx: Transaction, activity: Activity) -> int:
    return len(_free_seats(tx, activity))


def sign_up(
    tx: Transaction, knowledge: Knowledge, activity: Activity, person_id: int, people: int, now: datetime
) -> Signup:
    """Signed up, or put on the waiting list. Somebody who is on the list already stays as they are."""
    tx.add_if_new(
        signups,
        id=new_id(),
        activity=activity.id,
        person_id=person_id,
        people=people,
        state=SignupState.WAITING,
        created_at=now,
    )
    _move_up(tx, knowledge, activity, now, besides=person_id)
    (signup,) = active_of(tx, person_id, [activity])
    return signup


def leave(tx: Transaction, knowledge: Knowledge, activity: Activity, signup: Signup, now: datetime) -> None:
    """Give the seats back; whoever waits and fits moves up and is told."""
    tx.change(_RELEASE, of_signup=signup.id)
    tx.change(_CHANGE, of_id=signup.id, new_state=SignupState.LEFT, new_people=signup.people)
    _move_up(tx, knowledge, activity, now, besides=None)


def change_people(
    tx: Transaction, knowledge: Knowledge, activity: Activity, signup: Signup, people: int, now: datetime
) -> bool:
    """Come with more or fewer people; false, and nothing changed, where the places do not suffice."""
    if signup.state is SignupState.SIGNED_UP:
        more = people - signup.people
        if more > 0 and not _take_seats(tx, activity, signup, more):
            return False
        if more < 0:
            _keep_seats(tx, activity, signup, people)
    tx.change(_CHANGE, of_id=signup.id, new_state=signup.state, new_people=people)
    _move_up(tx, knowledge, activity, now, besides=signup.person_id)
    return True


def _move_up(
    tx: Transaction, knowledge: Knowledge, activity: Activity, now: datetime, *, besides: int | None
) -> None:
    """Seat everybody on the waiting list who fits, in order. A party too large for the places that are
    left keeps its turn, and does not keep smaller ones behind it from coming."""
    for signup in waiting(tx, activity):
        if _take_seats(tx, activity, signup, signup.people):
            tx.change(_CHANGE, of_id=signup.id, new_state=SignupState.SIGNED_UP, new_people=signup.people)
            if signup.person_id != besides:
                tell_signed_up(tx, knowledge, "volunteering.moved_up", activity, [signup], now=now)


def _take_seats(tx: Transaction, activity: Activity, signup: Signup, count: int) -> bool:
    """Take `count` further seats or none at all."""
    free = _free_seats(tx, activity)
    if len(free) < count:
        return False
    taken: list[int] = []
    for seat in free:
        if tx.add_if_new(signup_seats, activity=activity.id, seat=seat, signup_id=signup.id):
            taken.append(seat)
        if len(taken) == count:
            return True
    for seat in taken:
        tx.change(_RELEASE_SEAT, of_signup=signup.id, of_activity=activity.id, of_seat=seat)
    return False


def _keep_seats(tx: Transaction, activity: Activity, signup: Signup, count: int) -> None:
    for row in tx.fetch(_HELD, of_signup=signup.id)[count:]:
        tx.change(_RELEASE_SEAT, of_signup=signup.id, of_activity=activity.id, of_seat=row.seat)


def _free_seats(tx: Transaction, activity: Activity) -> list[int]:
    taken = {row.seat for row in tx.fetch(_TAKEN, of_activity=activity.id)}
    return [seat for seat in range(1, activity.seats + 1) if seat not in taken]


def _in_state(tx: Transaction, activity: Activity, state: SignupState) -> list[Signup]:
    return [_signup(row) for row in tx.fetch(_IN_STATE, of_activity=activity.id, of_state=state)]


def _signup(row: Row[Any]) -> Signup:
    return Signup(row.id, row.activity, row.person_id, row.people, SignupState(row.state))
