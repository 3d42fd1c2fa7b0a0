"""One community's bot without its edges: every service and reminder, wired together once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol, TypeVar

from bot.clock import Clock, MovableClock, local_day, to_local
from bot.community.identity import sync_roster
from bot.community.work_calendar import official_days
from bot.conversation.mind import Mind, make_up_mind
from bot.conversation.receive import Receiver
from bot.conversation.turn import Service
from bot.messaging import Capabilities
from bot.outbox import due
from bot.outbox.deliver import Courier
from bot.reminders.activity_reminder import ActivityReminder
from bot.reminders.answer_missing import AnswerMissing
from bot.reminders.booking_reminder import BookingReminder
from bot.reminders.building_leader_weekly import BuildingLeaderWeekly
from bot.reminders.calendar_known import CalendarKnown
from bot.reminders.data_retention import DataRetention, Keep
from bot.reminders.hold_ends import HoldEnds
from bot.reminders.overdue_ladder import OverdueLadder
from bot.reminders.resident_silence import ResidentSilence
from bot.reminders.ring_next import RingNext
from bot.reminders.secretary_weekly import SecretaryWeekly
from bot.reminders.ticket_amber import TicketAmber
from bot.reminders.ticket_overdue import TicketOverdue
from bot.reminders.whistle_unanswered import WhistleUnanswered
from bot.reminders.worker_lists import WorkerLists
from bot.scheduler import Scheduler
from bot.services.account_linking import AccountLinking
from bot.services.emergency import AfterEmergency, Emergency
from bot.services.faq import Faq
from bot.services.find_place import FindPlace
from bot.services.greeting import Greeting
from bot.services.human_handover import HumanHandover
from bot.services.issue_report import Entering, IssueReport
from bot.services.leaving import Leaving
from bot.services.legal_help import LegalHelp
from bot.services.my_information import MyInformation
from bot.services.roster_changes import RosterChanges
from bot.services.staff_desk import StaffDesk
from bot.services.ticket_feedback import TicketFeedback
from bot.services.ticket_progress import TicketProgress
from bot.services.volunteering import Volunteering
from bot.services.who_is import WhoIs
from bot.services.written_requests import WrittenRequests
from bot.storage.transaction import Transaction
from bot.tickets.desk import TicketDesk
from bot.tickets.working_time import Calendars, DayKind, WorkCalendar
from intents.result import Hearing
from knowledge.model import Knowledge

T = TypeVar("T")


class Run(Protocol):
    """Runs work in one transaction of the community and returns its result."""

    def __call__(self, work: Callable[[Transaction], T], /) -> T: ...


class Engine:
    """Everything between a channel and the store, for one community: it answers, delivers and keeps time.

    Nothing in it does I/O but the transactions it is handed.
    """

    def __init__(
        self,
        *,
        knowledge: Knowledge,
        clock: Clock,
        capabilities: Mapping[str, Capabilities],
        named_channels: tuple[str, ...] = (),
        photo_link: Callable[[str, datetime], str | None] = lambda _name, _now: None,
        keep: Keep | None = None,
        most_a_minute: int | None = None,
    ) -> None:
        """`named_channels`: channels on which an account is a person's name (sandbox, dialogue files).
        `photo_link`: where staff can look at a photo, if there is a web server to show it. Without `keep`
        nothing is ever deleted. `most_a_minute`: how many lines of one person are dealt with; None: all."""
        self.clock = clock
        self.capabilities = dict(capabilities)
        self._named_channels = named_channels
        self.use(knowledge)
        self.desk = desk = TicketDesk(
            knowledge=self.knowledge,
            calendars=self.calendars,
            is_answered_elsewhere=self._is_answered_elsewhere,
            photo_link=photo_link,
            named_channels=named_channels,
        )
        emergency = Emergency(desk)
        staff_desk = StaffDesk(desk)
        feedback = TicketFeedback(desk)
        progress = TicketProgress(desk)
        report = IssueReport(desk)
        handover = HumanHandover(desk, calendar=self.calendar)
        leaving = Leaving()
        legal_help = LegalHelp(is_closed=self.is_public_holiday)
        volunteering = Volunteering()
        my_information = MyInformation()
        greeting = Greeting()
        linking = AccountLinking()
        roster_changes = RosterChanges(calendar=self.calendar)
        self.services: tuple[Service, ...] = (
            emergency,
            staff_desk,
            feedback,
            report,
            progress,
            WrittenRequests(desk),
            legal_help,
            volunteering,
            leaving,
            Faq(),
            handover,
            my_information,
            WhoIs(),
            FindPlace(),
            greeting,
            roster_changes,
        )
        self.receiver = Receiver(
            mind=self.mind,
            services=self.services,
            first=(staff_desk, emergency, Entering(report.enter), handover),
            then=(
                AfterEmergency(desk),
                linking,
                roster_changes,
                leaving,
                legal_help,
                volunteering,
                my_information,
                feedback,
                progress,
                report,
                greeting,
            ),
            capabilities=self.capabilities,
            clock=clock,
            most_a_minute=most_a_minute,
        )
        self.courier = Courier(
            knowledge=self.knowledge, capabilities=self.capabilities, is_working_day=self.is_working_day
        )
        self.scheduler = Scheduler(
            (
                TicketOverdue(desk, knowledge=self.knowledge, calendars=self.calendars),
                TicketAmber(knowledge=self.knowledge, calendar=self.calendar),
                RingNext(desk, self.knowledge),
                ResidentSilence(desk),
                AnswerMissing(desk),
                HoldEnds(desk),
                OverdueLadder(desk, knowledge=self.knowledge, calendars=self.calendars),
                WhistleUnanswered(desk),
                CalendarKnown(desk, calendars=self.calendars),
                BuildingLeaderWeekly(knowledge=self.knowledge, calendar=self.calendar),
                WorkerLists(desk, knowledge=self.knowledge, calendar=self.calendar),
                SecretaryWeekly(desk, knowledge=self.knowledge, calendar=self.calendar),
                BookingReminder(knowledge=self.knowledge),
                ActivityReminder(knowledge=self.knowledge),
                *([DataRetention(keep)] if keep is not None else ()),
            )
        )

    def use(self, knowledge: Knowledge) -> None:
        """Take over a new reading of the knowledge, from the next message on."""
        self._reading: tuple[Mind, Calendars] = (make_up_mind(knowledge), _calendars(knowledge))

    def mind(self) -> Mind:
        return self._reading[0]

    def knowledge(self) -> Knowledge:
        return self._reading[0].knowledge

    def calendars(self) -> Calendars:
        return self._reading[1]

    def calendar(self) -> WorkCalendar:
        return self._reading[1].community

    def is_emergency(self, text: str) -> bool:
        """Whether a resident's words are, or may be, an emergency."""
        now = to_local(self.clock.now()).replace(tzinfo=None)
        return self.mind().understand(text, Hearing(now=now)).emergency is not None

    def is_public_holiday(self, day: date) -> bool:
        return self.calendar().kind_of(day) is DayKind.HOLIDAY

    def is_working_day(self, moment: datetime) -> bool:
        return self.calendar().is_working_day(local_day(moment))

    def _is_answered_elsewhere(self, channel: str) -> bool:
        return channel in self.capabilities and self.capabilities[channel].is_read_only

    def pass_time(
        self, run: Run, until: datetime, *, clock: MovableClock, deliver: Callable[[], None]
    ) -> None:
        """Move a movable clock on; everything that falls due on the way happens at its own time, in order."""
        while True:
            reached = self.step(run, until, clock=clock)
            deliver()
            if reached == until:
                return

    def step(self, run: Run, until: datetime, *, clock: MovableClock) -> datetime:
        """Move a movable clock to the next moment at which something falls due, at most to `until`, and do
        it; where the clock stands then. What is promised is still to be delivered."""
        moment = self._next_moment(run, until) or until
        clock.move_to(moment)
        run(lambda tx: self.scheduler.tick(tx, moment))
        return moment

    def _next_moment(self, run: Run, until: datetime) -> datetime | None:
        now = self.clock.now()

        def look(tx: Transaction) -> tuple[datetime | None, datetime | None]:
            return self.scheduler.next_moment(tx, until), due.next_moment(tx, now)

        moments = [moment for moment in run(look) if moment is not None and now < moment <= until]
        return min(moments, default=None)

    def prepare(self, tx: Transaction) -> None:
        """Make the people of the files known to the store, and start the clock where it never ran."""
        sync_roster(tx, self.knowledge(), named_channels=self._named_channels, now=self.clock.now())
        self.scheduler.tick(tx, self.clock.now())


def _calendars(knowledge: Knowledge) -> Calendars:
    days = official_days(knowledge.day_overrides)
    usual = WorkCalendar(knowledge.community.office_hours, days.exceptions, days.announced_years)
    own_hours = {
        compound.name: replace(usual, office_hours=compound.office_hours)
        for compound in knowledge.compounds.values()
        if compound.office_hours is not None
    }
    return Calendars(usual, own_hours)
