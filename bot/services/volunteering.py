"""志愿报名: places at the activities to come, and a waiting list where they are gone."""

from datetime import timedelta

from bot.conversation.state import Choice, Form, Option
from bot.conversation.turn import Question, Turn
from bot.offers import signups
from bot.offers.activities import named, reminded_at, spoken_of, to_come
from bot.offers.models import Signup, SignupState
from bot.offers.notices import activity_facts
from intents.result import Act
from intents.service_words import Cue, has_cue, read_ordinal, read_people
from knowledge.offers import Activity

UNDO_WINDOW = timedelta(minutes=30)

_MOST_OFFERED = 3


class Volunteering:
    """Signs people up after one yes. Leaving is the same for all that can be booked: leaving.py."""

    name = "volunteering"
    intents = frozenset({"sign_up"})
    speaks_in_groups = False

    def start(self, turn: Turn) -> None:
        if Act.LEAVE in turn.meaning.acts:
            turn.say("volunteering.nothing_to_leave")
            return
        activities = to_come(turn.knowledge, turn.now)
        begun = [one for one in turn.knowledge.activities.values() if one not in activities]
        for activity in named(begun, turn.meaning.text):
            turn.say("volunteering.has_begun", title=activity.title)
        if not activities:
            turn.say("volunteering.nothing_open")
            return
        days = [mention.on for mention in turn.meaning.times if mention.on is not None]
        meant = spoken_of(activities, turn.meaning.text, days)
        if len(meant) == 1:
            self._begin(turn, meant[0], read_people(turn.meaning.text))
        else:
            self._offer(turn, meant or activities)

    def overhear(self, turn: Turn) -> bool:
        """“接龙+1 包饺子 2个人”, “有什么活动”, and “改成两个人” from somebody who is signed up."""
        meaning = turn.meaning
        text = meaning.text
        leaves = Act.LEAVE in meaning.acts and not has_cue(text, Cue.ALONE)
        if leaves or not _is_addressed(turn):
            return False
        if has_cue(text, Cue.ACTIVITIES) and meaning.faq is None:
            self.start(_in_private(turn))
            return True
        if turn.is_surely_about_other("sign_up", "ask_faq", "find_place"):
            return False
        mine = signups.active_of(turn.tx, turn.person.id, to_come(turn.knowledge, turn.now))
        if mine and self._about_mine(turn, mine):
            return True
        by_name = named(to_come(turn.knowledge, turn.now), text)
        asks_about_it = meaning.faq is None and meaning.intent in ("ask_faq", "find_place")
        if len(by_name) == 1 and (
            asks_about_it or read_people(text) is not None or has_cue(text, Cue.COMING)
        ):
            self._begin(_in_private(turn), by_name[0], read_people(text))
        elif has_cue(text, Cue.JOINING):
            self.start(_in_private(turn))
        else:
            return False
        return True

    def _about_mine(self, turn: Turn, mine: list[Signup]) -> bool:
        """“我报了什么活动”; “改成两个人”, “就我一个” where only one sign-up can be meant."""
        text = turn.meaning.text
        people = read_people(text)
        changes = Act.CHANGE in turn.meaning.acts or has_cue(text, Cue.ADDING) or has_cue(text, Cue.ALONE)
        if people is not None and changes:
            activities = [turn.knowledge.activities[signup.activity] for signup in mine]
            meant = named(activities, text) or activities
            signup = next(signup for signup in mine if signup.activity == meant[0].id)
            if len(meant) == 1:
                more = signup.people if has_cue(text, Cue.ADDING) else 0
                self._begin(_in_private(turn), meant[0], people + more)
                return True
        if has_cue(text, Cue.SIGNED_UP):
            private = _in_private(turn)
            for signup in mine:
                self._say_already(private, turn.knowledge.activities[signup.activity], signup)
            return True
        return False

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        activity = turn.knowledge.activities.get(value) if value else None
        if turn.gives_up:
            turn.say("conversation.cancelled")
        elif activity is None:
            turn.say("volunteering.none_fits", buttons=[turn.button("conversation.button_person")])
        else:
            self._begin(turn, activity, read_people(choice.text))

    # -- the form -----------------------------------------------------------------------------

    def absorb(self, turn: Turn, form: Form) -> bool:
        before = dict(form.values)
        by_name = named(to_come(turn.knowledge, turn.now), turn.meaning.text)
        if Act.LEAVE in turn.meaning.acts:
            if all(activity.id == form.values["activity"] for activity in by_name):
                turn.conversation.stack.remove(form)
                if self._mine(turn, self._activity(turn, form)) is None:
                    turn.say("conversation.cancelled")
            return False  # whoever has a place already is asked by leaving.py
        seats = self._activity(turn, form).seats
        if (people := read_people(turn.meaning.text) or _bare_number(turn, form, seats)) is not None:
            form.values["people"] = str(people)
        if len(by_name) == 1:
            form.values["activity"] = by_name[0].id
        if form.values != before:
            return not self._refuse_party(turn, form, before)
        if Act.NO in turn.meaning.acts:
            turn.conversation.stack.remove(form)
            turn.say("conversation.cancelled")
            return False
        return bool(by_name) and not turn.meaning.acts  # “包饺子在哪” is answered by saying it again

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        return False  # nothing here is told in free text

    def missing(self, turn: Turn, form: Form) -> Question | None:
        """The activity is known from the start, and one person is meant unless told otherwise."""
        if form.get("people"):
            return None
        activity = self._activity(turn, form)
        facts = activity_facts(turn.knowledge, activity)
        return Question("people", turn.reply("volunteering.too_many", **facts, seats=activity.seats))

    def read_back(self, turn: Turn, form: Form) -> None:
        activity = self._activity(turn, form)
        left = signups.places_left(turn.tx, activity)
        people = int(form.values["people"])
        why = ""
        if self._mine(turn, activity) is not None:
            key = "volunteering.read_back_people"
        elif left >= people:
            key = "volunteering.read_back"
        else:
            key = "volunteering.read_back_waiting"
            why = turn.reply("volunteering.too_few_left" if left else "volunteering.full", left=left)
        turn.say(
            key,
            activity_facts(turn.knowledge, activity),
            buttons=[turn.button(f"conversation.button_{word}") for word in ("yes", "cancel")],
            people=people,
            left=left,
            why=why,
            position=len(signups.waiting(turn.tx, activity)) + 1,
        )

    def submit(self, turn: Turn, form: Form) -> None:
        activity = self._activity(turn, form)
        people = int(form.values["people"])
        facts = activity_facts(turn.knowledge, activity)
        mine = self._mine(turn, activity)
        if mine is not None:
            changed = signups.change_people(turn.tx, turn.knowledge, activity, mine, people, turn.now)
            left = signups.places_left(turn.tx, activity)
            key = "volunteering.people_changed" if changed else "volunteering.people_not_changed"
            turn.say(key, facts, people=people, left=left)
            return
        signup = signups.sign_up(turn.tx, turn.knowledge, activity, turn.person.id, people, turn.now)
        turn.finish(self.name, str(signup.id), undo_until=turn.now + UNDO_WINDOW)
        if signup.state is SignupState.SIGNED_UP:
            is_reminded = turn.now < reminded_at(activity)
            key = "volunteering.signed_up" if is_reminded else "volunteering.signed_up_late"
            turn.say(key, facts, people=people)
        else:
            turn.say("volunteering.waiting", facts, position=self._position(turn, activity, signup))

    # -- afterwards ---------------------------------------------------------------------------

    def undo(self, turn: Turn, reference: str) -> None:
        signup = signups.by_id(turn.tx, int(reference))
        activity = turn.knowledge.activities.get(signup.activity) if signup else None
        if signup is None or activity is None or signup.state is SignupState.LEFT:
            turn.say("volunteering.nothing_to_leave")
            return
        signups.leave(turn.tx, turn.knowledge, activity, signup, turn.now)
        turn.say("volunteering.left", activity_facts(turn.knowledge, activity))

    def correct(self, turn: Turn, reference: str) -> bool:
        return False  # a new number of people is heard by `overhear`

    # -- below --------------------------------------------------------------------------------

    def _begin(self, turn: Turn, activity: Activity, people: int | None) -> None:
        mine = self._mine(turn, activity)
        if mine is not None and people in (None, mine.people):
            self._say_already(turn, activity, mine)
            return
        stack = turn.conversation.stack
        stack[:] = [frame for frame in stack if not (isinstance(frame, Form) and frame.service == self.name)]
        form = Form(self.name, {"activity": activity.id})
        if people is None or people <= activity.seats:
            form.values["people"] = str(people or 1)
        turn.conversation.stack.append(form)

    def _refuse_party(self, turn: Turn, form: Form, before: dict[str, str]) -> bool:
        """A party for which there would never be room is told so, and the value stays as it was."""
        activity = self._activity(turn, form)
        if int(form.values["people"]) <= activity.seats:
            return False
        form.values = before
        turn.say("volunteering.too_many", activity_facts(turn.knowledge, activity), seats=activity.seats)
        return True

    def _offer(self, turn: Turn, activities: list[Activity]) -> None:
        options = [
            Option(turn.reply("volunteering.option", **activity_facts(turn.knowledge, activity)), activity.id)
            for activity in activities[:_MOST_OFFERED]
        ]
        turn.offer(self.name, "activity", options, "volunteering.which")

    def _say_already(self, turn: Turn, activity: Activity, mine: Signup) -> None:
        facts = activity_facts(turn.knowledge, activity)
        if mine.state is SignupState.SIGNED_UP:
            turn.say("volunteering.already", facts, people=mine.people)
        else:
            turn.say("volunteering.already_waiting", facts, position=self._position(turn, activity, mine))

    def _position(self, turn: Turn, activity: Activity, signup: Signup) -> int:
        return [one.id for one in signups.waiting(turn.tx, activity)].index(signup.id) + 1

    def _mine(self, turn: Turn, activity: Activity) -> Signup | None:
        return next(iter(signups.active_of(turn.tx, turn.person.id, [activity])), None)

    def _activity(self, turn: Turn, form: Form) -> Activity:
        return turn.knowledge.activities[form.values["activity"]]


def _bare_number(turn: Turn, form: Form, most: int) -> int | None:
    """“三个”, “3” as the answer to how many come."""
    index = read_ordinal(turn.meaning.text, most) if form.asked == "people" else None
    return index + 1 if index is not None else None


def _is_addressed(turn: Turn) -> bool:
    return not turn.is_group or turn.message.mentioned


def _in_private(turn: Turn) -> Turn:
    if turn.is_group:
        turn.say("conversation.answered_in_private")
    return turn.in_private()
