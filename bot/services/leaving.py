"""退约、退出: somebody cannot come after all. Asked once, then the time or the seat goes to others."""

from datetime import timedelta

from bot.community.speech import spoken_moment
from bot.conversation.state import Choice, Option
from bot.conversation.turn import Turn
from bot.offers import bookings, signups
from bot.offers.activities import named, spoken_of, to_come
from bot.offers.models import Booking, SignupState
from bot.offers.notices import activity_facts, booking_facts
from intents.result import Act
from intents.service_words import Cue, has_cue
from knowledge.offers import Activity

UNDO_WINDOW = timedelta(minutes=30)

_OURS = ("legal_help", "volunteering")  # what “取消” just after it was done is about


class Leaving:
    """Hears “包饺子我去不了了” and “律师那个不约了”, from people who have such a thing and nobody else."""

    name = "leaving"
    intents: frozenset[str] = frozenset()
    speaks_in_groups = False

    def start(self, turn: Turn) -> None:
        """Never the start of a message: everything happens in `overhear`."""

    def overhear(self, turn: Turn) -> bool:
        meaning = turn.meaning
        calls_off = has_cue(meaning.text, Cue.CALL_OFF)
        if not (Act.LEAVE in meaning.acts or calls_off) or (turn.is_group and not turn.message.mentioned):
            return False
        if has_cue(meaning.text, Cue.ALONE):
            return False  # “老伴不去了，就我一个” still comes
        booking = bookings.active_of(turn.tx, turn.person.id, turn.now)
        joined = self._joined(turn)
        meant = self._meant(turn, booking, joined)
        if not meant:
            return False
        if turn.is_group:
            turn.say("conversation.answered_in_private")
            turn = turn.in_private()
        if len(meant) > 1:
            turn.offer(self.name, "leave", meant, "leaving.which")
        elif meant[0].value == "booking":
            assert booking is not None
            facts = booking_facts(turn.knowledge, booking)
            options = [Option(turn.reply("leaving.option_booking"), "booking")]
            turn.offer(self.name, "leave", options, "leaving.sure_booking", **facts)
        else:
            facts = activity_facts(turn.knowledge, turn.knowledge.activities[meant[0].value])
            options = [Option(turn.reply("leaving.option_activity"), meant[0].value)]
            turn.offer(self.name, "leave", options, "leaving.sure_activity", **facts)
        return True

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        if value is None:
            turn.say("leaving.kept")
        elif value == "booking":
            self._cancel(turn)
        else:
            self._leave(turn, value)

    def undo(self, turn: Turn, reference: str) -> None:
        """Take back the leaving: the same time or seat, if nobody has taken it meanwhile."""
        kind, _, number = reference.partition("/")
        if kind == "booking":
            self._book_again(turn, int(number))
        else:
            self._join_again(turn, int(number))

    def correct(self, turn: Turn, reference: str) -> bool:
        return False  # there is nothing to put right about leaving

    # -- what is meant --------------------------------------------------------------------------

    def _joined(self, turn: Turn) -> list[Activity]:
        activities = to_come(turn.knowledge, turn.now)
        mine = {signup.activity for signup in signups.active_of(turn.tx, turn.person.id, activities)}
        return [activity for activity in activities if activity.id in mine]

    def _meant(self, turn: Turn, booking: Booking | None, joined: list[Activity]) -> list[Option]:
        """What the text names; where it names nothing but does say “去不了”, all there is."""
        meaning = turn.meaning
        if turn.is_surely_about_other("sign_up", "book_legal", "withdraw_ticket"):
            by_name = named(joined, meaning.text)  # “电梯坏了，老人去不了医院” is no leaving
        else:
            days = [mention.on for mention in meaning.times if mention.on is not None]
            by_name = spoken_of(joined, meaning.text, days)
        options = [_activity_option(turn, activity) for activity in by_name]
        if booking is not None and has_cue(meaning.text, Cue.LAWYER):
            options.append(_booking_option(turn, booking))
        takes_back = self._takes_back(turn)
        if options or not (Act.LEAVE in meaning.acts or takes_back):
            return options
        if takes_back or not turn.is_surely_about_other("sign_up", "withdraw_ticket"):
            options = [_activity_option(turn, activity) for activity in joined]
        about_booking = takes_back or not turn.is_surely_about_other("book_legal", "withdraw_ticket")
        if booking is not None and about_booking:
            options.append(_booking_option(turn, booking))
        return options

    def _takes_back(self, turn: Turn) -> bool:
        done = turn.conversation.done
        just_done = done is not None and done.service in _OURS and turn.now <= done.until
        return just_done and Act.CANCEL in turn.meaning.acts

    # -- doing it -------------------------------------------------------------------------------

    def _cancel(self, turn: Turn) -> None:
        booking = bookings.active_of(turn.tx, turn.person.id, turn.now)
        if booking is None:
            turn.say("leaving.nothing")
            return
        bookings.cancel(turn.tx, turn.knowledge, booking, turn.now)
        turn.finish(self.name, f"booking/{booking.id}", undo_until=turn.now + UNDO_WINDOW)
        turn.say("legal.cancelled", booking_facts(turn.knowledge, booking))

    def _leave(self, turn: Turn, activity_id: str) -> None:
        activity = turn.knowledge.activities.get(activity_id)
        mine = signups.active_of(turn.tx, turn.person.id, [activity]) if activity else []
        if activity is None or not mine:
            turn.say("leaving.nothing")
            return
        signups.leave(turn.tx, turn.knowledge, activity, mine[0], turn.now)
        turn.finish(self.name, f"signup/{mine[0].id}", undo_until=turn.now + UNDO_WINDOW)
        turn.say("volunteering.left", activity_facts(turn.knowledge, activity))

    def _book_again(self, turn: Turn, booking_id: int) -> None:
        old = bookings.by_id(turn.tx, booking_id)
        if old is None or bookings.active_of(turn.tx, turn.person.id, turn.now) is not None:
            turn.say("leaving.nothing")
            return
        draft = bookings.BookingDraft(old.person_id, old.start_at, old.mode, old.phone, old.topic)
        try:
            booking = bookings.book(turn.tx, turn.knowledge, draft, turn.now)
        except bookings.SlotTaken:
            turn.say("leaving.taken_meanwhile", booking_facts(turn.knowledge, old))
        else:
            turn.say("legal.booked", booking_facts(turn.knowledge, booking))

    def _join_again(self, turn: Turn, signup_id: int) -> None:
        old = signups.by_id(turn.tx, signup_id)
        activity = turn.knowledge.activities.get(old.activity) if old else None
        if old is None or activity is None:
            turn.say("leaving.nothing")
            return
        signup = signups.sign_up(turn.tx, turn.knowledge, activity, old.person_id, old.people, turn.now)
        facts = activity_facts(turn.knowledge, activity)
        if signup.state is SignupState.SIGNED_UP:
            turn.say("volunteering.signed_up", facts, people=signup.people)
        else:
            turn.say("leaving.seat_taken_meanwhile", facts)


def _booking_option(turn: Turn, booking: Booking) -> Option:
    when = spoken_moment(turn.knowledge, booking.start_at)
    return Option(turn.reply("leaving.name_booking", when=when, lawyer=booking.lawyer), "booking")


def _activity_option(turn: Turn, activity: Activity) -> Option:
    return Option(
        turn.reply("leaving.name_activity", **activity_facts(turn.knowledge, activity)), activity.id
    )
