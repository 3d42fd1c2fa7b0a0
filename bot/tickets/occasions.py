"""When a scheduled list falls due: daily or weekly, on working days only."""

from datetime import date, datetime, timedelta

from bot.clock import from_local, local_day
from bot.tickets.working_time import WorkCalendar
from knowledge.model import ReminderRule

_WEEK = 7


def newest_occurrence(
    rule: ReminderRule, calendar: WorkCalendar, since: datetime, until: datetime
) -> datetime | None:
    """The last moment in (since, until] at which the rule sends; None if there is none.

    A weekly list that falls on a day off moves to the next working day before the following list; a
    daily one is left out.
    """
    day = local_day(until)
    first = local_day(since)
    while day >= first:
        if _sends_on(rule, calendar, day):
            moment = from_local(datetime.combine(day, rule.at))
            if since < moment <= until:
                return moment
        day -= timedelta(days=1)
    return None


def _sends_on(rule: ReminderRule, calendar: WorkCalendar, day: date) -> bool:
    if not calendar.is_working_day(day):
        return False
    if not rule.weekly:
        return day.isoweekday() in rule.days
    # It sends today if no working day lies between the planned day and today.
    for back in range(_WEEK):
        planned = day - timedelta(days=back)
        if planned.isoweekday() in rule.days:
            return True
        if calendar.is_working_day(planned - timedelta(days=1)):
            return False
    return False
